/** OpenAI's chat completions: OpenAI itself, vLLM, and whoever else serves that protocol. */
import type { JsonValue } from '../../../../core/conversation.js';
import type { CompletionRequest } from '../../../../core/provider.js';
import type { AnswerUnderway } from '../answer-underway.js';
import { isRecord, type StreamEvent, type Wire, type WireAnswer } from '../wire.js';
import { readCompletion } from './answer.js';
import { type ChatRequestSettings, chatRequestBody } from './request.js';
import { readChunk } from './stream.js';

export class OpenAiChatWire implements Wire {
  readonly name = 'an OpenAI-compatible API';
  readonly headers: readonly string[] = [];
  readonly framing = 'sse';

  /** @param url Path and query of the endpoint. */
  constructor(
    private readonly url: string,
    private readonly settings: ChatRequestSettings,
  ) {}

  path(): string {
    return this.url;
  }

  body(request: CompletionRequest): string {
    return chatRequestBody(request, this.settings);
  }

  read(document: JsonValue): WireAnswer | undefined {
    return readCompletion(document);
  }

  openStream(answer: AnswerUnderway): (event: StreamEvent) => void {
    return (event) => readChunk(answer, event);
  }

  /** Gateways to many services tell of one that failed at its choice. */
  errorOf({ error, choices }: Record<string, unknown>): unknown {
    if (error) return error;
    const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
    return isRecord(choice) ? choice.error : undefined;
  }
}
