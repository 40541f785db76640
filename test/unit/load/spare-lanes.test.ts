import { describe, expect, test } from '@jest/globals';
import {
  announce,
  begin,
  dismissLanes,
  hearLanes,
  leave,
  settleLanes,
  sharing,
} from '../../../src/core/load/lane-shares.js';
import { changeAt } from '../../../src/core/load/load-control.js';
import type { LoadOutline } from '../../../src/core/load/load-outline.js';
import type { LoadReading } from '../../../src/core/load/load-reading.js';
import { controlOf, type LoadState, newLoad } from '../../../src/core/load/load-state.js';
import { stopLoad } from '../../../src/core/load/load-steering.js';
import { settleSpares, takeSpare } from '../../../src/core/load/spare-lanes.js';

const T0 = 1_000_000;
const START = T0 + 2_000;
const plan: LoadOutline = { model: 'open', course: [{ startMs: 0, endMs: 60_000, from: 10, to: 10 }], aborts: [] };

/** A test that has begun, with a lane in each of the workers that are named. */
function begun(...workers: string[]): LoadState {
  const state = newLoad(plan);
  for (const lane of settleLanes(state, plan, workers.length, T0)) {
    announce(state, plan, { lane, worker: workers[lane] ?? '', attempt: 1 }, T0 + lane);
  }
  begin(state, plan, T0);
  return state;
}

/** As the workflow does when a lane announces itself. */
function ready(state: LoadState, lane: number, worker: string, now: number, attempt = 1) {
  takeSpare(state, lane, worker, now);
  announce(state, plan, { lane, worker, attempt }, now);
  return settleSpares(state, plan, now);
}

const lanesAt = (state: LoadState, ms: number) => changeAt(state.changes, ms)?.lanes;
const NONE = { made: [], dropped: [] };

describe('spare lanes', () => {
  test.each<[string, string[], number[]]>([
    ['none where each worker makes one lane', ['a', 'b', 'c'], []],
    ['one where a worker makes two', ['a', 'b', 'a'], [3]],
    ['one for each lane too many', ['a', 'a', 'a', 'b', 'b'], [5, 6, 7]],
  ])('are %s', (_name, workers, made) => {
    const state = begun(...workers);
    expect(settleSpares(state, plan, START)).toEqual({ made, dropped: [] });
    expect(settleSpares(state, plan, START + 1)).toEqual(NONE);
    // They have no share, and are none of the lanes that were asked for.
    expect(sharing(state)).toEqual(workers.map((_worker, lane) => lane));
    expect(settleLanes(state, plan, workers.length, START + 2)).toEqual([]);
  });

  test('are made only while the test runs', () => {
    const early = newLoad(plan);
    for (const lane of settleLanes(early, plan, 2, T0)) announce(early, plan, { lane, worker: 'a', attempt: 1 }, T0);
    expect(settleSpares(early, plan, T0)).toEqual(NONE);
    expect(settleSpares(begun('a', 'a'), plan, START + 60_000)).toEqual(NONE);
    const stopped = begun('a', 'a');
    stopLoad(stopped, 'stopped', 'stopped', START + 5_000);
    expect(settleSpares(stopped, plan, START + 5_000)).toEqual(NONE);
  });

  test('take over without a gap when a worker joins', () => {
    const state = begun('a', 'a');
    settleSpares(state, plan, START);
    expect(ready(state, 2, 'b', START + 5_000)).toEqual(NONE);
    expect(lanesAt(state, 6_999)).toEqual([0, 1]);
    expect(lanesAt(state, 7_000)).toEqual([0, 2]);
    expect(state.events.map(({ text }) => text)).toContain('lane 2 in b takes over from lane 1');
    // The lane that was let go ends, and nothing takes its place.
    expect(leave(state, plan, 1, START + 8_000)).toBe(false);
    expect(settleSpares(state, plan, START + 8_000)).toEqual(NONE);
    expect(settleLanes(state, plan, 2, START + 8_000)).toEqual([]);
    expect(state.lanesAtMost).toBe(2);
  });

  test('wait also where a lane came from a worker that died', () => {
    const state = begun('a', 'b');
    // The worker of the first lane died.
    announce(state, plan, { lane: 0, worker: 'b', attempt: 2 }, START + 5_000);
    expect(settleSpares(state, plan, START + 5_000)).toEqual({ made: [2], dropped: [] });
    ready(state, 2, 'c', START + 9_000);
    expect(sharing(state)).toHaveLength(2);
    expect(new Set(controlOf(state, START).changes.at(-1)?.lanes)).toEqual(new Set(sharing(state)));
    expect(settleSpares(state, plan, START + 9_000)).toEqual(NONE);
  });

  test('are dropped when nobody makes too much any more', () => {
    const state = begun('a', 'a', 'b');
    settleSpares(state, plan, START);
    settleLanes(state, plan, 1, START + 3_000);
    expect(settleSpares(state, plan, START + 3_000)).toEqual({ made: [], dropped: [3] });
    // One that a process has taken meanwhile has no share.
    ready(state, 3, 'c', START + 3_500);
    expect(sharing(state)).toEqual([0]);
    leave(state, plan, 3, START + 4_000);
    expect(settleSpares(state, plan, START + 4_000)).toEqual(NONE);
  });

  test('go themselves when they come too late', () => {
    const state = begun('a', 'a');
    settleSpares(state, plan, START);
    leave(state, plan, 1, START + 1_000);
    ready(state, 2, 'b', START + 1_000);
    expect(sharing(state)).toEqual([0]);
    expect(lanesAt(state, 10_000)).toEqual([0]);
  });

  test('are dropped when all lanes go on in a fresh history', () => {
    const state = begun('a', 'a');
    settleSpares(state, plan, START);
    dismissLanes(state, START + 5_000);
    expect(settleSpares(state, plan, START + 5_000)).toEqual({ made: [], dropped: [2] });
  });

  test('are not made for a lane that is not heard of', () => {
    const state = begun('a', 'a');
    const heard = [{ lane: 0, lastSecond: 19 }];
    state.reading = { lanes: heard } as LoadReading;
    hearLanes(state, plan, START + 20_000, START + 20_000);
    expect(settleSpares(state, plan, START + 20_000)).toEqual(NONE);
  });
});
