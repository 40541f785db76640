/** Google's generateContent: the Gemini API itself, or Vertex AI. */
import type { JsonValue } from '../../../../core/conversation.js';
import type { CompletionRequest } from '../../../../core/provider.js';
import { AnswerUnderway } from '../answer-underway.js';
import { isRecord, type StreamEvent, type Wire, type WireAnswer } from '../wire.js';
import { readResponse } from './answer.js';
import { type GeminiRequestSettings, geminiRequestBody } from './request.js';
import { Signatures } from './signatures.js';

export interface GeminiPlace {
  /** Path and query of a call whose answer is a document, and of one whose answer is streamed (`alt=sse`). */
  paths: { document: string; stream: string };
}

export class GeminiWire implements Wire {
  readonly name = 'a Gemini API';
  readonly headers: readonly string[] = [];
  readonly framing = 'sse';

  constructor(
    private readonly place: GeminiPlace,
    private readonly settings: GeminiRequestSettings,
  ) {}

  path(stream: boolean): string {
    return stream ? this.place.paths.stream : this.place.paths.document;
  }

  body(request: CompletionRequest): string {
    return geminiRequestBody(request, this.settings);
  }

  read(document: JsonValue): WireAnswer | undefined {
    if (!isRecord(document)) return undefined;
    // Its size is bounded where it was received.
    const answer = new AnswerUnderway(Number.POSITIVE_INFINITY, () => undefined);
    const signatures = new Signatures();
    if (!readResponse(answer, signatures, document)) return undefined;
    answer.complete = true;
    answer.opaque = signatures.toOpaque();
    return answer.finish();
  }

  openStream(answer: AnswerUnderway): (event: StreamEvent) => void {
    const signatures = new Signatures();
    return (event) => {
      readResponse(answer, signatures, event);
      answer.opaque = signatures.toOpaque();
    };
  }
}
