import type { ContentPart, JsonValue } from '../../../core/conversation.js';
import { ArenaError } from '../../../core/errors.js';
import { tooLarge } from '../too-large.js';
import type { WireAnswer, WireToolCall, WireUsage } from './wire.js';

/** Calls that one answer may make; more are those of a broken or hostile service. */
export const MAX_TOOL_CALLS = 128;

/** A streamed answer that is being put together. Every wire format adds its pieces here, so that one bound holds for all. */
export class AnswerUnderway {
  finishReason: string | undefined;
  opaque: JsonValue | undefined;
  /** Set when the service has said that the answer is whole. */
  complete = false;
  private usage: WireUsage | undefined;
  private readonly content: string[] = [];
  private readonly refused: string[] = [];
  private readonly parts: ContentPart[] = [];
  private readonly toolCalls: WireToolCall[] = [];
  private size = 0;
  private begun = false;

  /** @param onFirstToken Called once, when the first text or tool call has come. */
  constructor(
    private readonly maxBytes: number,
    private readonly onFirstToken: () => void,
  ) {}

  addText(text: string): void {
    if (text === '') return;
    this.content.push(text);
    this.say(text.length);
  }

  addRefusal(text: string): void {
    if (text === '') return;
    this.refused.push(text);
    this.say(text.length);
  }

  addPart(part: ContentPart): void {
    this.parts.push(part);
    this.say(part.data?.length ?? 1);
  }

  /** Number of tool calls so far: the index of the next one. */
  get callCount(): number {
    return this.toolCalls.length;
  }

  /** Opens a tool call or goes on with it. Its id is taken once; pieces of its name and arguments are joined. */
  addToolCall(index: number, piece: Partial<WireToolCall>): void {
    if (!Number.isInteger(index) || index < 0 || index > this.toolCalls.length || index >= MAX_TOOL_CALLS) {
      const message = `The stream numbers a tool call ${index}, after ${this.toolCalls.length} calls.`;
      throw new ArenaError({ code: 'malformed_answer', message });
    }
    const call = this.toolCalls[index] ?? { id: '', name: '', arguments: '' };
    this.toolCalls[index] = call;
    if (call.id === '') call.id = piece.id ?? '';
    call.name += piece.name ?? '';
    call.arguments += piece.arguments ?? '';
    this.say((piece.arguments?.length ?? 0) + 1);
  }

  /** Counts of later events beat those of earlier ones. */
  addUsage(usage: WireUsage | undefined): void {
    if (usage !== undefined) this.usage = { ...this.usage, ...usage };
  }

  /** The service has said that nothing more comes; at most counts of tokens do. */
  get isWhole(): boolean {
    return this.complete || this.finishReason !== undefined;
  }

  /** The connection has ended in good order; what is there must be whole. */
  finish(): WireAnswer {
    if (!this.isWhole) {
      const message = 'The stream ended before the answer was complete.';
      throw new ArenaError({ code: 'stream_cut', message });
    }
    const answer: WireAnswer = {
      content: this.content.join(''),
      refusal: this.refused.join(''),
      toolCalls: this.toolCalls,
      finishReason: this.finishReason,
      usage: this.usage,
    };
    if (this.parts.length > 0) answer.parts = this.parts;
    if (this.opaque !== undefined) answer.opaque = this.opaque;
    return answer;
  }

  private say(length: number): void {
    if (!this.begun) {
      this.begun = true;
      this.onFirstToken();
    }
    this.grow(length);
  }

  /** What the service wants back grows with pieces of its own: they count here, and are no token of the answer. */
  grow(by: number): void {
    this.size += by;
    if (this.size > this.maxBytes) throw tooLarge(this.maxBytes);
  }
}
