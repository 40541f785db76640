import { afterEach, describe, expect, test } from '@jest/globals';
import { DurableRun, type DurableRunOptions } from '../helpers/durable-run.js';
import { waitFor } from '../helpers/wait-for.js';

const HEARTBEAT_TIMEOUT_MS = 10_000;
/** Calls of one conversation: three turns, the first with a tool round. */
const CALLS = 4;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What holds after every accident. */
async function expectNothingLost(run: DurableRun, inFlightAtAccident: number): Promise<void> {
  const result = await run.result();
  expect(result.counts).toMatchObject({ total: run.items, passed: run.items, failed: 0, errored: 0 });
  const ids = run.evidence.results().map((record) => record.id);
  expect(ids).toHaveLength(run.items);
  expect(new Set(ids).size).toBe(run.items);
  const calls = await run.evidence.recordedCalls();
  expect(calls.total).toBe(run.items * CALLS);
  const { repeats, peakInFlight } = run.mock.stats();
  expect(repeats).toBeLessThanOrEqual(inFlightAtAccident);
  expect(peakInFlight).toBeLessThanOrEqual(2 * run.options.concurrency);
}

let run: DurableRun | undefined;
afterEach(async () => {
  await run?.stop();
  run = undefined;
}, 120_000);

async function start(options: DurableRunOptions): Promise<DurableRun> {
  run = await DurableRun.start(options);
  return run;
}

describe('a run of 210 conversations on two workers', () => {
  test('survives kill -9 of a worker', async () => {
    const run = await start({ workers: 2 });
    await run.underWay();
    run.workers[0]?.signal('SIGKILL');
    await expectNothingLost(run, run.conversations);
    // What the dead worker had made durable is never asked again, so no answer stands on record twice.
    expect((await run.evidence.recordedCalls()).twice).toEqual([]);
  }, 120_000);

  test('takes over at once from a worker that is told to stop, and repeats nothing', async () => {
    const run = await start({ workers: 2 });
    await run.underWay();
    const stoppedAt = Date.now();
    run.workers[0]?.signal('SIGTERM');
    await expectNothingLost(run, 0);
    expect((await run.evidence.recordedCalls()).twice).toEqual([]);
    // No heartbeat timeout had to pass: what is left takes some six seconds.
    expect(run.evidence.summary().endedAt - stoppedAt).toBeLessThan(HEARTBEAT_TIMEOUT_MS + 10_000);
  }, 120_000);

  test('survives a worker that stands still for twice the heartbeat timeout and then goes on', async () => {
    const run = await start({ workers: 2 });
    await run.underWay();
    run.workers[0]?.signal('SIGSTOP');
    await pause(2 * HEARTBEAT_TIMEOUT_MS);
    const before = run.mock.stats();
    run.workers[0]?.signal('SIGCONT');
    await expectNothingLost(run, run.conversations);
    // The sleeper must not have begun anything that another attempt was doing meanwhile.
    expect(run.mock.stats().repeats).toBe(before.repeats);
  }, 120_000);

  test('survives a worker cut off from Temporal but not from the model', async () => {
    const run = await start({ workers: 2 });
    await run.underWay();
    run.proxies[0]?.block();
    const cutAt = Date.now();
    await pause(HEARTBEAT_TIMEOUT_MS / 2 + 1500);
    // By now its lease is stale; until the other worker takes over, nothing of its shards is asked.
    await waitFor('the other worker to take over', () => (Date.now() - cutAt > 25_000 ? true : undefined));
    run.proxies[0]?.heal();
    await expectNothingLost(run, run.conversations);
  }, 120_000);

  test('survives kill -9 of the Temporal server for longer than the heartbeat timeout', async () => {
    const run = await start({ workers: 2 });
    await run.underWay();
    await run.temporal.kill();
    await pause(HEARTBEAT_TIMEOUT_MS + 2000);
    await run.temporal.start();
    await expectNothingLost(run, run.conversations);
  }, 120_000);
});

test('a conversation that kills its worker each time ends as one error, and all others finish', async () => {
  const run = await start({
    workers: 2,
    latencyMs: 30,
    scenarios: 10,
    providers: 4,
    workerEntry: 'test/helpers/poison-worker.mjs',
  });
  const result = await run.result();
  expect(result.counts).toMatchObject({ total: 40, passed: 39, errored: 1 });
  expect(result.failures).toMatchObject([{ id: 's3/p1', reason: 'worker_crashed' }]);
  expect(result).toMatchObject({ phase: 'Failed', reason: 'ProviderErrors', exitCode: 7 });
}, 300_000);
