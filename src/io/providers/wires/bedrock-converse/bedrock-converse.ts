/** Converse, Amazon Bedrock's one form for the models of all vendors. */
import type { JsonValue } from '../../../../core/conversation.js';
import type { CompletionRequest } from '../../../../core/provider.js';
import type { AnswerUnderway } from '../answer-underway.js';
import type { StreamEvent, Wire, WireAnswer } from '../wire.js';
import { readConverse } from './answer.js';
import { type ConverseSettings, converseBody } from './request.js';
import { ConverseStream } from './stream.js';

export class BedrockConverseWire implements Wire {
  readonly name = 'the runtime of Amazon Bedrock';
  readonly headers: readonly string[] = [];
  readonly framing = 'aws-event-stream';

  /** @param modelPath Path of the model, e.g. `/model/openai.gpt-oss-120b-1%3A0`. */
  constructor(
    private readonly modelPath: string,
    private readonly settings: ConverseSettings,
  ) {}

  path(stream: boolean): string {
    return `${this.modelPath}/${stream ? 'converse-stream' : 'converse'}`;
  }

  body(request: CompletionRequest): string {
    return converseBody(request, this.settings);
  }

  read(document: JsonValue): WireAnswer | undefined {
    return readConverse(document);
  }

  openStream(answer: AnswerUnderway): (event: StreamEvent) => void {
    const stream = new ConverseStream(answer);
    return (event) => stream.take(event);
  }
}
