import type { ShardWork } from '../../src/core/shard.js';
import { readCommit, type ShardCommit } from '../../src/io/runs/commit.js';
import { type RecordedCalls, readJournal } from '../../src/io/runs/journal.js';
import type { Store } from '../../src/io/stores/store.js';
import type { LoadedRun } from '../loaded-runs.js';
import type { WorkItem } from './shard-run.js';

/** The items of a shard, and answers that earlier shards have already paid for. */
export interface ShardItems {
  items: WorkItem[];
  calls: Map<number, RecordedCalls>;
}

/** Resolves a shard's work, which names ranges and earlier shards only. */
export async function workOf(store: Store, run: string, loaded: LoadedRun, work: ShardWork): Promise<ShardItems> {
  if (work.kind === 'range') {
    const list = loaded.workList;
    const items: WorkItem[] = [];
    const after = (loaded.record.afterWorkList ?? 0) - (list?.length ?? 0);
    for (let i = work.from; i < work.to; i += 1)
      items.push({ index: list === undefined ? i : (list[i] ?? after + i), attempt: 1 });
    return { items, calls: new Map() };
  }
  const items: WorkItem[] = [];
  const calls = new Map<number, RecordedCalls>();
  const take = async (source: number, itemsOf: (commit: ShardCommit) => (WorkItem & { resume: boolean })[]) => {
    const commit = await readCommit(store, run, source);
    if (commit === undefined) throw new Error(`shard ${source} is to be retried but has no commit`);
    const again = itemsOf(commit);
    items.push(...again.map(({ resume: _, ...item }) => item));
    const resumed = new Set(again.filter(({ resume }) => resume).map(({ index }) => index));
    if (resumed.size === 0) return;
    const journal = await readJournal(store, run, source, (item) => resumed.has(item));
    for (const [item, recorded] of journal.calls) calls.set(item, recorded);
  };
  if (work.kind === 'held') {
    for (const [source, from, to] of work.sources) await take(source, (commit) => heldOf(commit, work, from, to));
  } else {
    for (const source of work.sources) await take(source, (commit) => leftOf(commit, work.kind));
  }
  return { items, calls };
}

/** What is taken up again of a shard. `resume`: it goes on from the answers that it has. */
function leftOf(
  { rows, deferred, waiting = [] }: ShardCommit,
  kind: Exclude<ShardWork['kind'], 'range' | 'held'>,
): (WorkItem & { resume: boolean })[] {
  if (kind === 'deferred') {
    return deferred.map(({ item, attempt }) => ({ index: item, attempt: attempt + 1, resume: true }));
  }
  // Waiting for a moment is no try.
  if (kind === 'waiting') return waiting.map(({ item, attempt }) => ({ index: item, attempt, resume: true }));
  return (
    rows
      .filter((row) => row.verdict !== 'passed')
      // A failed check would only fail again on the same answers; an interrupted conversation goes on.
      .map((row) => ({ index: row.item, attempt: row.attempt + 1, resume: row.verdict === 'errored' }))
  );
}

/** Items that wait for a provider, in the order of the commit. Waiting is no try. */
function heldOf(
  { held = [] }: ShardCommit,
  { provider, probe }: Extract<ShardWork, { kind: 'held' }>,
  from: number,
  to: number,
): (WorkItem & { resume: boolean })[] {
  const now = Date.now();
  return held
    .filter((mark) => mark.provider === provider)
    .slice(from, to)
    .map(({ item, attempt, at, waitedMs, own = 0 }) => {
      return {
        index: item,
        attempt,
        resume: true,
        held: { provider, waitedMs: waitedMs + now - at, own, probe: probe === true },
      };
    });
}
