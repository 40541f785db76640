/** What an open run has cost so far. */
import { describe, expect, test } from '@jest/globals';
import { addHeartbeats } from '../../src/core/live-progress.js';
import { progressOf } from '../../src/core/progress.js';
import type { ShardHeartbeat } from '../../src/core/run.js';
import { acceptPlan, addResult, emptyState, type RunState, retryFailed } from '../../src/core/run-state.js';
import type { ShardResult } from '../../src/core/shard.js';
import { type Spent, spentOf } from '../../src/core/spent.js';

const spent = (inputTokens: number, costUsd?: number): Spent => ({
  inputTokens,
  outputTokens: 1,
  ...(costUsd === undefined ? {} : { costUsd }),
});

const result = (of: ShardResult['spent']): ShardResult => ({
  ...{ shard: 0, passed: 1, failed: 1, errored: 0, deferred: 0, retryAfterMs: 0, attempt: 1, notRun: 0 },
  ...{ providers: {}, failures: [], permits: { returned: 0, moved: {} } },
  ...(of === undefined ? {} : { spent: of }),
});

const state = (reused?: Spent, metrics?: string[]): RunState => {
  const made = emptyState(0);
  const taken = { passed: reused === undefined ? 0 : 1, failed: 0, errored: 0 };
  const plan = { ...made.plan, total: 10, toRun: 10, reused: { ...taken, ...(reused && { spent: reused }) } };
  acceptPlan(made, metrics === undefined ? plan : { ...plan, metrics }, undefined);
  return made;
};

const progress = (of: RunState) =>
  progressOf({ run: 'r', phase: 'Running', stage: 'running', state: of, inFlight: 1, now: 0 });

describe('what a run has cost so far', () => {
  test('is nothing before a conversation has ended', () => {
    expect(progress(state()).spent).toEqual({ costUsd: 0 });
  });

  test('is what its shards tell, what it took over, and what those in flight have finished', () => {
    const run = state(spent(100, 1));
    addResult(run, result({ passed: spent(10, 0.25), others: spent(5, 0.5) }), 0);
    expect(progress(run).spent).toEqual({ inputTokens: 115, outputTokens: 3, costUsd: 1.75 });
    const beat = { spent: spent(1, 0.25), byProvider: {}, failures: [] } as unknown as ShardHeartbeat;
    const live = addHeartbeats(progress(run), [beat, beat], []);
    expect(live.spent).toEqual({ inputTokens: 117, outputTokens: 5, costUsd: 2.25 });
  });

  test('is that of the results that count: failed items that run again are counted when they have', () => {
    const run = state();
    addResult(run, result({ passed: spent(10, 0.25), others: spent(5, 0.5) }), 0);
    retryFailed(run);
    expect(progress(run).spent).toEqual(spent(10, 0.25));
  });

  test.each<[string, ShardResult['spent']]>([
    ['one call has no price', { passed: spent(10), others: spent(5, 1) }],
    ['a shard does not tell', undefined],
  ])('is unknown when %s, and stays so', (_, of) => {
    const run = state();
    addResult(run, result(of), 0);
    addResult(run, result({ passed: spent(10, 0.25), others: {} }), 0);
    expect(progress(run).spent).not.toHaveProperty('costUsd');
  });

  test('is told with the groups of measures that are wanted', () => {
    expect(progress(state(undefined, ['quality'])).metrics).toEqual(['quality']);
    expect(progress(state())).not.toHaveProperty('metrics');
  });

  test.each<[string, Parameters<typeof spentOf>[0], Spent]>([
    ['a price', { calls: 1, inputTokens: 3, costUsd: 0.5 }, { inputTokens: 3, costUsd: 0.5 }],
    ['no price', { calls: 1, inputTokens: 3 }, { inputTokens: 3 }],
    ['no call', { calls: 0 }, { costUsd: 0 }],
  ])('of a conversation with %s', (_, part, expected) => {
    expect(spentOf(part)).toEqual(expected);
  });
});
