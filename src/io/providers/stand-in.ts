import type {
  CacheKey,
  CompleteOptions,
  Completion,
  CompletionRequest,
  Conversation,
  Provider,
} from '../../core/provider.js';

/** The mock in place of a provider that also plays the user: its assistants are mocked, its personas speak themselves. */
export class StandIn implements Provider {
  readonly local: boolean;

  constructor(
    private readonly assistant: Provider,
    private readonly persona: Provider,
  ) {
    this.local = assistant.local && persona.local;
  }

  get id(): string {
    return this.assistant.id;
  }

  complete(request: CompletionRequest, options: CompleteOptions): Promise<Completion> {
    return this.speakerOf(request).complete(request, options);
  }

  cacheKey(request: CompletionRequest): CacheKey | undefined {
    return this.speakerOf(request).cacheKey?.(request);
  }

  recall(request: CompletionRequest, answer: Completion, conversation: Conversation): void {
    this.speakerOf(request).recall?.(request, answer, conversation);
  }

  private speakerOf({ context }: CompletionRequest): Provider {
    return context.persona === undefined ? this.assistant : this.persona;
  }
}
