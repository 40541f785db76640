/** The life of an ArenaJob by `kubectl`, served by the shared pool. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { conditionOf, JobCluster, MODEL_KEY } from '../helpers/kube/job-cluster.js';
import { waitFor } from '../helpers/wait-for.js';

let cluster: JobCluster;

const passing = { scenarios: { exclude: ['refused'] } };
const long = { ...passing, trials: 150 };

beforeAll(async () => {
  cluster = await JobCluster.start('shop');
}, 120_000);

afterAll(() => cluster?.stop());

describe('a job', () => {
  test('runs to its end, tells what it comes to, and is not started again', async () => {
    await cluster.apply(cluster.job('first', passing));
    const status = await cluster.ended('first');
    expect(status).toMatchObject({
      phase: 'Succeeded',
      progress: { total: 2, completed: 2, failed: 0, pending: 0, text: '2/2' },
      source: { kind: 'ArenaSource', name: 'prompts', digest: expect.stringMatching(/^sha256:/) },
      result: { url: expect.any(String), summary: { passRate: '100.0', totalItems: '2', passedItems: '2' } },
      tokens: expect.any(Number),
      activeWorkers: 0,
    });
    const { avgDurationMs, details } = status.result?.summary ?? {};
    expect(Number(avgDurationMs)).toBeGreaterThan(50);
    expect(JSON.parse(details ?? '')).toMatchObject({
      scenarios: [{ name: 'morning' }, { name: 'hours' }],
      assertions: [{ name: 'min_length', total: 2, passed: 2 }],
      errors: [],
    });
    for (const type of ['Ready', 'ConfigValid', 'JobCreated', 'Complete', 'Finished']) {
      expect(conditionOf(status, type)).toMatchObject({ status: 'True', observedGeneration: 1 });
    }
    for (const type of ['Progressing', 'Failed', 'Cancelled', 'Stalled']) {
      expect(conditionOf(status, type)?.status).toBe('False');
    }
    const calls = cluster.model.stats().calls;
    await cluster.patch('first', { metadata: { labels: { touched: 'yes' } } });
    await cluster.arena.killController();
    await cluster.arena.startController();
    expect(await cluster.ended('first')).toEqual(status);
    expect(cluster.model.stats().calls).toBe(calls);
  });

  test('that fails its checks says so, and runs only the failed items again when asked to', async () => {
    await cluster.apply(cluster.job('failing', { trials: 2 }));
    const first = await cluster.ended('failing');
    expect(first).toMatchObject({ phase: 'Failed', progress: { total: 6, completed: 4, failed: 2 } });
    for (const type of ['Failed', 'Finished', 'Stalled']) {
      expect(conditionOf(first, type)).toMatchObject({ status: 'True', reason: 'AssertionsFailed' });
    }
    const calls = cluster.model.stats().calls;
    await cluster.patch('failing', { metadata: { annotations: { 'arena.dev/retry-failed': 'once' } } });
    const second = await cluster.until('failing', ({ run, phase }) => run !== first.run && phase === 'Failed');
    expect(second).toMatchObject({
      run: first.run?.replace(/1$/, '2'),
      progress: { total: 6, completed: 4, failed: 2 },
    });
    expect(second.runs?.map(({ id }) => id)).toEqual([second.run, first.run]);
    expect(cluster.model.stats().calls - calls).toBe(2);
  });

  test('that is asked to while it runs runs again what has failed, and is the same run', async () => {
    const { calls } = cluster.model.stats();
    await cluster.apply(cluster.job('again', { scenarios: { include: ['refused'] }, trials: 300 }));
    const { run } = await cluster.until('again', ({ progress }) => (progress?.failed ?? 0) > 5);
    await cluster.patch('again', { metadata: { annotations: { 'arena.dev/retry-failed': 'now' } } });
    const end = await cluster.ended('again', 90_000);
    expect(end).toMatchObject({ phase: 'Failed', run, progress: { total: 300, completed: 0, failed: 300 } });
    expect(end.runs?.map(({ id }) => id)).toEqual([run]);
    expect((await cluster.events('again')).map(({ reason }) => reason)).toContain('RetryScheduled');
    expect(cluster.model.stats().calls - calls).toBeGreaterThan(305);
  });

  test('whose run is reset in Temporal, as people do in its UI, tells how it ends then', async () => {
    await cluster.apply(cluster.job('reset', { trials: 20 }));
    const first = await cluster.ended('reset');
    expect(first.progress).toMatchObject({ total: 60, completed: 40, failed: 20 });
    const calls = cluster.model.stats().calls;
    // Times in a status are whole seconds: the second end is to be another one.
    await waitFor('the next second', () => Date.now() > Date.parse(first.completionTime ?? '') + 1000 || undefined);
    await reset(first.run ?? '');
    await cluster.until('reset', ({ completionTime }) => completionTime !== first.completionTime);
    const second = await cluster.ended('reset');
    expect(Date.parse(second.completionTime ?? '')).toBeGreaterThan(Date.parse(first.completionTime ?? ''));
    const { phase, run, startTime, progress } = first;
    expect(second).toMatchObject({ phase, run, startTime, progress });
    expect(second.runs?.map(({ id }) => id)).toEqual([run]);
    expect(cluster.model.stats().calls - calls).toBe(20);
  });

  test('waits for what it names, in whatever order things are applied', async () => {
    const providers = { default: [{ providerRef: { name: 'late' } }] };
    await cluster.apply(cluster.job('early', { ...passing, sourceRef: { name: 'later' }, providers }));
    const waiting = await cluster.until('early', (status) => conditionOf(status, 'Ready') !== undefined);
    expect(waiting.phase).toBe('Pending');
    expect(conditionOf(waiting, 'Ready')).toMatchObject({ status: 'False', reason: 'SourceNotFound' });
    expect(conditionOf(waiting, 'ConfigValid')?.status).toBe('Unknown');
    const mock = { type: 'openai', model: 'm-1', baseURL: cluster.model.url };
    await cluster.apply(
      cluster.object('Provider', 'late', { ...mock, credential: { secretRef: { name: 'model-key', key: 'key' } } }),
      cluster.object('ArenaSource', 'later', {
        type: 'configmap',
        configMap: { name: 'prompts-bundle' },
        interval: '1h',
      }),
    );
    expect((await cluster.ended('early')).phase).toBe('Succeeded');
  });

  test.each<[string, object, string]>([
    [
      'what evaluations do',
      { type: 'loadtest', loadTest: { targetRPS: 5 }, evaluation: { concurrency: 5 } },
      'InvalidSpec',
    ],
    ['an unknown revision', { sourceRef: { name: 'prompts', revision: 'none' } }, 'RevisionNotFound'],
    ['no scenario', { scenarios: { include: ['nothing-*'] } }, 'NoScenarios'],
    ['workers without an image', { workers: { replicas: 2 } }, 'InvalidSpec'],
  ])('with %s is refused with a reason, and left in peace', async (what, spec, reason) => {
    const name = what.replaceAll(' ', '-');
    await cluster.apply(cluster.job(name, spec));
    const status = await cluster.ended(name);
    expect(status.phase).toBe('Failed');
    expect(conditionOf(status, 'ConfigValid')).toMatchObject({ status: 'False', reason });
    expect(conditionOf(status, 'Stalled')).toMatchObject({ status: 'True', reason });
    const version = (await cluster.read(name)).metadata.resourceVersion;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await cluster.read(name)).metadata.resourceVersion).toBe(version);
  });

  // shows ArenaJob.spec.suspend
  test('is held by suspend before it starts and while it runs', async () => {
    await cluster.apply(cluster.job('held', { ...long, suspend: true }));
    const held = await cluster.until('held', (status) => conditionOf(status, 'Progressing')?.reason === 'Suspended');
    expect(held).toMatchObject({ phase: 'Pending' });
    expect(held.run).toBeUndefined();
    await cluster.patch('held', { spec: { suspend: false } });
    await cluster.until('held', ({ progress }) => (progress?.completed ?? 0) > 4);
    await cluster.patch('held', { spec: { suspend: true } });
    const paused = (status: Parameters<typeof conditionOf>[0]) => conditionOf(status, 'Progressing');
    await cluster.until(
      'held',
      (status) => paused(status)?.reason === 'Suspended' && paused(status)?.status === 'False',
    );
    const calls = await stillCalls();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(cluster.model.stats().calls).toBe(calls);
    await cluster.patch('held', { spec: { suspend: false } });
    await cluster.until('held', (status) => paused(status)?.status === 'True' && status.phase === 'Running');
    await waitFor('calls', () => cluster.model.stats().calls > calls || undefined);
    await cluster.remove('held');
  });

  // shows ArenaJob.spec.cancelled
  test('is cancelled by a field, with what it has', async () => {
    await cluster.apply(cluster.job('stopped', long));
    const running = await cluster.until('stopped', ({ progress }) => (progress?.completed ?? 0) > 4);
    expect(running.tokens).toBeGreaterThan(0);
    await cluster.patch('stopped', { spec: { cancelled: true } });
    const status = await cluster.ended('stopped');
    expect(status).toMatchObject({ phase: 'Cancelled', result: { summary: { totalItems: '300' } } });
    expect(Number(status.result?.summary?.passedItems)).toBeGreaterThan(4);
    expect(conditionOf(status, 'Cancelled')?.status).toBe('True');
  });

  test('is cancelled when it is deleted, and then gone', async () => {
    await cluster.apply(cluster.job('deleted', long));
    await cluster.until('deleted', ({ progress }) => (progress?.completed ?? 0) > 4);
    await cluster.remove('deleted');
    await waitFor('the end', async () => ((await cluster.exists('deleted')) ? undefined : true));
    const calls = await stillCalls();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(cluster.model.stats().calls).toBe(calls);
  });

  // shows ArenaJob.spec.ttlSecondsAfterFinished
  test('goes when its time to live is over', async () => {
    await cluster.apply(cluster.job('brief', { ...passing, ttlSecondsAfterFinished: 3 }));
    await cluster.ended('brief');
    await waitFor('the end', async () => ((await cluster.exists('brief')) ? undefined : true));
  });

  // shows ArenaJob.spec.trigger
  test('runs again when its source has changed, if it asks for that', async () => {
    await cluster.apply(cluster.job('following', { ...passing, trigger: 'OnSourceChange' }));
    const first = await cluster.ended('following');
    await cluster.apply(cluster.bundle('Good evening!'));
    await cluster.annotateSource('changed');
    const second = await cluster.until('following', ({ run, phase }) => run !== first.run && phase === 'Succeeded');
    expect(second.source?.digest).not.toBe(first.source?.digest);
    expect((await cluster.read('first')).status?.run).toMatch(/\/1$/);
  });

  test('goes on while the controller is away, which tells how it ended when it is back', async () => {
    await cluster.apply(cluster.job('alone', { ...passing, trials: 20 }));
    await cluster.until('alone', ({ phase }) => phase === 'Running');
    await cluster.arena.killController();
    await stillCalls();
    await cluster.arena.startController();
    const status = await cluster.ended('alone', 5_000);
    expect(status).toMatchObject({ phase: 'Succeeded', progress: { completed: 40 } });
  });

  test('has Events that tell its life once each', async () => {
    const reasons = (await cluster.events('failing')).map(({ reason }) => reason);
    for (const [reason, count] of [
      ['JobStarted', 2],
      ['JobFailed', 2],
      ['RetryScheduled', 1],
    ] as const) {
      expect(reasons.filter((one) => one === reason)).toHaveLength(count);
    }
    expect(JSON.stringify(await cluster.events('failing'))).not.toContain(MODEL_KEY);
  });
});

/** Calls of the model once nobody calls it any more. */
async function stillCalls(): Promise<number> {
  let last = { calls: -1, at: 0 };
  return waitFor('silence', () => {
    const { calls } = cluster.model.stats();
    if (calls !== last.calls) last = { calls, at: Date.now() };
    return Date.now() - last.at > 800 ? calls : undefined;
  });
}

/** To the end of the first task of the workflow. */
async function reset(workflowId: string): Promise<void> {
  const connection = await Connection.connect({ address: cluster.arena.temporal.address });
  try {
    const handle = new Client({ connection }).workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    const { events } = await handle.fetchHistory();
    const workflowTaskFinishEventId = events?.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
    await connection.workflowService.resetWorkflowExecution({
      ...{ namespace: 'default', workflowExecution: { workflowId, runId }, workflowTaskFinishEventId },
      ...{ requestId: 'reset', reason: 'what failed is to run again' },
    });
  } finally {
    await connection.close();
  }
}
