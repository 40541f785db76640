import { describe, expect, test } from '@jest/globals';
import { targetAt } from '../../../src/core/load/course.js';
import { announce, begin, hearLanes, leave, settleLanes, sharing } from '../../../src/core/load/lane-shares.js';
import { lapse } from '../../../src/core/load/load-budget.js';
import { changeAt } from '../../../src/core/load/load-control.js';
import { loadFigures } from '../../../src/core/load/load-figures.js';
import type { LoadOutline } from '../../../src/core/load/load-outline.js';
import type { LoadReading } from '../../../src/core/load/load-reading.js';
import { clockOf, controlOf, type LoadState, newLoad } from '../../../src/core/load/load-state.js';
import {
  abandonLoad,
  addBudget,
  goOn,
  hold,
  refusedRate,
  setRate,
  stopLoad,
} from '../../../src/core/load/load-steering.js';
import { readingPause, takeReading } from '../../../src/core/load/load-watch.js';
import { giveBack, leaseWork } from '../../../src/core/load/load-work.js';

const T0 = 1_000_000;
const MINUTE = 60_000;

const outline = (more: Partial<LoadOutline> = {}): LoadOutline => ({
  model: 'open',
  course: [{ startMs: 0, endMs: MINUTE, from: 10, to: 10 }],
  aborts: [],
  ...more,
});

/** A test that began at T0 + 2 s with so many lanes. */
function begun(plan = outline(), lanes = 2): LoadState {
  const state = newLoad(plan);
  for (const lane of settleLanes(state, plan, lanes, T0)) {
    announce(state, plan, { lane, worker: `w${lane}`, attempt: 1 }, T0);
  }
  begin(state, plan, T0);
  return state;
}

const START = T0 + 2_000;
const at = (state: LoadState, ms: number) => {
  const change = changeAt(state.changes, ms);
  return change && { lanes: change.lanes, target: targetAt(change.course, ms) };
};

const reading = (more: Partial<LoadReading> = {}): LoadReading => ({
  figures: {
    ...{ rps: 10, turns: 4, open: 1, inFlight: 1, latency: { count: 0 }, usage: {} },
    requests: { sent: 5, ended: 4, failed: 0, rateLimited: 0, unknown: 0 },
    conversations: { begun: 5, passed: 4, failed: 0, errored: 0, dropped: 0 },
  },
  ...{ thresholds: [], states: [], lanes: [], usedUsd: 0, usedTokens: 0 },
  ...more,
});

describe('the lanes of a load test', () => {
  test('share the load from two seconds ahead on when one comes, goes, or is taken up elsewhere', () => {
    const plan = outline();
    const state = begun(plan);
    expect(controlOf(state, START)).toMatchObject({ startedAt: START, changes: [{ atMs: 0, lanes: [0, 1] }] });
    expect(settleLanes(state, plan, 3, START + 5_000)).toEqual([2]);
    expect(sharing(state)).toEqual([0, 1]);
    announce(state, plan, { lane: 2, worker: 'w2', attempt: 1 }, START + 6_000);
    expect(at(state, 7_999)?.lanes).toEqual([0, 1]);
    expect(at(state, 8_000)?.lanes).toEqual([0, 1, 2]);
    settleLanes(state, plan, 1, START + 10_000);
    expect(at(state, 12_000)).toEqual({ lanes: [0], target: 10 });
    expect(state.events.map(({ text }) => text)).toEqual([
      ...['begun by 2 lanes', 'shared by 3 lanes', 'shared by 1 lane'],
    ]);
    expect(state.lanesAtMost).toBe(3);
  });

  test('lose their share when they fall silent, and have it again when they are heard of', () => {
    const plan = outline();
    const state = begun(plan);
    const hear = (atMs: number, seconds: [number, number]) => {
      state.reading = reading({ lanes: seconds.map((lastSecond, lane) => ({ lane, lastSecond })) });
      hearLanes(state, plan, START + atMs, START + atMs);
    };
    hear(10_000, [8, 8]);
    expect(sharing(state)).toEqual([0, 1]);
    hear(14_000, [12, 8]);
    expect(sharing(state)).toEqual([0]);
    hear(18_000, [16, 8]);
    announce(state, plan, { lane: 1, worker: 'w3', attempt: 2 }, START + 19_000);
    expect(at(state, 21_000)?.lanes).toEqual([0, 1]);
    expect(state.events.map(({ text }) => text)).toContain('lane 1 was lost and goes on in w3');
    // All of them are silent: nobody is told to go, since nobody could take over.
    hear(40_000, [16, 8]);
    expect(at(state, 45_000)?.lanes).not.toEqual([]);
  });

  test('are missed when one that was taken for lost obeys and ends', () => {
    const plan = outline();
    const state = begun(plan);
    state.reading = reading({ lanes: [{ lane: 0, lastSecond: 20 }] });
    hearLanes(state, plan, START + 20_000, START + 20_000);
    expect(leave(state, plan, 1, START + 23_000)).toBe(true);
    expect(leave(state, plan, 0, START + 23_000)).toBe(false);
  });

  test('go one after the other at the end, and nothing is told of that', () => {
    const plan = outline();
    const state = begun(plan);
    expect(leave(state, plan, 0, START + 60_001)).toBe(false);
    expect(state.events.map(({ text }) => text)).toEqual(['begun by 2 lanes']);
    expect(at(state, 59_999)?.lanes).toEqual([0, 1]);
  });

  test('bring users with them where these are counted by worker', () => {
    const plan = outline({ model: 'closed', usersPerLane: 5 });
    const state = begun(plan);
    expect(at(state, 0)?.target).toBe(10);
    settleLanes(state, plan, 3, START);
    announce(state, plan, { lane: 2, worker: 'w2', attempt: 1 }, START);
    expect(at(state, 2_000)?.target).toBe(15);
  });
});

describe('the target and the clock of a load test', () => {
  test('follow those who steer', () => {
    const plan = outline();
    const state = begun(plan);
    setRate(state, plan, { target: 30, overMs: 10_000 }, START + 8_000);
    expect([9_999, 10_000, 15_000, 20_000].map((ms) => at(state, ms)?.target)).toEqual([10, 10, 20, 30]);
    setRate(state, plan, { target: 0 }, START + 28_000);
    expect([29_999, 30_000].map((ms) => at(state, ms)?.target)).toEqual([30, 0]);
    expect(state.events.at(-1)).toMatchObject({ what: 'setRate', clockMs: 30_000, text: '0 requests a second' });
  });

  test('end where the test was cancelled, also in a pause', () => {
    const plan = outline();
    const cancelled = begun(plan);
    abandonLoad(cancelled, START + 8_000);
    abandonLoad(cancelled, START + 9_000);
    expect(controlOf(cancelled, START + 20_000)).toMatchObject({ stopAtMs: 8_000 });
    const paused = begun(plan);
    hold(paused, 'paused', 'paused', START + 5_000);
    abandonLoad(paused, START + 30_000);
    expect(controlOf(paused, START + 40_000)).toMatchObject({ stopAtMs: 5_000, pausedMs: 25_000 });
    const early = newLoad(plan);
    abandonLoad(early, START);
    expect(early.stopAtMs).toBe(0);
  });

  test('stand in a pause, and go on two seconds ahead so that nothing is late', () => {
    const plan = outline();
    const state = begun(plan);
    hold(state, 'paused', 'paused', START + 10_000);
    expect(clockOf(state, START + 50_000)).toBe(10_000);
    goOn(state, START + 50_000);
    expect(clockOf(state, START + 52_000)).toBe(10_000);
    expect(clockOf(state, START + 53_000)).toBe(11_000);
    expect(loadFigures(state, plan, START + 53_000)).toMatchObject({ target: 10, lanes: 2, endMs: MINUTE });
    expect(state.events.map(({ what }) => what)).toEqual(['started', 'paused', 'resumed']);
  });

  test('end where the test is stopped, also in a pause', () => {
    const plan = outline();
    const state = begun(plan);
    hold(state, 'paused', 'paused', START + 10_000);
    stopLoad(state, 'stopped', 'stopped', START + 30_000);
    expect(controlOf(state, START + 31_000)).toMatchObject({ stopAtMs: 10_000, pausedMs: 20_000 });
    expect(clockOf(state, START + 31_000)).toBe(11_000);
    expect(loadFigures(state, plan, START + 31_000)).toMatchObject({ target: 0, endMs: 10_000 });
  });

  test.each<[string, { target: number; overMs?: number }, Partial<LoadOutline>, number, string | undefined]>([
    ['a rate', { target: 12.5 }, {}, 1_000, undefined],
    ['none at all', { target: 0, overMs: 0 }, {}, 1_000, undefined],
    ['less than nothing', { target: -1 }, {}, 1_000, 'target must be a number'],
    ['no number', { target: Number.NaN }, {}, 1_000, 'target must be a number'],
    ['too much', { target: 1_000_001 }, {}, 1_000, 'from 0 to 1000000'],
    ['half a user', { target: 1.5 }, { model: 'closed' }, 1_000, 'a whole number of virtual users'],
    ['time that runs back', { target: 1, overMs: -1 }, {}, 1_000, 'overMs must be a time'],
    ['a rate after the end', { target: 1 }, {}, 61_000, 'the test is ending'],
    ['a rate just before the end', { target: 1 }, {}, 57_900, undefined],
    ['a rate that would hold after the end', { target: 1 }, {}, 58_000, 'the test ends before'],
  ])('take %s, or say why not', (_name, change, more, ms, why) => {
    const plan = outline(more);
    const refusal = refusedRate(begun(plan), plan, change, START + ms);
    if (why === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toContain(why);
  });

  test('are read every two seconds, and more seldom in a long test', () => {
    expect(readingPause(5_000, MINUTE)).toBe(2_000);
    expect(readingPause(5_000, 10 * 3_600_000)).toBe(72_000);
    expect(readingPause(10_000, undefined)).toBe(2_000);
  });
});

describe('the budget of a load test', () => {
  const plan = outline({ budget: { tokens: 1_000, onLimit: 'hold' } });
  const ask = (lane: number, tokens: number) => ({ lane, used: { usd: 0, tokens }, budget: true as const });

  test('is given in small blocks and holds the test when it is used up, until there is more', () => {
    const state = begun(plan);
    const asked = [0, 0];
    let given = 0;
    let now = START;
    for (let turn = 0; state.pausedAt === undefined && turn < 1_000; turn += 1) {
      const lane = turn % 2;
      now += 10;
      const { tokens = 0 } = leaseWork(state, plan, ask(lane, asked[lane] ?? 0), now);
      asked[lane] = tokens;
      given += tokens;
      expect(tokens).toBeLessThanOrEqual(50);
    }
    expect(given).toBe(1_000);
    expect(loadFigures(state, plan, now).budget).toMatchObject({ tokens: 1_000, reached: true });
    expect(state.events.map(({ what }) => what)).toEqual(['started', 'budgetReached', 'paused']);
    expect(addBudget(state, { tokens: 500 }, false, now)).toEqual({ tokens: 1_500 });
    expect(state.pausedAt).toBeUndefined();
    expect(leaseWork(state, plan, ask(0, 0), now).tokens).toBeGreaterThan(0);
  });

  test('counts what a lost lane had, until what it wrote down tells that it used less', () => {
    const state = begun(plan, 1);
    const { budget } = state;
    if (budget === undefined) throw new Error('there is no budget');
    leaseWork(state, plan, ask(0, 0), START);
    lapse(budget, 0);
    expect(budget.lapsed.tokens).toBe(100);
    takeReading(state, plan, reading({ usedTokens: 30, lanes: [{ lane: 0, lastSecond: 9 }] }), START + 9_000, START);
    expect(budget.lapsed.tokens).toBe(30);
  });
});

describe('a reading of a load test', () => {
  const aborts = [{ place: 1, graceMs: 10_000, text: 'error_rate < 1%' }];

  test.each<[string, ('passed' | 'failed' | 'unknown')[], number, string | undefined]>([
    ['is lost', ['passed', 'failed'], 12_000, 'threshold'],
    ['is lost within its grace', ['passed', 'failed'], 9_000, undefined],
    ['holds while another one is lost', ['failed', 'passed'], 12_000, undefined],
    ['is not measured yet', ['passed', 'unknown'], 12_000, undefined],
  ])('ends it when a threshold that ends it %s', (_name, states, ms, stop) => {
    const plan = outline({ aborts });
    const state = begun(plan);
    takeReading(state, plan, reading({ states }), START + ms, START + ms);
    expect(state.stop).toBe(stop);
  });
});

describe('conversations of a test that ends with its trials', () => {
  test('are given out once each, those that came back included', () => {
    const plan = outline({ model: 'closed', conversations: 300 });
    const state = begun(plan);
    const numbers: number[] = [];
    giveBack(state, undefined);
    for (let turn = 0; ; turn += 1) {
      const wish = { lane: turn % 2, used: { usd: 0, tokens: 0 }, conversations: true as const };
      const { conversations } = leaseWork(state, plan, wish, START);
      if (conversations === undefined || conversations.from === conversations.to) break;
      const { from, to } = conversations;
      expect(to - from).toBeLessThanOrEqual(50);
      // A lane ended in the middle of its first block.
      if (turn === 0) giveBack(state, { from: from + 10, to });
      for (let number = from; number < (turn === 0 ? from + 10 : to); number += 1) numbers.push(number);
    }
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, number) => number));
  });
});
