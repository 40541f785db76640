/** Conversations whose other side has forgotten them begin anew: their recorded answers would tell of another one. */
import type { ConversationRecord } from '../../src/core/conversation.js';
import { Spending } from '../../src/engine/spending.js';
import type { RecordedCalls } from '../../src/io/runs/journal.js';
import { restartLine } from '../../src/io/runs/segment-lines.js';
import type { ShardRunOptions } from './shard-run.js';

type Recorded = Pick<ShardRunOptions, 'journal' | 'inherited' | 'segments' | 'isThere'>;

/**
 * Drops the recorded answers of a conversation when a side that remembers what it was told, such as an MCP server, has
 * gone since. Returns them; nothing when the conversation may go on from them.
 */
export async function dropForgotten(of: Recorded, index: number): Promise<RecordedCalls | undefined> {
  const recorded = of.journal.calls.get(index);
  const sides = [...(recorded?.values() ?? [])].flatMap((answer) => ('value' in answer ? (answer.side ?? []) : []));
  if (recorded === undefined || sides.every((side) => of.isThere(side))) return undefined;
  of.journal.calls.delete(index);
  of.inherited.delete(index);
  await of.segments.append(restartLine(index));
  return recorded;
}

/** Marks a conversation that was held again, and counts what was spent on it before. */
export function markRestarted(record: ConversationRecord, dropped: RecordedCalls): void {
  record.restarted = true;
  const spent = new Spending();
  spent.add({ usage: record.usage, costUsd: record.costUsd, latencyMs: 0 });
  for (const answer of dropped.values()) if (!('value' in answer)) spent.add(answer);
  record.usage = spent.usage;
  record.costUsd = spent.costUsd;
}
