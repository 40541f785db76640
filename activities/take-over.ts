import { PlanIndex } from '../src/core/plan.js';
import type { PlanResult } from '../src/core/plan-result.js';
import { bothSpent, NOTHING_SPENT, spentOf } from '../src/core/spent.js';
import { folderOfSegment, runFolder, runUseKey } from '../src/core/store-keys.js';
import { type CommitRow, type ShardCommit, writeCommit } from '../src/io/runs/commit.js';
import { RunResults } from '../src/io/runs/run-results.js';
import type { Store } from '../src/io/stores/store.js';
import { readPlan } from './run-plan.js';

/** The key says it all; some stores take no empty value. */
const USED = Buffer.from('1');

/** What is left of a run after the results of an earlier one were taken over. */
export interface Remainder {
  /** Store key of the item numbers to run. */
  workList: string;
  toRun: number;
  reused: PlanResult['reused'];
  firstShard: number;
}

/** Items of this very run that stand since before it was reset stay as they are; the others make the work list. */
export async function keepOwn(store: Store, run: string, index: PlanIndex): Promise<Remainder> {
  const results = await RunResults.open(store, run, index.size);
  const kept = new Kept();
  for await (const { row } of results.rows()) if (results.stands(row)) kept.add(row.item, row);
  return remainder(store, run, index, kept, results.firstFreeShard);
}

/**
 * Takes over what stands in an earlier run, item by item by its id: what passed, and what failed within a pass_threshold. The records stay where they are: a commit of this
 * run names them.
 */
export async function takeOver(store: Store, run: string, index: PlanIndex, earlier: string): Promise<Remainder> {
  await readPlan(store, earlier);
  // Said before the plan is looked for once more: who removes runs takes the plan away before he looks who needs it.
  await store.put(runUseKey(runFolder(earlier), run), USED);
  const before = new PlanIndex((await readPlan(store, earlier)).plan);
  const results = await RunResults.open(store, earlier, before.size);
  const itemOf = new Map<string, number>();
  for (let item = 0; item < index.size; item += 1) itemOf.set(index.at(item).id, item);
  const kept = new Kept();
  const numbers = new Map<string, number>();
  const segments: ShardCommit['segments'] = [];
  const rows: CommitRow[] = [];
  for await (const { row, segmentKey } of results.rows()) {
    const item = itemOf.get(before.at(row.item).id);
    if (!results.stands(row) || item === undefined) continue;
    const segment = numbers.get(segmentKey) ?? segments.push({ key: segmentKey, bytes: 0 }) - 1;
    numbers.set(segmentKey, segment);
    const named = segments[segment];
    if (named !== undefined) named.bytes = Math.max(named.bytes, row.offset + row.length + 1);
    rows.push({ ...row, item, segment });
    kept.add(item, row);
  }
  // The earlier run may itself have taken over.
  const folders = new Set(segments.map(({ key }) => folderOfSegment(key)));
  for (const folder of folders) await store.put(runUseKey(folder, run), USED);
  const { passed, failed, errored } = kept.reused;
  const commit: ShardCommit = {
    schemaVersion: 1,
    segments,
    rows,
    deferred: [],
    result: {
      shard: -1,
      ...{ passed, failed, errored },
      deferred: 0,
      retryAfterMs: 0,
      attempt: 0,
      notRun: 0,
      providers: {},
      failures: [],
    },
  };
  await writeCommit(store, run, 'reused', commit);
  return remainder(store, run, index, kept, 0);
}

/** Items that do not run again. */
class Kept {
  readonly items = new Set<number>();
  readonly reused: PlanResult['reused'] = { passed: 0, failed: 0, errored: 0, spent: NOTHING_SPENT };

  add(item: number, row: CommitRow): void {
    this.items.add(item);
    this.reused[row.verdict] += 1;
    this.reused.spent = bothSpent(this.reused.spent ?? {}, spentOf(row));
  }
}

async function remainder(
  store: Store,
  run: string,
  index: PlanIndex,
  { items, reused }: Kept,
  firstShard: number,
): Promise<Remainder> {
  const toRun: number[] = [];
  for (let item = 0; item < index.size; item += 1) if (!items.has(item)) toRun.push(item);
  const workList = `${runFolder(run)}/work-${firstShard}`;
  await store.put(workList, Buffer.from(JSON.stringify(toRun)));
  return { workList, toRun: toRun.length, reused, firstShard };
}
