import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build as histogramOf } from 'hdr-histogram-js';
import type { LoadSummary } from '../../src/core/load/load-summary.js';
import type { LoggedCall } from '../../src/io/mock-server/stats.js';
import type { LoadTestInput } from '../../src/schema/load-test.js';
import { DurableRun } from '../helpers/durable-run.js';
import { untilCalm } from '../helpers/lane-trial.js';
import { writeLoadBundle } from '../helpers/load-bundle.js';

/** A measurement that a busy machine spoiled is made again, so often at most. */
const TRIALS = 3;
const TOKENS = 100;
const USERS = 20;

/** Every answer takes 100 tokens. */
const ANSWERS = [{ answer: { text: 'Hello.', usage: { prompt_tokens: 90, completion_tokens: 10 } } }];

/** Settings of a load test whose calls take so long. */
const options = (latencyMs: number, loadTest: LoadTestInput) => ({
  latencyMs,
  answers: ANSWERS,
  writeBundle: writeLoadBundle,
  input: { type: 'loadtest' as const, concurrency: undefined, maxRetries: 0, loadTest },
});

const FIRST = options(20, { concurrency: USERS, duration: '60s', budget: { tokens: 200 * TOKENS } });

/** Calls that came in more than a second after the answer that used the budget up. */
function sentLate(log: readonly LoggedCall[]): LoggedCall[] {
  const ends = log.map(({ end = Infinity }) => end).sort((a, b) => a - b);
  const spentAt = ends[199] ?? Infinity;
  return log.filter(({ t }) => t > spentAt + 1_000);
}

describe('a load test on two workers, beside what the server saw', () => {
  let workers: DurableRun;

  beforeAll(async () => {
    workers = await DurableRun.start({ workers: 2, ...FIRST });
  }, 60_000);

  afterAll(() => workers?.stop(), 30_000);

  /** What has come of a run, and what its server saw, in the order in which calls came in. */
  async function ended(run: DurableRun): Promise<{ reason: string; load: LoadSummary; log: readonly LoggedCall[] }> {
    const { reason } = await run.result();
    const { load } = run.evidence.summary();
    if (load === undefined) throw new Error(`nothing was measured: ${reason}`);
    return { reason, load, log: run.mock.log() };
  }

  test('ends at its budget, with at most the calls in flight beyond it', async () => {
    const { reason, load, log } = await ended(workers);
    expect(reason).toBe('BudgetReached');
    const { begun, passed, failed, errored, interrupted } = load.conversations;
    expect([passed, failed, errored, begun - interrupted]).toEqual([log.length, 0, 0, log.length]);
    expect(load.budget).toMatchObject({ reached: true, usedTokens: log.length * TOKENS });
    expect(log.length).toBeGreaterThan(180);
    // Each user has one call in flight when the answer that uses the budget up is heard.
    expect(log.length - 200).toBeLessThanOrEqual(USERS);
    expect(workers.mock.stats().peakInFlight).toBeLessThanOrEqual(USERS);
    let late = sentLate(log);
    for (let trial = 1; trial < TRIALS && late.length > 0; trial += 1) {
      await untilCalm();
      const run = await workers.beside(FIRST);
      try {
        late = sentLate((await ended(run)).log);
      } finally {
        await run.stop();
      }
    }
    expect(late).toEqual([]);
  }, 240_000);

  test('counts what was due and did not begin, when the target cannot be reached', async () => {
    const limited = { targetRPS: 100, rampUp: '0s', duration: '5s', maxInFlight: 10 };
    const run = await workers.beside(options(500, limited));
    try {
      const { load, log } = await ended(run);
      const { begun, dropped, unknown, interrupted } = load.conversations;
      expect([begun + dropped, unknown, interrupted]).toEqual([500, 0, 0]);
      expect(begun).toBe(log.length);
      // Ten at once of half a second each: twenty a second, not a hundred.
      expect(dropped).toBeGreaterThanOrEqual(390);
      expect(load.series.reduce((sum, point) => sum + point.dropped * load.pointSeconds, 0)).toBeCloseTo(dropped, 3);
      expect(run.mock.stats().peakInFlight).toBeLessThanOrEqual(10);
    } finally {
      await run.stop();
    }
  }, 120_000);

  test('goes on while the server hangs, and tells the wait', async () => {
    const level = { targetRPS: 40, rampUp: '0s', duration: '10s' };
    let above: string[] = [];
    for (let trial = 0; trial < TRIALS; trial += 1) {
      await untilCalm();
      const run = await workers.beside(options(100, level));
      try {
        await run.underWay(150);
        run.mock.stall(2_000);
        const { reason, load, log } = await ended(run);
        expect([reason, load.conversations]).toMatchObject(['LoadCompleted', { begun: 400, passed: 400, dropped: 0 }]);
        const { below, ...rest } = compared(load, log);
        // Nobody hears an answer before it was given: this holds on the busiest machine.
        expect(below).toEqual([]);
        above = rest.above;
        if (above.length === 0) return;
      } finally {
        await run.stop();
      }
    }
    expect(above).toEqual([]);
  }, 240_000);
});

/** Where the latencies that are told are below those by the server, from when a call was due, and where above. */
function compared(load: LoadSummary, log: readonly LoggedCall[]): { below: string[]; above: string[] } {
  const startedAt = load.events.find(({ what }) => what === 'started')?.at ?? Number.NaN;
  const truth = histogramOf({ numberOfSignificantValueDigits: 3 });
  // Both lanes together are as even as one: call n is due at n times 25 ms, and calls came in in that order.
  for (const [call, { t, end = t }] of log.entries()) truth.recordValue(Math.max(0, end - startedAt - call * 25));
  expect(truth.getValueAtPercentile(95)).toBeGreaterThan(1_000);
  const { p50Ms, p95Ms, p99Ms, p999Ms, meanMs } = load.all.latency;
  const rows: [string, number | undefined, number][] = [
    ['p50', p50Ms, truth.getValueAtPercentile(50)],
    ['p95', p95Ms, truth.getValueAtPercentile(95)],
    ['p99', p99Ms, truth.getValueAtPercentile(99)],
    ['p99.9', p999Ms, truth.getValueAtPercentile(99.9)],
    ['mean', meanMs, truth.mean],
  ];
  const below: string[] = [];
  const above: string[] = [];
  for (const [name, told = Number.NaN, theirs] of rows) {
    // 1 %, and the milliseconds of the log and of the way back.
    const fault = `${name}: ${told} ms, by the server ${theirs} ms`;
    if (!(told >= 0.99 * theirs - 5)) below.push(fault);
    else if (told > 1.01 * theirs + 5) above.push(fault);
  }
  return { below, above };
}
