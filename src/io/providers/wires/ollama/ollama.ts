/** Ollama's own chat. */
import type { JsonValue } from '../../../../core/conversation.js';
import type { CompletionRequest } from '../../../../core/provider.js';
import type { AnswerUnderway } from '../answer-underway.js';
import type { StreamEvent, Wire, WireAnswer } from '../wire.js';
import { readChat, readLine } from './answer.js';
import { type OllamaRequestSettings, ollamaRequestBody } from './request.js';

export class OllamaWire implements Wire {
  readonly name = 'an Ollama server';
  readonly headers: readonly string[] = [];
  readonly framing = 'ndjson';
  readonly missingModelHint: string;

  /** @param url Path and query of the endpoint. */
  constructor(
    private readonly url: string,
    private readonly settings: OllamaRequestSettings,
  ) {
    this.missingModelHint = `run ollama pull ${settings.model} at the server, or check base_url of the provider`;
  }

  path(): string {
    return this.url;
  }

  body(request: CompletionRequest): string {
    return ollamaRequestBody(request, this.settings);
  }

  read(document: JsonValue): WireAnswer | undefined {
    return readChat(document);
  }

  openStream(answer: AnswerUnderway): (event: StreamEvent) => void {
    return (event) => readLine(answer, event);
  }

  /** A bare text, without any code: what breaks an answer that has begun is the server, not what it was asked. */
  errorOf({ error }: Record<string, unknown>): unknown {
    return typeof error === 'string' && error !== '' ? { message: error, type: 'server_error' } : error;
  }
}
