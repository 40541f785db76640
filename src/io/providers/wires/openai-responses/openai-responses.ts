/** OpenAI's Responses API, used without any state at the service. */
import type { JsonValue } from '../../../../core/conversation.js';
import type { CompletionRequest } from '../../../../core/provider.js';
import type { AnswerUnderway } from '../answer-underway.js';
import type { StreamEvent, Wire, WireAnswer } from '../wire.js';
import { errorOfResponse, readResponse } from './answer.js';
import { type ResponsesRequestSettings, responsesRequestBody } from './request.js';
import { ResponseStream } from './stream.js';

export class OpenAiResponsesWire implements Wire {
  readonly name = 'a service with OpenAI’s Responses API';
  readonly headers: readonly string[] = [];
  readonly framing = 'sse';

  /** @param url Path and query of the endpoint. */
  constructor(
    private readonly url: string,
    private readonly settings: ResponsesRequestSettings,
  ) {}

  path(): string {
    return this.url;
  }

  body(request: CompletionRequest): string {
    return responsesRequestBody(request, this.settings);
  }

  read(document: JsonValue): WireAnswer | undefined {
    return readResponse(document, this.settings.model);
  }

  openStream(answer: AnswerUnderway): (event: StreamEvent) => void {
    const stream = new ResponseStream(answer, this.settings.model);
    return (event) => stream.take(event);
  }

  errorOf(value: Record<string, unknown>): unknown {
    return errorOfResponse(value);
  }
}
