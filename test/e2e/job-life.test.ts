import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobResult } from '../../src/core/run.js';
import { DurableRun } from '../helpers/durable-run.js';
import { recordHistory } from '../helpers/record-history.js';
import { waitFor } from '../helpers/wait-for.js';

describe('a run', () => {
  let engine: DurableRun;
  let run: DurableRun | undefined;
  beforeAll(async () => {
    engine = await DurableRun.start({ workers: 1, latencyMs: 1, scenarios: 1, providers: 1 });
  }, 120_000);
  afterEach(async () => {
    await run?.stop();
    run = undefined;
  }, 120_000);
  afterAll(() => engine?.stop(), 30_000);

  async function begin(options: Parameters<DurableRun['beside']>[0]): Promise<DurableRun> {
    run = await engine.beside(options);
    return run;
  }

  test('that is cancelled keeps what has finished, reports it, and leaves nothing running', async () => {
    const run = await begin({ latencyMs: 100 });
    await run.underWay(200);
    await run.handle.cancel();
    const result = await run.result();
    await recordHistory('cancelled', run.handle);
    expect(result).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled', exitCode: 8 });
    const finished = result.counts.passed;
    expect(finished).toBeGreaterThan(0);
    expect(finished).toBeLessThan(run.items);
    expect(run.evidence.results()).toHaveLength(finished);
    expect(run.evidence.summary().phase).toBe('Cancelled');
    const { raw } = await run.handle.describe();
    expect(raw.pendingActivities ?? []).toEqual([]);
    const callsThen = run.mock.stats().calls;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(run.mock.stats()).toMatchObject({ calls: callsThen, inFlight: 0 });
  }, 120_000);

  // shows JobInput.timeouts.run
  test('that reaches its deadline ends as timed out with what it has', async () => {
    const run = await begin({ latencyMs: 100, input: { timeouts: { run: '3s' } } });
    const result = await run.result();
    await recordHistory('deadline', run.handle);
    expect(result).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded', exitCode: 124 });
    expect(run.evidence.results()).toHaveLength(result.counts.passed);
  }, 120_000);

  test('tries items again that failed for a passing reason, behind a durable timer, without repeating what it has', async () => {
    const busy = { when: { user: 'scenario 2, question 3' }, times: 3, answer: { status: 503, retry_after: 1000 } };
    const run = await begin({
      latencyMs: 5,
      scenarios: 3,
      providers: 1,
      answers: [busy],
      input: { maxRetries: 9, hold: '0s' },
    });
    await waitFor('an item that waits', async () => {
      const { waitingForRetry, counts } = (await run.progress().catch(() => undefined)) ?? {};
      return waitingForRetry === 1 && counts?.passed === 2 ? true : undefined;
    });
    // The provider asks for 1000 s; the test has no such patience, so the run is cancelled, and retried at once.
    await run.handle.cancel();
    const cancelled = await run.result();
    expect(cancelled.counts).toMatchObject({ total: 3, passed: 2 });
    const again = (await (await run.startRun(run.id(2), { retryOf: run.id(), maxRetries: 0 })).result()) as JobResult;
    expect(again.counts).toMatchObject({ total: 3, passed: 2, errored: 1, reused: 2 });
    const last = (await (await run.startRun(run.id(3), { retryOf: run.id(2), maxRetries: 0 })).result()) as JobResult;
    expect(last.counts).toMatchObject({ total: 3, errored: 1, reused: 2 });
    const end = (await (await run.startRun(run.id(4), { retryOf: run.id(3) })).result()) as JobResult;
    expect(end).toMatchObject({ phase: 'Succeeded', counts: { total: 3, passed: 3, reused: 2 } });
    expect(
      run
        .evidenceOf(run.id(4))
        .results()
        .map(({ id, reused }) => [id, reused ?? false]),
    ).toEqual([
      ['s1/p1', true],
      ['s2/p1', false],
      ['s3/p1', true],
    ]);
  }, 120_000);

  test('ends although its reports cannot be copied to the folder that was named, and says where they are', async () => {
    const run = await begin({
      scenarios: 1,
      providers: 1,
      input: { output: { dir: '/dev/null/out' } },
    });
    const result = await run.result();
    expect(result).toMatchObject({ phase: 'Succeeded', counts: { passed: 1 } });
    expect(result.reportUrl?.endsWith(`runs/${run.id()}/report`)).toBe(true);
    expect(run.evidence.results()).toHaveLength(1);
  }, 120_000);

  test('waits as long as a retry takes and goes on from the answers it has', async () => {
    const away = { when: { user: 'scenario 2, question 3' }, times: 3, answer: { status: 503 } };
    const run = await begin({
      latencyMs: 5,
      scenarios: 3,
      providers: 1,
      answers: [away],
      // Nobody else calls any more when it has failed three times: it would be held for a provider that is down.
      input: { hold: '0s' },
    });
    const result = await run.result();
    await recordHistory('deferred', run.handle);
    expect(result).toMatchObject({ phase: 'Succeeded', counts: { passed: 3, errored: 0 } });
    const retried = run.evidence.results().find(({ id }) => id === 's2/p1');
    expect(retried).toMatchObject({ attempt: 2, calls: 4 });
    // Three conversations of four calls, and the three that were refused: no answer was asked for twice.
    expect(run.mock.stats().byStatus).toEqual({ 200: 12, 503: 3 });
  }, 120_000);

  test('runs failed items again on request while it is open', async () => {
    const wrong = { when: { user: 'scenario 1, question 1' }, times: 1, answer: { text: '' } };
    const slow = { when: { user: 'scenario 3, question 3' }, answer: { text: 'slow', delay_ms: 4000 } };
    const run = await begin({
      latencyMs: 5,
      scenarios: 3,
      providers: 1,
      answers: [wrong, slow],
      input: { maxRetries: 0, workers: 3 },
    });
    await waitFor('a failure', async () =>
      (await run.handle.query<unknown[]>('failures').catch(() => [])).length > 0 ? true : undefined,
    );
    expect(await run.handle.executeUpdate('retryFailed')).toBe(1);
    const result = await run.result();
    await recordHistory('retry-failed', run.handle);
    expect(result).toMatchObject({ phase: 'Succeeded', counts: { total: 3, passed: 3, failed: 0, errored: 0 } });
    expect(run.evidence.results().map(({ attempt }) => attempt)).toEqual([2, 1, 1]);
    await expect(run.handle.executeUpdate('retryFailed')).rejects.toThrow();
  }, 120_000);

  // shows JobInput.historyLimit
  test('continues as new by itself and loses nothing', async () => {
    const run = await begin({ latencyMs: 2, input: { workers: 12, historyLimit: 100 } });
    const first = (await run.handle.describe()).runId;
    const result = await run.result();
    expect(result.counts).toMatchObject({ total: run.items, passed: run.items });
    expect(new Set(run.evidence.results().map(({ id }) => id)).size).toBe(run.items);
    expect(run.mock.stats().repeats).toBe(0);
    expect((await run.client.workflow.getHandle(run.id()).describe()).runId).not.toBe(first);
    await recordHistory('continued', run.client.workflow.getHandle(run.id(), first));
    await recordHistory('continuing', run.client.workflow.getHandle(run.id()));
  }, 120_000);

  test('shows in the Temporal UI what is going on', async () => {
    const run = await begin({ latencyMs: 5, scenarios: 3, providers: 2 });
    const result = await run.result();
    await recordHistory('happy', run.handle);
    const description = await run.handle.describe();
    expect(description.searchAttributes).toMatchObject({
      ArenaJob: [run.id()],
      ArenaType: ['evaluation'],
      ArenaPhase: ['Succeeded'],
      ArenaBundle: [result.bundle.digest],
    });
    const { events } = await run.handle.fetchHistory();
    const scheduled = (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes);
    const summaries = scheduled.map((event) =>
      JSON.parse(Buffer.from(event.userMetadata?.summary?.data ?? []).toString()),
    );
    expect(summaries).toContain('read the bundle, plan the run');
    expect(summaries).toContain('shard 0: 1 conversation');
    expect(scheduled.map((event) => event.activityTaskScheduledEventAttributes?.activityId)).toContain('shard-0');
    const meta = (await run.handle.query('__temporal_workflow_metadata')) as { currentDetails?: string };
    expect(meta.currentDetails).toContain('| p1 | 3 | 0 | 0 |');
    expect(meta.currentDetails).toContain('all 6 conversations passed');
  }, 120_000);

  test('that has ended is not run again under the same id', async () => {
    const run = await begin({ latencyMs: 5, scenarios: 2, providers: 1 });
    const result = await run.result();
    const calls = run.mock.stats().calls;
    const second = (await (await run.startRun(run.id())).result()) as JobResult;
    expect(second).toEqual(result);
    expect(run.mock.stats().calls).toBe(calls);
  }, 120_000);

  test('that is reset keeps what passed and runs the rest', async () => {
    const wrong = { when: { user: 'scenario 1, question 1' }, times: 1, answer: { text: '' } };
    const run = await begin({
      latencyMs: 5,
      scenarios: 3,
      providers: 1,
      answers: [wrong],
      input: { maxRetries: 0 },
    });
    expect((await run.result()).counts).toMatchObject({ passed: 2, errored: 1 });
    const { runId } = await run.handle.describe();
    await run.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: run.id(), runId },
      workflowTaskFinishEventId: (await run.handle.fetchHistory()).events?.[3]?.eventId,
      requestId: 'reset-1',
      reason: 'test',
    });
    const result = (await run.client.workflow.getHandle(run.id()).result()) as JobResult;
    expect(result.counts).toMatchObject({ total: 3, passed: 3, errored: 0 });
    expect(run.mock.stats().repeats).toBe(1);
  }, 120_000);
});
