/** Load tests and data sets of a cluster: from the manifest to the status, steered on the way. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ArenaJobStatus } from '../../src/schema/cluster/arena-job-status.js';
import { conditionOf, JobCluster } from '../helpers/kube/job-cluster.js';

let cluster: JobCluster;

beforeAll(async () => {
  cluster = await JobCluster.start('load', {}, 20);
}, 180_000);

afterAll(async () => {
  await cluster?.stop();
});

const reasonOf = (status: ArenaJobStatus, type: string) => conditionOf(status, type)?.reason;

const eventsOf = async (name: string): Promise<string[]> => (await cluster.events(name)).map(({ reason }) => reason);

describe('a load test of the cluster', () => {
  test('makes the load that its block says, and tells how it stands and what became of it', async () => {
    const thresholds = [
      { metric: 'latency_p95', operator: '<', value: '30s' },
      { metric: 'error_rate', operator: '<', value: '1%', provider: 'model' },
    ];
    const loadTest = { targetRPS: 10, rampUp: '0s', duration: '8s', thresholds };
    await cluster.apply(cluster.job('rate', { type: 'loadtest', loadTest }));
    const live = await cluster.until('rate', ({ load }) => Number(load?.requests ?? 0) > 0);
    expect(live.load).toMatchObject({ model: 'open', lanes: '1' });
    const status = await cluster.ended('rate', 60_000);
    expect([status.phase, reasonOf(status, 'Complete')]).toEqual(['Succeeded', 'LoadCompleted']);
    expect(status.progress).toMatchObject({ text: '8s', pending: 0 });
    expect(status.result?.summary).toMatchObject({
      'threshold:latency_p95': expect.stringMatching(/ < 30s PASS$/),
      'threshold:error_rate@model': '0 < 1% PASS',
      thresholds_passed: '2/2 passed',
      loadModel: 'open',
      reason: 'LoadCompleted',
    });
  }, 120_000);

  test('waits for more budget, and goes on when its spec has it', async () => {
    const loadTest = { concurrency: 2, budgetTokens: 100, budgetOnLimit: 'hold', duration: '10m' };
    await cluster.apply(cluster.job('frugal', { type: 'loadtest', loadTest }));
    const waits = await cluster.until('frugal', (status) => reasonOf(status, 'Progressing') === 'BudgetPaused', 60_000);
    expect(conditionOf(waits, 'Progressing')?.message).toContain('raise it in spec.loadTest');
    const used = Number(waits.load?.requests);
    await cluster.patch('frugal', { spec: { loadTest: { budgetTokens: 1_000_000 } } });
    await cluster.until('frugal', ({ load }) => Number(load?.requests ?? 0) > used, 60_000);
    await cluster.patch('frugal', { spec: { cancelled: true } });
    const status = await cluster.ended('frugal', 60_000);
    expect(status).toMatchObject({ phase: 'Cancelled' });
    expect(Number(status.result?.summary?.requests)).toBeGreaterThan(used);
    expect(await eventsOf('frugal')).toEqual(expect.arrayContaining(['BudgetReached', 'BudgetRaised', 'Cancelled']));
  }, 180_000);

  test('fails by the threshold that it has lost, and ends early for it', async () => {
    const never = { metric: 'latency_p50', operator: '<', value: '1ms', abortOnFail: true };
    const loadTest = { targetRPS: 10, rampUp: '0s', duration: '10m', thresholds: [never] };
    await cluster.apply(cluster.job('slow', { type: 'loadtest', loadTest }));
    const status = await cluster.ended('slow', 60_000);
    expect([status.phase, reasonOf(status, 'Failed')]).toEqual(['Failed', 'ThresholdsLost']);
    expect(status.result?.summary?.thresholds_passed).toBe('0/1 passed');
    expect(await eventsOf('slow')).toEqual(expect.arrayContaining(['ThresholdLost', 'JobFailed']));
  }, 120_000);

  test('that cannot be measured is refused before anything is called', async () => {
    const calls = cluster.model.stats().calls;
    const thresholds = [{ metric: 'latency_p95', operator: '<', value: '3s', provider: 'nobody' }];
    await cluster.apply(cluster.job('vain', { type: 'loadtest', loadTest: { targetRPS: 10, thresholds } }));
    const status = await cluster.ended('vain', 60_000);
    expect(status.phase).toBe('Failed');
    expect(conditionOf(status, 'Failed')?.message).toContain('nobody');
    expect(cluster.model.stats().calls).toBe(calls);
  }, 120_000);
});

describe('a job of the cluster that makes data', () => {
  test('ends complete with as many records as its block says', async () => {
    const dataGen = { count: 12, split: { validation: '0.25' } };
    await cluster.apply(cluster.job('records', { type: 'datagen', dataGen, scenarios: { exclude: ['refused'] } }));
    const status = await cluster.ended('records', 60_000);
    expect(status).toMatchObject({
      phase: 'Succeeded',
      progress: { total: 12, completed: 12, failed: 0, pending: 0, text: '12/12' },
      result: { summary: { records: '12', recordsWanted: '12', rounds: '1', reason: 'RecordsComplete' } },
    });
    expect(reasonOf(status, 'Complete')).toBe('RecordsComplete');
  }, 120_000);

  test('fails where records are missing, and says what cost them', async () => {
    const dataGen = { count: 3, attempts: 2, keep: 'passed' };
    await cluster.apply(cluster.job('none', { type: 'datagen', dataGen, scenarios: { include: ['refused'] } }));
    const status = await cluster.ended('none', 60_000);
    expect(status).toMatchObject({
      phase: 'Failed',
      progress: { total: 3, completed: 0, failed: 3, pending: 0, text: '0/3' },
      result: { summary: { records: '0', failedChecks: '6', reason: 'RecordsMissing' } },
    });
    expect(conditionOf(status, 'Failed')).toMatchObject({
      reason: 'RecordsMissing',
      message: expect.stringContaining('failed their checks'),
    });
  }, 120_000);
});
