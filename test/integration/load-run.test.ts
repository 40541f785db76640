import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { JobResult, Progress, RunSummary } from '../../src/core/run.js';
import type { JobInput } from '../../src/schema/job.js';
import type { LoadTestInput } from '../../src/schema/load-test.js';
import { DurableRun } from '../helpers/durable-run.js';
import { recordHistory } from '../helpers/record-history.js';
import { waitFor } from '../helpers/wait-for.js';

const SCENARIOS = 3;
const PROVIDERS = 2;
/** Requests of a conversation of the bundle: three turns, the first of them with a tool call. */
const CALLS_EACH = 4;

describe('a load test', () => {
  let env: DurableRun;
  let numbers = 0;

  beforeAll(async () => {
    env = await DurableRun.start({ workers: 2, scenarios: SCENARIOS, providers: PROVIDERS, latencyMs: 20 });
    await env.result();
  });

  afterAll(async () => env?.stop());

  const start = async (
    loadTest: LoadTestInput,
    more: Partial<JobInput> = {},
  ): Promise<WorkflowHandleWithFirstExecutionRunId> => {
    numbers += 1;
    const bundle = { path: `${env.dataDir}/bundle` };
    const args: [JobInput] = [{ bundle, type: 'loadtest', workers: 2, loadTest, ...more }];
    return env.client.workflow.start('arenaJob', { workflowId: `load-${numbers}`, taskQueue: 'q', args });
  };
  const resultOf = (handle: WorkflowHandle) => handle.result() as Promise<JobResult>;
  const load = async (handle: WorkflowHandle) => (await handle.query<Progress>('progress')).load;
  const underWay = (handle: WorkflowHandle, requests = 1) =>
    waitFor(
      `${requests} requests`,
      async () => (((await load(handle))?.requests.sent ?? 0) >= requests ? true : undefined),
      60_000,
    );
  const summaryOf = (handle: WorkflowHandle): RunSummary => env.evidenceOf(handle.workflowId).summary();

  test('of users ends when each cell has had its trials', async () => {
    const before = env.mock.stats().calls;
    const handle = await start({ concurrency: 4 }, { trials: 2 });
    const result = await resultOf(handle);
    expect(result).toMatchObject({ phase: 'Succeeded', reason: 'LoadCompleted', exitCode: 0 });
    const conversations = SCENARIOS * PROVIDERS * 2;
    expect(result.counts).toMatchObject({ total: conversations, passed: conversations });
    expect(env.mock.stats().calls - before).toBe(conversations * CALLS_EACH);
    expect(result.load?.requests).toMatchObject({ sent: conversations * CALLS_EACH, unknown: 0 });
    await recordHistory('load-trials', handle);
  });

  test('of requests a second makes what its course says, is steered, and tells it', async () => {
    const handle = await start({ targetRPS: 40, rampUp: '0s', duration: '7s' });
    await underWay(handle);
    await handle.executeUpdate('setRate', { args: [{ target: 80, overMs: 1000 }] });
    await handle.executeUpdate('pause');
    expect(await handle.query<Progress>('progress')).toMatchObject({ paused: true });
    const stands = (await load(handle))?.clockMs;
    expect((await load(handle))?.clockMs).toBe(stands);
    await handle.executeUpdate('resume');
    const result = await resultOf(handle);
    expect(result).toMatchObject({ phase: 'Succeeded', reason: 'LoadCompleted' });
    const summary = summaryOf(handle);
    const { requests = { sent: 0 }, conversations, events = [], series = [], lanes } = summary.load ?? {};
    expect(events.map(({ what }) => what)).toEqual(expect.arrayContaining(['started', 'setRate', 'paused', 'resumed']));
    expect(lanes).toBe(2);
    // 40 a second for some seconds, 80 for the rest; conversations that are open at the end are finished.
    expect(requests.sent).toBeGreaterThan(280);
    expect(requests.sent).toBeLessThan(650);
    expect(conversations).toMatchObject({ failed: 0, errored: 0, unknown: 0 });
    expect(Math.max(...series.map(({ target }) => target))).toBe(80);
    await recordHistory('load-steered', handle);
  });

  test('is stopped early, and refuses to be steered then', async () => {
    const handle = await start({ concurrency: 3, duration: '10m', gracefulStop: '5s' });
    await underWay(handle);
    await expect(handle.executeUpdate('setRate', { args: [{ target: -1 }] })).rejects.toThrow();
    await expect(handle.executeUpdate('addBudget', { args: [{ usd: 1 }] })).rejects.toThrow();
    await expect(handle.executeUpdate('retryFailed')).rejects.toMatchObject({
      cause: { message: 'a load test repeats nothing: start another one' },
    });
    await handle.executeUpdate('stopEarly');
    await expect(handle.executeUpdate('setRate', { args: [{ target: 5 }] })).rejects.toThrow();
    const result = await resultOf(handle);
    expect(result).toMatchObject({ phase: 'Succeeded', reason: 'StoppedEarly', exitCode: 0 });
    expect(summaryOf(handle).load?.requests.sent).toBeGreaterThan(0);
  });

  test('is cancelled with what was measured so far', async () => {
    const handle = await start({ targetRPS: 30, rampUp: '0s', duration: '10m' });
    await underWay(handle, 10);
    await handle.cancel();
    const result = await resultOf(handle);
    expect(result).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled', exitCode: 8 });
    expect(result.load?.requests.sent).toBeGreaterThanOrEqual(10);
    // What would have been due in the minutes that were left is not missed.
    expect(result.load?.conversations.dropped).toBeLessThan(100);
    expect(result.load?.clockMs).toBeLessThan(300_000);
  });

  describe('that takes its time, beside others', () => {
    let begun: Record<
      'lost' | 'ending' | 'waiting' | 'silent' | 'late' | 'long',
      WorkflowHandleWithFirstExecutionRunId
    >;

    beforeAll(async () => {
      const forever: LoadTestInput = { concurrency: 2, duration: '10m' };
      begun = {
        long: await start(forever, { historyLimit: 100 }),
        lost: await start({
          ...forever,
          thresholds: [{ metric: 'latency_p50', operator: '<', value: '1ms', abortOnFail: true, grace: '1s' }],
        }),
        ending: await start({ ...forever, budget: { tokens: 2000 } }),
        waiting: await start({ ...forever, budget: { tokens: 2000, onLimit: 'hold' } }),
        late: await start(forever, { timeouts: { run: '6s' } }),
        silent: await start({
          // One conversation: of five of the six cells nothing is measured.
          stages: [{ duration: '1s', target: 0.001 }],
          thresholds: ['s1', 's2', 's3'].map((scenario) => {
            return { metric: 'error_rate', operator: '<', value: '1%', scenario, provider: 'p1' };
          }),
        }),
      };
    });

    // shows JobInput.loadTest.thresholds[].abortOnFail
    test('ends when a threshold is lost for which that was asked', async () => {
      const result = await resultOf(begun.lost);
      expect(result).toMatchObject({ phase: 'Failed', reason: 'ThresholdsLost', exitCode: 4 });
      expect(summaryOf(begun.lost).load?.events.map(({ what }) => what)).toContain('thresholdLost');
    });

    // shows JobInput.loadTest.budget.onLimit
    test('ends at its budget, or waits there for more', async () => {
      const { ending, waiting } = begun;
      const result = await resultOf(ending);
      expect(result).toMatchObject({ phase: 'Failed', reason: 'BudgetReached', exitCode: 6 });
      expect(result.load?.budget).toMatchObject({ tokens: 2000, reached: true });
      await waitFor('a budget that is used up', async () =>
        (await load(waiting))?.budget?.reached ? true : undefined,
      );
      const sent = (await load(waiting))?.requests.sent ?? 0;
      await expect(waiting.executeUpdate('addBudget', { args: [{ usd: 1 }] })).rejects.toThrow();
      const more = await waiting.executeUpdate('addBudget', { args: [{ tokens: 1_000_000 }] });
      expect(more).toEqual({ tokens: 1_002_000 });
      await underWay(waiting, sent + 50);
      await waiting.executeUpdate('stopEarly');
      expect(await resultOf(waiting)).toMatchObject({ phase: 'Succeeded', reason: 'StoppedEarly' });
    });

    test('fails where a threshold could not be measured, and at the end of its time', async () => {
      expect(await resultOf(begun.silent)).toMatchObject({ reason: 'ThresholdsLost', exitCode: 4 });
      expect(await resultOf(begun.late)).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded', exitCode: 124 });
    });

    test('goes on in a fresh history when its own has become long', async () => {
      const { long } = begun;
      const { firstExecutionRunId: first } = long;
      const isAnother = async () => ((await long.describe()).runId === first ? undefined : true);
      await waitFor('another history', isAnother, 60_000);
      await long.executeUpdate('stopEarly');
      expect(await resultOf(long)).toMatchObject({ phase: 'Succeeded' });
    });
  });
});
