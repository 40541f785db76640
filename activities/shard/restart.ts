/** Conversations whose other side has forgotten them begin anew: their recorded answers would tell of another one. */
import type { ConversationRecord, JsonValue } from '../../src/core/conversation.js';
import type { Completion } from '../../src/core/provider.js';
import { Spending } from '../../src/engine/spending.js';
import { type OutsideAnswer, recordKey } from '../../src/io/runs/journal.js';
import { callLine, restartLine } from '../../src/io/runs/segment-lines.js';
import type { ShardRunOptions } from './shard-run.js';

type Spent = Pick<Completion, 'usage' | 'costUsd' | 'cached'>;
type Recorded = Pick<ShardRunOptions, 'journal' | 'inherited' | 'segments' | 'isThere'>;

/**
 * What earlier beginnings have spent stands among the answers of a conversation, under a hash that no request has: it
 * goes the way of answers, to whoever takes the conversation up next.
 */
const SPENT_HASH = 'f'.repeat(16);
const SPENT_KEY = recordKey(0, SPENT_HASH);

/**
 * Drops the recorded answers of a conversation when a side that remembers what it was told, such as an MCP server, has
 * gone since.
 */
export async function dropForgotten(of: Recorded, index: number): Promise<void> {
  const recorded = [...(of.journal.calls.get(index)?.values() ?? [])];
  const sides = recorded.flatMap((answer) => ('value' in answer ? (answer.side ?? []) : []));
  if (sides.every((side) => of.isThere(side))) return;
  await beginAnew(of, index, sumOf(recorded.flatMap((answer) => ('value' in answer ? [] : [answer]))));
}

/** No recorded answer of the conversation counts any more, not for those who read the records either. */
export async function beginAnew(of: Omit<Recorded, 'isThere'>, index: number, spent: Spent): Promise<void> {
  const before = spentBefore(of.journal, index);
  const { usage, costUsd } = sumOf(before === undefined ? [spent] : [before, spent]);
  const value: JsonValue = { usage: { ...usage } };
  if (costUsd !== undefined) value.costUsd = costUsd;
  const kept: OutsideAnswer = { value };
  of.journal.calls.set(index, new Map([[SPENT_KEY, kept]]));
  of.inherited.delete(index);
  const lines = [restartLine(index), callLine(index, 0, SPENT_HASH, JSON.stringify(kept))];
  await Promise.all(lines.map((line) => of.segments.append(line)));
}

/** Marks a conversation that was held again, and counts what was spent on it before. */
export function markRestarted({ journal }: Pick<Recorded, 'journal'>, record: ConversationRecord): void {
  const before = spentBefore(journal, record.index);
  if (before === undefined) return;
  const { usage, costUsd } = sumOf([before, { usage: record.usage, costUsd: record.costUsd }]);
  Object.assign(record, { restarted: true, usage, costUsd });
}

/** Undefined when the conversation has not begun before. */
function spentBefore({ calls }: ShardRunOptions['journal'], index: number): Spent | undefined {
  const kept = calls.get(index)?.get(SPENT_KEY);
  return kept !== undefined && 'value' in kept ? (kept.value as Spent) : undefined;
}

function sumOf(all: readonly Spent[]): Pick<ConversationRecord, 'usage' | 'costUsd'> {
  const spent = new Spending();
  for (const each of all) spent.add({ ...each, latencyMs: 0 });
  return { usage: spent.usage, costUsd: spent.costUsd };
}
