import { describe, expect, test } from '@jest/globals';
import {
  acceptPlan,
  addResult,
  emptyState,
  hasWork,
  type RunState,
  retryFailed,
  takeWork,
} from '../../src/core/run-state.js';
import type { ShardResult } from '../../src/core/shard.js';

/** A run of 40 items in shards of 10, all of which are in flight. */
function runInFlight(): RunState {
  const state = emptyState(0);
  acceptPlan(state, { ...state.plan, total: 40, toRun: 40, shardSize: 10 }, undefined);
  for (let shard = 0; shard < 4; shard += 1) takeWork(state);
  return state;
}

/** A shard of ten, so many of which failed. */
function result(shard: number, failed: number): ShardResult {
  const passed = 10 - failed;
  return {
    ...{ shard, attempt: 1, passed, failed, errored: 0, deferred: 0, notRun: 0, retryAfterMs: 0, failures: [] },
    providers: { p: [passed, failed, 0] },
    permits: { returned: 0, moved: {} },
  };
}

describe('failed items that are to run again while the run is open', () => {
  test('do so at once where their shard has ended, and when it ends where it is in flight', () => {
    const state = runInFlight();
    addResult(state, result(0, 3), 0);
    expect(retryFailed(state, [1, 2, 3])).toBe(3);
    expect(takeWork(state)).toEqual({ shard: 4, work: { kind: 'failed', sources: [0] }, items: 3 });
    addResult(state, result(1, 10), 0);
    addResult(state, result(2, 0), 0);
    expect(state.counts).toEqual({ passed: 17, failed: 0, errored: 0 });
    expect(state.providers).toEqual({ p: [17, 0, 0] });
    expect(takeWork(state)).toEqual({ shard: 5, work: { kind: 'failed', sources: [1] }, items: 10 });
    expect(hasWork(state)).toBe(false);
  });

  test('do so once: what fails again, or in shards that began afterwards, counts', () => {
    const state = runInFlight();
    retryFailed(state, [0]);
    addResult(state, result(0, 10), 0);
    expect(takeWork(state)).toMatchObject({ shard: 4, items: 10 });
    addResult(state, result(4, 10), 0);
    addResult(state, result(1, 2), 0);
    expect(state.counts).toEqual({ passed: 8, failed: 12, errored: 0 });
    expect(state.failing).toEqual([
      [4, 10, 0],
      [1, 2, 0],
    ]);
  });

  test('are not lost when the run goes on in a fresh history', () => {
    const state = runInFlight();
    retryFailed(state, [3]);
    const carried = JSON.parse(JSON.stringify(state)) as RunState;
    addResult(carried, result(3, 4), 0);
    expect([carried.counts.failed, hasWork(carried)]).toEqual([0, true]);
  });
});
