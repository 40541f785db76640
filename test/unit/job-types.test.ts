import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { checkManifest } from '../../src/bundle/manifests/check-manifest.js';
import { readManifests } from '../../src/bundle/manifests/read-manifests.js';
import type { ClusterReader } from '../../src/cluster/cluster-reader.js';
import { resolveJob } from '../../src/cluster/resolve-job.js';
import { job } from '../helpers/manifests.js';

/** A cluster that has this job and nothing else. */
const only = (found: object): ClusterReader => ({
  get: async (kind) => (kind === 'ArenaJob' ? found : undefined),
});

const loadTest = (block: object) => ({ type: 'loadtest', loadTest: block });
const threshold = { metric: 'latency_p95', operator: '<', value: '3s' };
const thresholds = (part: object) => loadTest({ targetRPS: 5, thresholds: [{ ...threshold, ...part }] });

describe('a job of a type that is not run here', () => {
  test.each<[string, object]>([
    ['ArenaJob.spec.type', { type: 'loadtest' }],
    ['ArenaJob.spec.loadTest.rampUp', loadTest({ rampUp: '1m' })],
    ['ArenaJob.spec.loadTest.duration', loadTest({ duration: '10m' })],
    ['ArenaJob.spec.loadTest.targetRPS', loadTest({ targetRPS: 100 })],
    ['ArenaJob.spec.loadTest.concurrency', loadTest({ concurrency: 10 })],
    ['ArenaJob.spec.loadTest.vusPerWorker', loadTest({ vusPerWorker: 5 })],
    ['ArenaJob.spec.loadTest.ramp.up', loadTest({ ramp: { up: '30s' } })],
    ['ArenaJob.spec.loadTest.ramp.down', loadTest({ ramp: { down: '30s' } })],
    ['ArenaJob.spec.loadTest.budgetLimit', loadTest({ budgetLimit: '5.00' })],
    ['ArenaJob.spec.loadTest.budgetCurrency', loadTest({ budgetCurrency: 'USD' })],
    ['ArenaJob.spec.loadTest.thresholds[].metric', thresholds({ metric: 'error_rate', value: '0.01' })],
    ['ArenaJob.spec.loadTest.thresholds[].operator', thresholds({ operator: '<=' })],
    ['ArenaJob.spec.loadTest.thresholds[].value', thresholds({ value: '500ms' })],
    ['ArenaJob.spec.dataGen.count', { type: 'datagen', dataGen: { count: 1000 } }],
    ['ArenaJob.spec.dataGen.format', { type: 'datagen', dataGen: { format: 'csv' } }],
  ])('is refused as a whole, with %s as well', async (_, spec) => {
    const written = job('load', spec, { namespace: 'arena', uid: 'u-1' });
    const { objects } = readManifests('job.yaml', Buffer.from(stringify(written)));
    expect(objects.flatMap((each) => checkManifest(each).faults)).toEqual([]);
    const outcome = await resolveJob(only(written), { namespace: 'arena', name: 'load' }, { run: 'arena/load/1' });
    expect(outcome).toEqual({
      refusals: expect.arrayContaining([
        { reason: 'TypeNotAvailable', message: expect.stringContaining('use type evaluation') },
      ]),
    });
  });
});
