import { describe, expect, test } from '@jest/globals';
import { addSlice } from '../../../src/core/load/load-picture.js';
import type { LoadPlan } from '../../../src/core/load/load-plan.js';
import { emptySlice, tallyOf } from '../../../src/core/load/load-slice.js';
import { emptyMerged } from '../../../src/core/load/merged-load.js';
import { type LoadOutcome, summarizeLoad } from '../../../src/core/load/summarize-load.js';

const START = 1_000_000;

const plan: LoadPlan = {
  ...{ model: 'open', arrivals: 'constant', maxInFlight: 9, gracefulStopMs: 0, seed: 1 },
  course: [{ startMs: 0, endMs: 10_000, from: 0, to: 10 }],
  cells: ['a', 'b'].map((provider) => ({ scenario: 's', provider, region: 'default', weight: 1, requests: 1 })),
  thresholds: [{ metric: 'error_rate', operator: '<', value: '20%', provider: 'b' }],
};

/** Two seconds of load, a pause of three, two more seconds; provider b fails once in four. */
function measured() {
  const merged = emptyMerged();
  for (const second of [0, 1, 5, 6]) {
    const slice = { ...emptySlice(second), begun: 4, sent: 4, open: 2 };
    for (const cell of [0, 1]) {
      const tally = tallyOf(slice, cell);
      tally.requests.ended = 2;
      tally.conversations.passed = 2;
      tally.costUsd = 0.5;
    }
    if (second === 0) tallyOf(slice, 1).requests.failed = 2;
    addSlice(merged.picture, slice);
  }
  return merged;
}

const control = { startedAt: START, changes: [{ atMs: 0, course: plan.course, lanes: [0] }], pausedMs: 3_000 };
const event = (what: 'started' | 'paused' | 'resumed', second: number, clockMs: number) => {
  return { what, text: what, at: START + second * 1000, clockMs };
};
const outcome: LoadOutcome = {
  control,
  lanes: 1,
  events: [event('started', 0, 0), event('paused', 2, 2_000), event('resumed', 5, 2_000)],
};

describe('the summary of a load test', () => {
  test('adds up cells, providers and scenarios, and judges the thresholds', () => {
    const load = summarizeLoad(plan, measured(), outcome, true);
    expect(load.requests).toEqual({ sent: 16, ended: 16, failed: 2, rateLimited: 0, unknown: 0 });
    expect(load.conversations).toMatchObject({ begun: 16, passed: 16, dropped: 0, unknown: 0 });
    expect(load.providers.map(({ provider, requests }) => [provider, requests.failed])).toEqual([
      ['a', 0],
      ['b', 2],
    ]);
    expect(load.cells).toHaveLength(2);
    expect(load.scenarios).toMatchObject([{ scenario: 's', costUsd: 4, requests: { ended: 16 } }]);
    expect(load.thresholds).toMatchObject([{ state: 'failed', actual: 0.25 }]);
  });

  test('draws the target on the clock on the wall: it stays in a pause', () => {
    const { series, seconds, rps } = summarizeLoad(plan, measured(), outcome, true);
    expect(series.map(({ target }) => target)).toEqual([0.5, 1.5, 2, 2, 2, 2.5, 3.5]);
    expect(series.map(({ sent }) => sent)).toEqual([4, 4, 0, 0, 0, 4, 4]);
    expect(seconds).toBe(10);
    expect(rps).toBe(1.6);
  });

  test('tells how long load was made where the test was cut short, and nothing where it never began', () => {
    expect(summarizeLoad(plan, measured(), outcome, false).seconds).toBe(4);
    const stopped = { ...outcome, control: { ...control, stopAtMs: 3_000 } };
    const load = summarizeLoad(plan, measured(), stopped, true);
    expect([load.seconds, load.series.at(-1)?.target]).toEqual([3, 0]);
    const never = summarizeLoad(plan, emptyMerged(), { events: [], lanes: 0 }, false);
    expect(never).toMatchObject({ seconds: 0, rps: 0, series: [], thresholds: [{ state: 'unknown' }] });
  });

  test('counts the conversations of a test with trials that nobody began', () => {
    const { conversations } = summarizeLoad({ ...plan, conversations: 20 }, measured(), outcome, true);
    expect(conversations).toMatchObject({ begun: 16, dropped: 4 });
  });
});
