import type { ErrorCode } from '../../src/core/errors.js';
import { type Failure, toFailure } from '../../src/core/errors.js';
import type { Completion, CompletionRequest, Conversation, Provider, ToolDescriptor } from '../../src/core/provider.js';
import { createProviders } from '../../src/io/providers/create.js';
import { providerSpecSchema } from '../../src/schema/provider.js';

/** A provider of type `agent` at an address, as a bundle makes it. */
export function agentAt(url: string, more: object = {}, env: object = {}): Provider {
  const spec = providerSpecSchema.parse({ type: 'agent', url, ...more });
  const document = { id: 'agent', spec, group: 'default', at: () => 'agent.yaml:1:1' };
  const bundle = { arena: { spec: {} as never }, providers: new Map([['agent', document]]), files: new Map() };
  const provider = createProviders(bundle, { env: { ...env } }).get('agent');
  if (provider === undefined) throw new Error('no provider was made');
  return provider;
}

/** A conversation as the shard holds it, with the messages that the engine would send. */
export class Talk {
  readonly messages: CompletionRequest['messages'] = [];
  readonly conversation: Conversation & { end(): void };
  private readonly controller = new AbortController();

  constructor(
    private readonly provider: Provider,
    private readonly given: Partial<Pick<CompletionRequest, 'context' | 'tools' | 'toolChoice'>> = {},
  ) {
    const closing: (() => void)[] = [];
    this.conversation = {
      id: 'run-item',
      onEnd: (close) => closing.push(close),
      end: () => {
        for (const close of closing.splice(0)) close();
      },
    };
  }

  abort(reason: Error): void {
    this.controller.abort(reason);
  }

  /** The request that the engine would make now. */
  request(): CompletionRequest {
    return {
      messages: [...this.messages],
      parameters: {},
      context: { scenario: 'talk', provider: 'agent' },
      ...this.given,
    };
  }

  /** Says something and gives the answer, which both stand in the history then. */
  async say(content: string): Promise<Completion> {
    this.messages.push({ role: 'user', content });
    return this.ask();
  }

  /** Asks with the history as it stands. */
  async ask(): Promise<Completion> {
    const completion = await this.complete();
    const { content, toolCalls } = completion;
    this.messages.push(
      toolCalls === undefined ? { role: 'assistant', content } : { role: 'assistant', content, toolCalls },
    );
    return completion;
  }

  complete(): Promise<Completion> {
    const { conversation } = this;
    return this.provider.complete(this.request(), { signal: this.controller.signal, conversation });
  }

  /** The result of a tool, as the engine writes it down. */
  result(id: string, name: string, content: string, error?: string): void {
    this.messages.push({ role: 'tool', content, toolResult: error === undefined ? { id, name } : { id, name, error } });
  }

  /** Tells the provider of an answer that stands on record, and writes both down. */
  recall(content: string, answer: Completion): void {
    this.messages.push({ role: 'user', content });
    this.provider.recall?.(this.request(), answer, this.conversation);
    this.messages.push({ role: 'assistant', content: answer.content });
  }

  end(): void {
    this.conversation.end();
  }
}

/** How a call failed. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  return call.then(
    () => {
      throw new Error('the call did not fail');
    },
    (error: unknown) => toFailure(error),
  );
}

export const codeOf = async (call: Promise<unknown>): Promise<ErrorCode> => (await failureOf(call)).code;

export const tool = (name: string): ToolDescriptor => ({ name, description: name, inputSchema: { type: 'object' } });
