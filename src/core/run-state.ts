import type { DatasetFigures } from './datagen/dataset-summary.js';
import {
  allAssistantsHeld,
  anyHeld,
  beginProbe,
  type HeldProvider,
  type ReleasedProvider,
  reopenProviders,
} from './held-providers.js';
import type { LoadState } from './load/load-state.js';
import type { PlanResult } from './plan-result.js';
import type { FailedItem } from './run.js';
import type { ShardResult, ShardWork } from './shard.js';
import { bothSpent, NOTHING_SPENT, type Spent } from './spent.js';

/** Failures that a run tells about itself while it is open; all of them stand in the reports. */
const MAX_FAILURES = 20;

/** How a run stands between shards. Plain data: it travels through continue-as-new. */
export interface RunState {
  plan: PlanResult;
  /** Milliseconds since the epoch. */
  startedAt: number;
  deadlineAt?: number;
  /** First item of the work list that no shard has been given. */
  nextItem: number;
  nextShard: number;
  shardsDone: number;
  /** Results that count, taken-over ones included. */
  counts: { passed: number; failed: number; errored: number };
  providers: { [provider: string]: [passed: number, failed: number, errored: number] };
  /**
   * What results that count took, taken-over ones included; those that did not pass apart, since they may run again.
   * Absent = nothing so far.
   */
  spent?: { passed: Spent; others: Spent };
  failures: FailedItem[];
  /** Shards with failed or errored items that have not been told to run again. Tuples: there may be thousands. */
  failing: [shard: number, failed: number, errored: number][];
  /** Shards that handed items back, and when these may run again; `waiting`: not after a failure, but for a moment. */
  deferred: { shard: number; items: number; dueAt: number; waiting?: true }[];
  /** Providers that are down, with the items that wait for them; absent: there was none so far. */
  held?: HeldProvider[];
  /** Providers that were down before. */
  released?: ReleasedProvider[];
  /** Nothing is dispatched until it is resumed. */
  paused?: true;
  /** Worker processes, when their number was told to be another one than that of the plan. */
  workers?: number;
  /** Shards that were in flight when failed items were asked to run again: theirs do so when they come in. */
  againWhenIn?: number[];
  /** Retry shards that are ready to go. */
  ready: { work: ShardWork; items: number }[];
  /** Of a load test. */
  load?: LoadState;
  /** Of the generation of data: what was chosen after the last round, and from how many conversations. */
  dataset?: { figures: DatasetFigures; items: number };
}

/** A run that has nothing yet: no plan, no results. */
export function emptyState(startedAt: number): RunState {
  return {
    plan: {
      total: 0,
      toRun: 0,
      reused: { passed: 0, failed: 0, errored: 0 },
      firstShard: 0,
      shardSize: 1,
      concurrency: 1,
      bundle: { name: '', digest: '', source: '' },
      job: '',
      searchAttributes: false,
    },
    startedAt,
    nextItem: 0,
    nextShard: 0,
    shardsDone: 0,
    counts: { passed: 0, failed: 0, errored: 0 },
    providers: {},
    failures: [],
    failing: [],
    deferred: [],
    ready: [],
  };
}

/** Whether there is anything left that has no result yet. */
export function hasWork(state: RunState): boolean {
  return state.nextItem < state.plan.toRun || state.ready.length > 0 || state.deferred.length > 0 || anyHeld(state);
}

/** Gives a run its plan. */
export function acceptPlan(state: RunState, plan: PlanResult, deadlineAt: number | undefined): void {
  state.plan = plan;
  state.deadlineAt = deadlineAt;
  state.nextShard = plan.firstShard;
  const { passed, failed, errored, spent } = plan.reused;
  state.counts = { passed, failed, errored };
  // What is taken over does not run again.
  if (passed + failed + errored > 0) state.spent = { passed: spent ?? {}, others: NOTHING_SPENT };
}

/** Adds conversations to the plan. */
export function growPlan(state: RunState, items: number): void {
  state.plan.total += items;
  state.plan.toRun += items;
}

/** Adds what a shard reports. `dueAt`: when its deferred items may run again. */
export function addResult(state: RunState, reported: ShardResult, dueAt: number): void {
  const result = takesBack(state, reported) ? withoutFailed(reported) : reported;
  const { shard, passed, failed, errored, spent, deferred, waiting } = result;
  state.shardsDone += 1;
  state.counts.passed += passed;
  state.counts.failed += failed;
  state.counts.errored += errored;
  for (const [provider, counts] of Object.entries(result.providers)) {
    const tally = state.providers[provider] ?? [0, 0, 0];
    state.providers[provider] = [tally[0] + counts[0], tally[1] + counts[1], tally[2] + counts[2]];
  }
  const before = state.spent ?? { passed: NOTHING_SPENT, others: NOTHING_SPENT };
  state.spent = {
    passed: bothSpent(before.passed, spent?.passed ?? {}),
    others: bothSpent(before.others, spent?.others ?? {}),
  };
  state.failures.push(...result.failures.slice(0, MAX_FAILURES - state.failures.length));
  if (failed + errored > 0) state.failing.push([shard, failed, errored]);
  if (deferred > 0) state.deferred.push({ shard, items: deferred, dueAt });
  if (waiting !== undefined) state.deferred.push({ shard, ...waiting, waiting: true });
}

/** Makes a retry shard of the failed items of one that was in flight when they were asked to run again; else false. */
function takesBack(state: RunState, { shard, failed, errored }: ShardResult): boolean {
  const { againWhenIn = [] } = state;
  if (!againWhenIn.includes(shard)) return false;
  state.againWhenIn = againWhenIn.filter((one) => one !== shard);
  if (failed + errored > 0) state.ready.push({ work: { kind: 'failed', sources: [shard] }, items: failed + errored });
  return true;
}

/** What is left of a result when its failed items run again. */
function withoutFailed(result: ShardResult): ShardResult {
  const providers: ShardResult['providers'] = {};
  for (const [provider, [passed]] of Object.entries(result.providers)) providers[provider] = [passed, 0, 0];
  const spent = { passed: result.spent?.passed ?? {}, others: NOTHING_SPENT };
  return { ...result, failed: 0, errored: 0, failures: [], providers, spent };
}

/** Makes retry shards of the deferred items whose time has come. */
export function wakeDeferred(state: RunState, now: number): void {
  const due = state.deferred.filter((entry) => entry.dueAt <= now);
  if (due.length === 0) return;
  state.deferred = state.deferred.filter((entry) => entry.dueAt > now);
  for (const kind of ['deferred', 'waiting'] as const) {
    const entries = due.filter((entry) => (entry.waiting === true) === (kind === 'waiting'));
    for (const { sources, items } of grouped(entries, state.plan.shardSize)) {
      state.ready.push({ work: { kind, sources }, items });
    }
  }
}

/**
 * Takes all failed items back and makes retry shards of them; returns how many. Those of the shards in flight, which have
 * not told theirs, follow when these come in.
 */
export function retryFailed(state: RunState, inFlight: Iterable<number> = []): number {
  state.againWhenIn = [...new Set([...(state.againWhenIn ?? []), ...inFlight])];
  const failing = state.failing.map(([shard, failed, errored]) => ({ shard, items: failed + errored }));
  for (const group of grouped(failing, state.plan.shardSize)) {
    state.ready.push({ work: { kind: 'failed', sources: group.sources }, items: group.items });
  }
  for (const [, failed, errored] of state.failing) {
    state.counts.failed -= failed;
    state.counts.errored -= errored;
  }
  for (const tally of Object.values(state.providers)) {
    tally[1] = 0;
    tally[2] = 0;
  }
  if (state.spent !== undefined) state.spent.others = NOTHING_SPENT;
  state.failing = [];
  state.failures = [];
  reopenProviders(state);
  return failing.reduce((sum, { items }) => sum + items, 0);
}

/** The next shard's work, or undefined when nothing can be given out now. */
export function takeWork(state: RunState): { shard: number; work: ShardWork; items: number } | undefined {
  const retry = state.ready.shift();
  if (retry !== undefined) {
    const shard = nextShard(state);
    if (retry.work.kind === 'held' && retry.work.probe) beginProbe(state, retry.work.provider, shard);
    return { shard, ...retry };
  }
  const from = state.nextItem;
  if (from >= state.plan.toRun || allAssistantsHeld(state)) return undefined;
  const to = Math.min(from + state.plan.shardSize, state.plan.toRun);
  state.nextItem = to;
  return { shard: nextShard(state), work: { kind: 'range', from, to }, items: to - from };
}

function nextShard(state: RunState): number {
  state.nextShard += 1;
  return state.nextShard - 1;
}

function grouped(entries: { shard: number; items: number }[], size: number): { sources: number[]; items: number }[] {
  const groups: { sources: number[]; items: number }[] = [];
  for (const { shard, items } of entries) {
    const last = groups.at(-1);
    if (last !== undefined && last.items + items <= size) {
      last.sources.push(shard);
      last.items += items;
    } else {
      groups.push({ sources: [shard], items });
    }
  }
  return groups;
}
