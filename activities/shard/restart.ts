/** Conversations whose other side has forgotten them begin anew: their recorded answers would tell of another one. */
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { Completion } from '../../src/core/provider.js';
import { Spending } from '../../src/engine/spending.js';
import { restartLine } from '../../src/io/runs/segment-lines.js';
import type { ShardRunOptions } from './shard-run.js';

type Spent = Pick<Completion, 'usage' | 'costUsd' | 'cached'>;
type Recorded = Pick<ShardRunOptions, 'journal' | 'inherited' | 'segments' | 'isThere'>;

/**
 * Drops the recorded answers of a conversation when a side that remembers what it was told, such as an MCP server, has
 * gone since. Returns what was spent on them; nothing when the conversation may go on from them.
 */
export async function dropForgotten(of: Recorded, index: number): Promise<Spent[] | undefined> {
  const recorded = of.journal.calls.get(index);
  const sides = [...(recorded?.values() ?? [])].flatMap((answer) => ('value' in answer ? (answer.side ?? []) : []));
  if (recorded === undefined || sides.every((side) => of.isThere(side))) return undefined;
  await beginAnew(of, index);
  return [...recorded.values()].flatMap((answer) => ('value' in answer ? [] : [answer]));
}

/** No recorded answer of the conversation counts any more, not for those who read the records either. */
export async function beginAnew(of: Omit<Recorded, 'isThere'>, index: number): Promise<void> {
  of.journal.calls.delete(index);
  of.inherited.delete(index);
  await of.segments.append(restartLine(index));
}

/** Marks a conversation that was held again, and counts what was spent on it before: by answers, or by whole tries. */
export function markRestarted(record: ConversationRecord, before: readonly Spent[]): void {
  record.restarted = true;
  const spent = new Spending();
  spent.add({ usage: record.usage, costUsd: record.costUsd, latencyMs: 0 });
  for (const each of before) spent.add({ ...each, latencyMs: 0 });
  record.usage = spent.usage;
  record.costUsd = spent.costUsd;
}
