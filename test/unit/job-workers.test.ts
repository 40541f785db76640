import { describe, expect, test } from '@jest/globals';
import { wantedWorkers, workerLimits } from '../../k8s/controller/workers/worker-count.js';
import { workerDeployment, workersName } from '../../k8s/controller/workers/worker-deployment.js';
import { workerSettings } from '../../k8s/controller/workers/worker-settings.js';
import type { Progress } from '../../src/core/run.js';
import type { ArenaJobObject, ArenaJobSpec } from '../../src/schema/cluster/arena-job.js';

const spec = (changes: object): ArenaJobSpec => ({ sourceRef: { name: 'prompts' }, type: 'evaluation', ...changes });

const TOLERATION = { key: 'spot', operator: 'Equal', value: 'yes', effect: 'NoExecute', tolerationSeconds: 60 };
const FROM_SECRET = { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } };

describe('the pods that a job may have', () => {
  // shows ArenaJob.spec.workers.replicas, ArenaJob.spec.workers.minReplicas, ArenaJob.spec.workers.maxReplicas
  test.each<[string, object, object | undefined]>([
    ['none of its own', {}, undefined],
    ['one, where nothing more is said', { workers: {} }, { min: 1, max: 1 }],
    ['a fixed number', { workers: { replicas: 5 } }, { min: 5, max: 5 }],
    ['from the fewest up', { workers: { minReplicas: 2, maxReplicas: 9 } }, { min: 2, max: 9 }],
    ['up to the most', { workers: { maxReplicas: 4 } }, { min: 1, max: 4 }],
    ['no fewer than', { workers: { minReplicas: 3 } }, { min: 3, max: 3 }],
    ['one to write a volume', { output: { type: 'pvc', pvc: { claimName: 'results' } } }, { min: 1, max: 1 }],
    ['none to write a bucket', { output: { type: 's3', s3: { bucket: 'results' } } }, undefined],
  ])('%s', (_, changes, limits) => {
    expect(workerLimits(spec(changes))).toEqual(limits);
  });
});

describe('the pods that a job has', () => {
  const open = (done: number, capacity?: Progress['capacity'], paused?: true): Progress => ({
    ...{ run: 'r', phase: 'Running', stage: 'running', waitingForRetry: 0, held: [], providers: [], startedAt: 0 },
    counts: { total: 100, passed: done, failed: 0, errored: 0, reused: 0 },
    shards: { done: 0, inFlight: 1, toDo: 1 },
    ...(capacity === undefined ? {} : { capacity }),
    ...(paused === undefined ? {} : { paused }),
  });
  const each = { concurrency: 4, perWorker: 4 };
  const limits = { min: 1, max: 8 };
  test.each<[string, (Progress | undefined)[], number | undefined, number]>([
    ['the fewest until the run is planned', [undefined], undefined, 1],
    ['as before while a second run is planned', [open(0, each), undefined], 6, 6],
    ['the most when there is work for all', [open(0, each)], 1, 8],
    ['as many as have something to do', [open(90, each)], undefined, 3],
    ['fewer only when half of them are idle', [open(80, each)], 8, 8],
    ['fewer when half of them are idle', [open(88, each)], 8, 3],
    ['the fewest at the end', [open(99, each)], 2, 1],
    ['all, where the limit is that of the whole run', [open(0, { concurrency: 16 })], 1, 8],
    ['a share of such a limit', [open(96, { concurrency: 16 })], undefined, 2],
    ['no more than may be in flight', [open(0, { concurrency: 3 })], undefined, 3],
    ['none while the run is paused', [open(0, each, true)], 8, 0],
    ['those of the run that is not paused', [open(0, each, true), open(92, each)], undefined, 2],
  ])('are %s', (_, runs, current, wanted) => {
    expect(wantedWorkers(limits, runs, current)).toBe(wanted);
  });
});

describe('the Deployment of a job', () => {
  const settings = workerSettings({
    ...{ ARENA_WORKER_IMAGE: 'arena:1', TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_API_KEY: 'key-canary' },
    ARENA_WORKER_ENV_FROM: 'more-settings',
  });
  const made = (changes: object, name = 'nightly', from = settings): string =>
    JSON.stringify(
      workerDeployment(
        {
          apiVersion: 'omnia.altairalabs.ai/v1alpha1',
          kind: 'ArenaJob',
          metadata: { name, namespace: 'shop', uid: 'u-1' },
          spec: spec(changes),
        } satisfies ArenaJobObject,
        2,
        from,
      ),
    );

  test('takes shards of the job alone, with the settings of the controller but its secrets', () => {
    const text = made({ workers: {} });
    expect(text).toContain('{"name":"ARENA_SHARD_QUEUE","value":"arena-job-u-1"}');
    expect(text).toContain('{"name":"TEMPORAL_ADDRESS","value":"temporal:7233"}');
    expect(text).toContain('"configMapRef":{"name":"more-settings","optional":true}');
    expect(text).toContain('"secretRef":{"name":"arena-temporal","optional":true}');
    expect(text).not.toContain('key-canary');
    expect(text).toContain('"runAsNonRoot":true');
    expect(text).toContain('"readOnlyRootFilesystem":true');
  });

  // shows ArenaJob.spec.workers.podOverrides.serviceAccountName, ArenaJob.spec.workers.podOverrides.labels
  // shows ArenaJob.spec.workers.podOverrides.annotations, ArenaJob.spec.workers.podOverrides.nodeSelector
  // shows ArenaJob.spec.workers.podOverrides.tolerations[].key, ArenaJob.spec.workers.podOverrides.priorityClassName
  // shows ArenaJob.spec.workers.podOverrides.tolerations[].operator, ArenaJob.spec.workers.podOverrides.tolerations[].value
  // shows ArenaJob.spec.workers.podOverrides.tolerations[].effect, ArenaJob.spec.workers.podOverrides.imagePullSecrets[]
  // shows ArenaJob.spec.workers.podOverrides.tolerations[].tolerationSeconds
  // shows ArenaJob.spec.workers.podOverrides.extraEnv[].name, ArenaJob.spec.workers.podOverrides.extraEnv[].value
  // shows ArenaJob.spec.workers.podOverrides.extraEnv[].valueFrom, ArenaJob.spec.workers.podOverrides.extraEnvFrom[]
  // shows ArenaJob.spec.workers.podOverrides.extraVolumes[].name
  // shows ArenaJob.spec.workers.podOverrides.extraVolumeMounts[]
  test.each<[string, object, string]>([
    ['serviceAccountName', { serviceAccountName: 'mine' }, '"serviceAccountName":"mine"'],
    ['labels', { labels: { team: 'a' } }, '"labels":{"team":"a","omnia.altairalabs.ai/job":"nightly"'],
    ['annotations', { annotations: { note: 'n' } }, '"annotations":{"note":"n"}'],
    ['nodeSelector', { nodeSelector: { disk: 'fast' } }, '"nodeSelector":{"disk":"fast"}'],
    ['tolerations', { tolerations: [{ key: 'spot' }] }, '"tolerations":[{"key":"spot"}]'],
    ['tolerations', { tolerations: [TOLERATION] }, JSON.stringify([TOLERATION])],
    ['extraEnv', { extraEnv: [FROM_SECRET] }, JSON.stringify(FROM_SECRET)],
    ['priorityClassName', { priorityClassName: 'low' }, '"priorityClassName":"low"'],
    ['imagePullSecrets', { imagePullSecrets: [{ name: 'pull' }] }, '"imagePullSecrets":[{"name":"pull"}]'],
    ['extraEnv', { extraEnv: [{ name: 'A', value: 'b' }] }, '{"name":"A","value":"b"}'],
    ['extraEnvFrom', { extraEnvFrom: [{ secretRef: { name: 'keys' } }] }, '{"secretRef":{"name":"keys"}}'],
    ['extraVolumes', { extraVolumes: [{ name: 'v', emptyDir: {} }] }, '{"name":"v","emptyDir":{}}'],
    ['extraVolumeMounts', { extraVolumeMounts: [{ name: 'v', mountPath: '/v' }] }, '{"name":"v","mountPath":"/v"}'],
  ])('honours podOverrides.%s', (_, podOverrides, expected) => {
    expect(made({ workers: {} })).not.toContain(expected);
    expect(made({ workers: { podOverrides } })).toContain(expected);
  });

  test('keeps what makes its pods workers of the job', () => {
    const extraEnv = [
      { name: 'ARENA_SHARD_QUEUE', value: 'another' },
      { name: 'TEMPORAL_ADDRESS', value: 'mine:1' },
    ];
    const labels = { 'app.kubernetes.io/name': 'other' };
    const text = made({ workers: { podOverrides: { extraEnv, labels } } });
    expect(text).not.toContain('another');
    expect(text).not.toContain('"app.kubernetes.io/name":"other"');
    expect(text).toContain('{"name":"TEMPORAL_ADDRESS","value":"mine:1"}');
    expect(text).not.toContain('temporal:7233');
  });

  test('mounts the volume of its output', () => {
    const text = made({ output: { type: 'pvc', pvc: { claimName: 'results' } } });
    expect(text).toContain('"persistentVolumeClaim":{"claimName":"results"}');
    expect(text).toContain('"mountPath":"/var/arena/output"');
  });

  test('has a name that is short enough and that of no other job', () => {
    const long = 'x'.repeat(250);
    expect(workersName('nightly')).toBe('nightly-workers');
    expect(workersName(long).length).toBeLessThanOrEqual(52);
    expect(workersName(long)).not.toBe(workersName(`${long}y`));
    for (const [, label] of made({ workers: {} }, long).matchAll(/"app.kubernetes.io\/instance":"([^"]*)"/g)) {
      expect(label?.length).toBeLessThanOrEqual(63);
    }
  });

  test('cannot be made without an image', () => {
    expect(() => made({ workers: {} }, 'nightly', workerSettings({}))).toThrow('no image for workers');
  });
});
