import { ArenaError } from '../../core/errors.js';
import { isRecord, readUsage, textOrEmpty, type WireAnswer, type WireToolCall } from './chat-wire.js';
import { SseReader } from './sse.js';
import { tooLarge } from './too-large.js';

/** Calls that one answer may make; a higher index is a broken or hostile stream. */
const MAX_TOOL_CALLS = 128;

export interface ChatStreamOptions {
  maxBytes: number;
  /** Called once, when the first text or tool call has come. */
  onFirstToken: () => void;
  /** Takes a chunk that is an error object; throws the failure it stands for. */
  onError: (chunk: unknown) => void;
}

/** Puts a streamed answer together. Faults are thrown as `ArenaError`. */
export class ChatStream {
  private readonly reader: SseReader;
  private readonly text: string[] = [];
  private readonly refusal: string[] = [];
  private readonly toolCalls: WireToolCall[] = [];
  private finishReason: string | undefined;
  private usage: WireAnswer['usage'];
  private size = 0;
  private begun = false;
  private done = false;

  constructor(private readonly options: ChatStreamOptions) {
    this.reader = new SseReader((data) => this.event(data), options.maxBytes);
  }

  push(chunk: Buffer): void {
    this.reader.push(chunk);
  }

  /** The connection has ended in good order; what is there must be whole. */
  finish(): WireAnswer {
    this.reader.end();
    if (!this.done && this.finishReason === undefined) {
      const message = 'The stream ended before the answer was complete.';
      throw new ArenaError({ code: 'stream_cut', message });
    }
    return {
      content: this.text.join(''),
      refusal: this.refusal.join(''),
      toolCalls: this.toolCalls,
      finishReason: this.finishReason,
      usage: this.usage,
    };
  }

  private event(data: string): void {
    if (data === '[DONE]') {
      this.done = true;
      return;
    }
    const chunk = parse(data);
    this.options.onError(chunk);
    this.usage = readUsage(chunk.usage) ?? this.usage;
    const choice: unknown = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
    if (!isRecord(choice)) return;
    this.finishReason = textOrEmpty(choice.finish_reason) || this.finishReason;
    if (isRecord(choice.delta)) this.delta(choice.delta);
  }

  private delta(delta: Record<string, unknown>): void {
    this.add(this.text, textOrEmpty(delta.content));
    this.add(this.refusal, textOrEmpty(delta.refusal));
    if (!Array.isArray(delta.tool_calls)) return;
    for (const piece of delta.tool_calls) if (isRecord(piece)) this.toolCallPiece(piece);
  }

  private toolCallPiece(piece: Record<string, unknown>): void {
    // Servers that send each call whole leave the index out.
    const index = typeof piece.index === 'number' ? piece.index : this.toolCalls.length;
    if (!Number.isInteger(index) || index < 0 || index > this.toolCalls.length || index >= MAX_TOOL_CALLS) {
      const message = `The stream numbers a tool call ${index}, after ${this.toolCalls.length} calls.`;
      throw new ArenaError({ code: 'malformed_answer', message });
    }
    const call = this.toolCalls[index] ?? { id: '', name: '', arguments: '' };
    this.toolCalls[index] = call;
    const called = isRecord(piece.function) ? piece.function : {};
    if (call.id === '') call.id = textOrEmpty(piece.id);
    call.name += textOrEmpty(called.name);
    call.arguments += textOrEmpty(called.arguments);
    this.grow(textOrEmpty(called.arguments).length + 1);
  }

  private add(to: string[], text: string): void {
    if (text === '') return;
    to.push(text);
    this.grow(text.length);
  }

  private grow(by: number): void {
    if (!this.begun) {
      this.begun = true;
      this.options.onFirstToken();
    }
    this.size += by;
    if (this.size > this.options.maxBytes) throw tooLarge(this.options.maxBytes);
  }
}

function parse(data: string): Record<string, unknown> {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch {
    chunk = undefined;
  }
  if (isRecord(chunk)) return chunk;
  throw new ArenaError({ code: 'malformed_answer', message: 'The stream holds an event that is not a JSON object.' });
}
