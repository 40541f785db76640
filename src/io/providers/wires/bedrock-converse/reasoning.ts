/** What Converse wants back of a model's own answers: its reasoning, where that is signed or encrypted. */
import type { JsonValue } from '../../../../core/conversation.js';
import { isRecord, recordsOf } from '../wire.js';
import type { Block } from './media.js';

const WIRE = 'bedrock-converse';

export type Reasoning = { reasoningText: { text: string; signature: string } } | { redactedContent: string };

/** A block of an answer; undefined for one that need not come back. */
export function reasoningOf(value: unknown): Reasoning | undefined {
  if (!isRecord(value)) return undefined;
  const { reasoningText: said, redactedContent } = value;
  if (typeof redactedContent === 'string' && redactedContent !== '') return { redactedContent };
  if (!isRecord(said) || typeof said.signature !== 'string' || said.signature === '') return undefined;
  return { reasoningText: { text: typeof said.text === 'string' ? said.text : '', signature: said.signature } };
}

export function opaqueOf(blocks: readonly Reasoning[]): JsonValue | undefined {
  return blocks.length === 0 ? undefined : { wire: WIRE, reasoning: blocks.map((block) => ({ ...block })) };
}

/** What another wire format has left behind means nothing here. */
export function reasoningBlocks(opaque: JsonValue | undefined): Block[] {
  if (!isRecord(opaque) || opaque.wire !== WIRE) return [];
  return recordsOf(opaque.reasoning).map((reasoningContent) => ({ reasoningContent }));
}
