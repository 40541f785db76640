/** From the bytes of a 2xx answer to what the model said: as one document, or as a stream. */
import type { JsonValue } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import { excerpt, type FailedCall, failureOfErrorObject } from './answer-failure.js';
import { ChatStream } from './chat-stream.js';
import { readCompletion, type WireAnswer } from './chat-wire.js';
import type { HttpAnswer } from './http-exchange.js';

/** Longest answer, tool calls included. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** A streamed answer wraps each token in many times its bytes; what it says has the limit above. */
const MAX_STREAM_BYTES = 16 * MAX_ANSWER_BYTES;

export interface ReadAnswer {
  answer: WireAnswer;
  /** When the first token came, on the clock of `performance.now`; streams only. */
  firstTokenAt?: number;
  raw: JsonValue;
}

export interface AnswerReader {
  readonly maxBytes: number;
  readonly onChunk?: (chunk: Buffer) => void;
  /** Called once the answer is complete. Throws an `ArenaError` when it cannot be used. */
  read(received: HttpAnswer): ReadAnswer;
}

export class DocumentReader implements AnswerReader {
  readonly maxBytes = MAX_ANSWER_BYTES;

  constructor(private readonly call: FailedCall) {}

  read({ status, body }: HttpAnswer): ReadAnswer {
    const { url, scrub } = this.call;
    let document: JsonValue;
    try {
      document = JSON.parse(body);
    } catch {
      throw malformed(status, `${url} answered with something that is not JSON: ${excerpt(body, scrub)}`);
    }
    throwIfError(document, this.call);
    const answer = readCompletion(document);
    if (answer === undefined) throw malformed(status, `${url} answered with JSON that holds no choice.`);
    return { answer, raw: document };
  }
}

export class StreamReader implements AnswerReader {
  readonly maxBytes = MAX_STREAM_BYTES;
  private firstTokenAt: number | undefined;
  private readonly stream: ChatStream;

  constructor(call: FailedCall) {
    this.stream = new ChatStream({
      maxBytes: MAX_ANSWER_BYTES,
      onFirstToken: () => {
        this.firstTokenAt = performance.now();
      },
      onError: (chunk) => throwIfError(chunk, call),
    });
  }

  readonly onChunk = (chunk: Buffer): void => this.stream.push(chunk);

  read(): ReadAnswer {
    const answer = this.stream.finish();
    return { answer, firstTokenAt: this.firstTokenAt, raw: rawOf(answer) };
  }
}

/** A stream has no one body; what was put together from it stands for it. */
function rawOf({ content, refusal, toolCalls, finishReason }: WireAnswer): JsonValue {
  const calls = toolCalls.map((call) => ({ ...call }));
  return { content, refusal, tool_calls: calls, finish_reason: finishReason ?? null };
}

function throwIfError(value: unknown, call: FailedCall): void {
  const failure = failureOfErrorObject(value, call);
  if (failure !== undefined) throw new ArenaError(failure);
}

function malformed(status: number, message: string): ArenaError {
  const hint = 'check that base_url of the provider is the address of an OpenAI-compatible API';
  return new ArenaError({ code: 'malformed_answer', message, status, hint });
}
