/** Streams of the Messages API. Source: Anthropic, "Streaming messages". */
import { ArenaError } from '../../../../core/errors.js';
import type { AnswerUnderway } from '../answer-underway.js';
import { isRecord, type StreamEvent, textOrEmpty } from '../wire.js';
import { type Counts, finishReasonOf, readCounts, usageOf } from './answer.js';
import { opaqueOf, type Place, thinkingOf } from './thinking.js';

/** Blocks of one answer; a higher index is a broken or hostile stream. */
const MAX_BLOCKS = 1024;

/** A block that is being put together. `length`: of a text. `call`: number of a tool call. */
type Open =
  | { kind: 'text'; length: number }
  | { kind: 'call'; call: number }
  | { kind: 'thinking'; block: Record<string, unknown>; pieces: string[]; signature: string[] }
  | { kind: 'other' };

export class MessageStream {
  private readonly blocks: Open[] = [];
  private readonly counts: Counts = {};

  constructor(private readonly answer: AnswerUnderway) {}

  /** Events of unknown types are passed over, as the service asks of its callers. */
  take(event: StreamEvent): void {
    switch (event.type) {
      case 'content_block_delta':
        if (isRecord(event.delta)) this.grow(event.index, event.delta);
        return;
      case 'content_block_start':
        if (isRecord(event.content_block)) this.open(event.index, event.content_block);
        return;
      case 'message_start':
        if (isRecord(event.message)) this.count(event.message.usage);
        return;
      case 'message_delta':
        this.count(event.usage);
        if (isRecord(event.delta)) {
          this.answer.finishReason = finishReasonOf(event.delta.stop_reason) ?? this.answer.finishReason;
        }
        this.answer.opaque = opaqueOf(this.layout());
        return;
      case 'message_stop':
        this.answer.complete = true;
        return;
    }
  }

  private open(index: unknown, block: Record<string, unknown>): void {
    if (typeof index !== 'number' || index !== this.blocks.length || index >= MAX_BLOCKS) throw misnumbered();
    this.blocks.push(this.opened(block));
  }

  private opened(block: Record<string, unknown>): Open {
    if (block.type === 'text') {
      const text = textOrEmpty(block.text);
      this.answer.addText(text);
      return { kind: 'text', length: text.length };
    }
    if (block.type === 'tool_use') {
      const call = this.answer.callCount;
      // The arguments follow in pieces; servers that do not stream them send them here.
      const whole = isRecord(block.input) && Object.keys(block.input).length > 0 ? JSON.stringify(block.input) : '';
      this.answer.addToolCall(call, { id: textOrEmpty(block.id), name: textOrEmpty(block.name), arguments: whole });
      return { kind: 'call', call };
    }
    if (block.type === 'thinking' || block.type === 'redacted_thinking') {
      this.answer.grow(textOrEmpty(block.data).length);
      return {
        kind: 'thinking',
        block,
        pieces: [textOrEmpty(block.thinking)],
        signature: [textOrEmpty(block.signature)],
      };
    }
    return { kind: 'other' };
  }

  private grow(index: unknown, delta: Record<string, unknown>): void {
    const block = typeof index === 'number' ? this.blocks[index] : undefined;
    if (block === undefined) throw misnumbered();
    if (block.kind === 'text' && delta.type === 'text_delta') {
      const text = textOrEmpty(delta.text);
      block.length += text.length;
      this.answer.addText(text);
    } else if (block.kind === 'call' && delta.type === 'input_json_delta') {
      this.answer.addToolCall(block.call, { arguments: textOrEmpty(delta.partial_json) });
    } else if (block.kind === 'thinking') {
      const [thinking, signature] = [textOrEmpty(delta.thinking), textOrEmpty(delta.signature)];
      block.pieces.push(thinking);
      block.signature.push(signature);
      this.answer.grow(thinking.length + signature.length);
    }
  }

  private count(usage: unknown): void {
    this.answer.addUsage(usageOf(readCounts(usage, this.counts)));
  }

  private layout(): Place[] {
    const layout: Place[] = [];
    for (const open of this.blocks) {
      if (open.kind === 'text') layout.push(open.length);
      else if (open.kind === 'call') layout.push('call');
      else if (open.kind === 'thinking') {
        const whole = { ...open.block, thinking: open.pieces.join(''), signature: open.signature.join('') };
        const thinking = thinkingOf(whole);
        if (thinking !== undefined) layout.push(thinking);
      }
    }
    return layout;
  }
}

function misnumbered(): ArenaError {
  const message = 'The stream numbers its content blocks out of order.';
  return new ArenaError({ code: 'malformed_answer', message });
}
