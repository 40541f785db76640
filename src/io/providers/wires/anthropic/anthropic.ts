/** Anthropic's Messages API, at Anthropic itself or where a cloud hosts the models. */
import type { JsonValue } from '../../../../core/conversation.js';
import type { CompletionRequest } from '../../../../core/provider.js';
import type { AnswerUnderway } from '../answer-underway.js';
import type { Framing, StreamEvent, Wire, WireAnswer } from '../wire.js';
import { readMessage } from './answer.js';
import { type AnthropicRequestSettings, anthropicRequestBody } from './request.js';
import { MessageStream } from './stream.js';

export interface AnthropicPlace {
  /** Path and query of a call whose answer is a document, and of one whose answer is streamed. */
  paths: { document: string; stream: string };
  /** Names and values in turn. */
  headers: readonly string[];
  /** How streams come: `sse`, or in the frames of a cloud that hold the same events. */
  framing: Framing;
}

export class AnthropicWire implements Wire {
  readonly name = 'an Anthropic Messages API';
  readonly headers: readonly string[];
  readonly framing: Framing;

  constructor(
    private readonly place: AnthropicPlace,
    private readonly settings: AnthropicRequestSettings,
  ) {
    this.headers = place.headers;
    this.framing = place.framing;
  }

  path(stream: boolean): string {
    return stream ? this.place.paths.stream : this.place.paths.document;
  }

  body(request: CompletionRequest): string {
    return anthropicRequestBody(request, this.settings);
  }

  read(document: JsonValue): WireAnswer | undefined {
    return readMessage(document);
  }

  openStream(answer: AnswerUnderway): (event: StreamEvent) => void {
    const stream = new MessageStream(answer);
    return (event) => stream.take(event);
  }
}
