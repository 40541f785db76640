/**
 * What the service wants back of its own answers: its thinking, signed, at the place where it stood among text and tool
 * calls. Rounds of tool calls fail without it while thinking is on.
 */
import type { JsonValue, ToolCall } from '../../../../core/conversation.js';
import { isRecord } from '../wire.js';
import { type Block, textBlock } from './media.js';

const WIRE = 'anthropic';

/** One block of an answer: thinking as it came, the length of a text, or `call` for the next tool call. */
export type Place = { [name: string]: JsonValue } | number | 'call';

/** Undefined where nothing has to come back. */
export function opaqueOf(layout: Place[]): JsonValue | undefined {
  return layout.some((place) => typeof place === 'object') ? { wire: WIRE, layout } : undefined;
}

/** A block of an answer that must come back unchanged; undefined for one without its signature. */
export function thinkingOf(block: Record<string, unknown>): Place | undefined {
  const { type, thinking, signature, data } = block;
  if (type === 'redacted_thinking' && typeof data === 'string') return { type, data };
  if (type !== 'thinking' || typeof signature !== 'string' || signature === '') return undefined;
  return { type, thinking: typeof thinking === 'string' ? thinking : '', signature };
}

/** Blocks of an answer that is sent back, in its own order where that is known, else text before calls. */
export function answerBlocks(content: string, calls: readonly ToolCall[], opaque: JsonValue | undefined): Block[] {
  const blocks: Block[] = [];
  let from = 0;
  let called = 0;
  for (const place of placesFor(content, layoutOf(opaque))) {
    if (typeof place === 'number') {
      const text = textBlock(content.slice(from, from + place));
      if (text !== undefined) blocks.push(text);
      from += place;
    } else if (place === 'call') {
      const call = calls[called];
      if (call !== undefined) blocks.push(callBlock(call));
      called += 1;
    } else {
      blocks.push({ ...place, type: String(place.type) });
    }
  }
  for (const rest of calls.slice(called)) blocks.push(callBlock(rest));
  return blocks;
}

/** A text that was changed since, by a guardrail for example, stands as one before the calls. */
function placesFor(content: string, layout: readonly Place[]): readonly Place[] {
  let length = 0;
  for (const place of layout) if (typeof place === 'number') length += place;
  if (length === content.length && layout.length > 0) return layout;
  const others = layout.filter((place) => typeof place !== 'number');
  const firstCall = others.indexOf('call');
  const at = firstCall === -1 ? others.length : firstCall;
  return [...others.slice(0, at), content.length, ...others.slice(at)];
}

function callBlock({ id, name, args }: ToolCall): Block {
  return { type: 'tool_use', id: wireId(id), name, input: args };
}

const PLAIN_ID = /^[\w-]+$/;

/** Ids of other origin may hold characters that the service refuses. */
export function wireId(id: string): string {
  if (PLAIN_ID.test(id)) return id;
  return id === '' ? 'call' : id.replace(/[^\w-]/g, '_');
}

/** What another wire format has left behind means nothing here. */
function layoutOf(opaque: JsonValue | undefined): Place[] {
  if (!isRecord(opaque) || opaque.wire !== WIRE || !Array.isArray(opaque.layout)) return [];
  return opaque.layout.filter(isPlace);
}

function isPlace(value: JsonValue): value is Place {
  return typeof value === 'number' || value === 'call' || isRecord(value);
}
