/**
 * Reasoning of a model between its tool calls. The service keeps nothing, so it gets its own reasoning back, encrypted by
 * itself, with the message that it led to.
 */
import type { JsonValue } from '../../../../core/conversation.js';
import { isRecord, recordsOf, textOrEmpty } from '../wire.js';

const WIRE = 'openai-responses';

/** What of an output item is given back; undefined when it is no reasoning, or none that can be given back. */
export function reasoningItem(item: Record<string, unknown>): { [name: string]: JsonValue } | undefined {
  const { type, id, encrypted_content: encrypted, summary } = item;
  if (type !== 'reasoning' || typeof encrypted !== 'string') return undefined;
  return { type, id: textOrEmpty(id), summary: summaryOf(summary), encrypted_content: encrypted };
}

function summaryOf(summary: unknown): JsonValue[] {
  if (!Array.isArray(summary)) return [];
  return summary.filter(isRecord).map(({ text }) => ({ type: 'summary_text', text: textOrEmpty(text) }));
}

/** Undefined for none. Another model cannot read the reasoning of this one. */
export function opaqueReasoning(items: readonly { [name: string]: JsonValue }[], model: string): JsonValue | undefined {
  return items.length === 0 ? undefined : { wire: WIRE, model, reasoning: [...items] };
}

/** The items to give back; none when another format or model wrote them. */
export function reasoningOf(opaque: unknown, model: string): Record<string, unknown>[] {
  if (!isRecord(opaque) || opaque.wire !== WIRE || opaque.model !== model) return [];
  return recordsOf(opaque.reasoning);
}
