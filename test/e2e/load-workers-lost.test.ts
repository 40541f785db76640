import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Progress, RunSummary } from '../../src/core/run.js';
import type { JobInput } from '../../src/schema/job.js';
import { DurableRun } from '../helpers/durable-run.js';
import { writeLoadBundle } from '../helpers/load-bundle.js';
import { waitFor } from '../helpers/wait-for.js';

const TARGET = 60;

/** The settings of all other runs that start here do not suit a load test. */
function loadTest(duration: string): Partial<JobInput> {
  const input: Partial<JobInput> = { type: 'loadtest', concurrency: undefined, maxRetries: undefined };
  return { ...input, loadTest: { targetRPS: TARGET, rampUp: '1s', duration, gracefulStop: '5s' } };
}

/** Requests that the server saw in each second from a moment on, in milliseconds since the epoch. */
function seenBySecond(run: DurableRun, fromMs: number, toMs: number): number[] {
  const seconds = new Array<number>(Math.max(0, Math.floor((toMs - fromMs) / 1000))).fill(0);
  for (const { t } of run.mock.log()) {
    const second = Math.floor((t - fromMs) / 1000);
    if (seconds[second] !== undefined) seconds[second] += 1;
  }
  return seconds;
}

/** Seconds from a moment until the server sees the whole rate again for three seconds on end, after it saw less. */
function backAfter(run: DurableRun, since: number, toMs: number): number {
  const seen = seenBySecond(run, since, toMs);
  const whole = seen.slice(0, -2).map((_, second) => {
    const three = seen.slice(second, second + 3).reduce((sum, n) => sum + n, 0);
    return three >= 0.95 * 3 * TARGET;
  });
  const dip = whole.indexOf(false);
  // It is one of two that makes load: without it something is missing, for a while at least.
  expect(dip).toBeGreaterThanOrEqual(0);
  const back = whole.indexOf(true, dip);
  return back === -1 ? Infinity : back;
}

function summaryOf(run: DurableRun): NonNullable<RunSummary['load']> {
  const { load } = run.evidenceOf(run.id()).summary();
  if (load === undefined) throw new Error('the run has no load section');
  return load;
}

/** What was due in so many seconds was made once, or is told as dropped: how late it was is the affair of the machine. */
function expectMadeOnce(
  run: DurableRun,
  { conversations, requests }: NonNullable<RunSummary['load']>,
  seconds: number,
) {
  const due = TARGET * (seconds - 0.5);
  const told = run.mock.stats().calls + conversations.dropped * (requests.sent / conversations.begun);
  expect(told).toBeLessThan(due + TARGET / 2);
  // Of what is unknown nobody can say how much the server saw.
  expect(told + requests.unknown).toBeGreaterThan(due - TARGET / 2);
}

/** Each of two workers makes its share. One that was just started is late, and is given the second lane of the other. */
function holding(run: DurableRun): Promise<unknown> {
  return waitFor(
    'load by two workers',
    async () => {
      const { load } = await run.handle.query<Progress>('progress');
      if (load?.lanes !== 2 || load.clockMs <= 3_000 || run.mock.stats().calls <= 3 * TARGET) return undefined;
      const { raw } = await run.handle.describe();
      const lanes = (raw.pendingActivities ?? []).filter(({ activityType }) => activityType?.name === 'runLane');
      return new Set(lanes.map(({ lastWorkerIdentity }) => lastWorkerIdentity)).size === 2 ? true : undefined;
    },
    60_000,
  );
}

/** When the test's clock stood at 0, in milliseconds since the epoch. */
function startOf({ events }: NonNullable<RunSummary['load']>): number {
  const at = events.find(({ what }) => what === 'started')?.at;
  if (at === undefined) throw new Error('the test did not begin');
  return at;
}

describe('a load test whose workers are lost', () => {
  let killed: DurableRun;

  beforeAll(async () => {
    const of = { latencyMs: 100, scenarios: 1, providers: 1, writeBundle: writeLoadBundle };
    killed = await DurableRun.start({ ...of, workers: 2, input: loadTest('24s') });
  });

  afterAll(async () => killed?.stop());

  test('makes its rate again within 10 s when one of two is killed, and knows what it does not know', async () => {
    await holding(killed);
    const inFlight = killed.mock.stats().inFlight;
    const killedAt = Date.now();
    await killed.workers[1]?.stop();
    await killed.result();
    const load = summaryOf(killed);
    const end = startOf(load) + 24_000;
    expect(backAfter(killed, killedAt, end)).toBeLessThanOrEqual(10);
    expectMadeOnce(killed, load, 24);
    // What the killed one made in the second that it could not tell any more, and what it had in flight, is unknown.
    const untold = killed.mock.stats().calls - load.requests.sent;
    expect(untold).toBeGreaterThanOrEqual(0);
    expect(untold).toBeLessThanOrEqual(inFlight + TARGET / 2);
    expect(load.requests.unknown).toBeGreaterThanOrEqual(untold);
    expect(load.requests.unknown).toBeLessThanOrEqual(inFlight + TARGET / 2 + 1);
    expect(load.requests.ended).toBeLessThanOrEqual(killed.mock.stats().calls);
    expect(load.conversations.dropped).toBeGreaterThan(0);
    expect(load.events.some(({ what, text }) => what === 'lanes' && text.includes('was lost'))).toBe(true);
  });

  test('makes its rate again within 30 s when one is cut off from Temporal, and never makes it twice', async () => {
    await killed.addWorker();
    const run = await killed.beside({
      latencyMs: 100,
      scenarios: 1,
      providers: 1,
      writeBundle: writeLoadBundle,
      input: loadTest('38s'),
    });
    try {
      await holding(run);
      const cutAt = Date.now();
      killed.proxies[2]?.block();
      await run.result();
      const load = summaryOf(run);
      const end = startOf(load) + 38_000;
      expect(backAfter(run, cutAt, end)).toBeLessThanOrEqual(30);
      expectMadeOnce(run, load, 38);
      // It could write down what it did all the time.
      expect(run.mock.stats().calls - load.requests.sent).toBe(0);
    } finally {
      killed.proxies[2]?.heal();
      await run.stop();
    }
  });
});
