/** From the bytes of a 2xx answer to what the model said: as one document, or as a stream. */
import type { JsonValue } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import { parseJson } from '../../core/nesting.js';
import { excerpt, type FailedCall, failureOfErrorObject } from './answer-failure.js';
import type { HttpAnswer } from './http-exchange.js';
import { tooLarge } from './too-large.js';
import { AnswerUnderway } from './wires/answer-underway.js';
import { type FrameReader, looksLike, openFrames } from './wires/framing.js';
import { isRecord, type Wire, type WireAnswer } from './wires/wire.js';

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
  /** When the first token came; undefined while none has, and for answers that come whole. */
  readonly firstTokenAt?: number;
  /** True once all of a stream has come that matters. */
  readonly isWhole?: () => boolean;
  /** Called once the answer is complete. Throws an `ArenaError` when it cannot be used. */
  read(received: HttpAnswer): ReadAnswer;
}

export class DocumentReader implements AnswerReader {
  readonly maxBytes = MAX_ANSWER_BYTES;

  constructor(
    private readonly wire: Wire,
    private readonly call: FailedCall,
  ) {}

  read({ status, body }: HttpAnswer): ReadAnswer {
    const { url, scrub } = this.call;
    let document: JsonValue;
    try {
      document = parseJson(body);
    } catch {
      throw this.malformed(status, `${url} answered with something that is not JSON: ${excerpt(body, scrub)}`);
    }
    throwIfError(document, this.wire, this.call);
    const answer = this.wire.read(document);
    if (answer === undefined) throw this.malformed(status, `${url} answered with JSON that holds no answer.`);
    return { answer, raw: document };
  }

  private malformed(status: number, message: string): ArenaError {
    const hint = `check that base_url of the provider is the address of ${this.wire.name}`;
    return new ArenaError({ code: 'malformed_answer', message, status, hint });
  }
}

export class StreamReader implements AnswerReader {
  readonly maxBytes = MAX_STREAM_BYTES;
  /** When the first token came; undefined while none has. */
  firstTokenAt: number | undefined;
  private readonly answer: AnswerUnderway;
  private readonly frames: FrameReader;
  /** How the answer comes; undefined while nothing has come but blanks. */
  private comesAs: 'stream' | 'document' | undefined;
  private readonly document: Buffer[] = [];
  private documentBytes = 0;

  constructor(
    private readonly wire: Wire,
    private readonly call: FailedCall,
  ) {
    this.answer = new AnswerUnderway(MAX_ANSWER_BYTES, () => {
      this.firstTokenAt = performance.now();
    });
    const take = wire.openStream(this.answer);
    this.frames = openFrames(wire.framing, {
      maxBytes: MAX_ANSWER_BYTES,
      onEvent: (event) => {
        throwIfError(event, wire, call);
        take(event);
      },
      onDone: () => {
        this.answer.complete = true;
      },
    });
  }

  readonly onChunk = (chunk: Buffer): void => {
    this.comesAs ??= looksLike(this.wire.framing, chunk);
    if (this.comesAs !== 'document') {
      this.frames.push(chunk);
      return;
    }
    this.documentBytes += chunk.length;
    if (this.documentBytes > MAX_ANSWER_BYTES) throw tooLarge(MAX_ANSWER_BYTES);
    this.document.push(chunk);
  };

  readonly isWhole = (): boolean => this.answer.isWhole;

  /**
   * Servers that know no streams answer with a document where a stream was asked for, and gateways with an error or a
   * page of their own: that is read as what it is.
   */
  read(received: HttpAnswer): ReadAnswer {
    if (this.comesAs === 'document') {
      const body = Buffer.concat(this.document).toString('utf8');
      return new DocumentReader(this.wire, this.call).read({ ...received, body });
    }
    this.frames.end();
    const answer = this.answer.finish();
    return { answer, firstTokenAt: this.firstTokenAt, raw: rawOf(answer) };
  }
}

/** A stream has no one body; what was put together from it stands for it. */
function rawOf({ content, refusal, toolCalls, finishReason }: WireAnswer): JsonValue {
  const calls = toolCalls.map((call) => ({ ...call }));
  return { content, refusal, tool_calls: calls, finish_reason: finishReason ?? null };
}

function throwIfError(value: unknown, wire: Wire, call: FailedCall): void {
  if (!isRecord(value)) return;
  const error = wire.errorOf === undefined ? value.error : wire.errorOf(value);
  if (error) throw new ArenaError(failureOfErrorObject(error, call));
}
