/** Jobs with worker pods of their own: real Deployments, whose pods are processes with the rights of their account. */
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../helpers/kube/api-client.js';
import { conditionOf, JobCluster } from '../helpers/kube/job-cluster.js';
import { Kubelet } from '../helpers/kube/kubelet.js';
import { S3Server } from '../helpers/kube/s3.js';
import { waitFor } from '../helpers/wait-for.js';

let s3: S3Server;
let cluster: JobCluster;
let kubelet: Kubelet;

/** Long enough for the controller, which looks every two seconds, to see who is at work. */
const CALL_MS = 4_000;

/** As the model `lingering` the last two of twenty answers take long, so that they are seen to be alone. */
const TRIALS = 20;
const lingering = [...Array(TRIALS - 2).fill({ text: 'At nine.' }), { text: 'At nine.', delay_ms: 25_000 }];

const passing = { scenarios: { exclude: ['refused'] } };

interface Deployment extends KubeObject {
  spec: { replicas: number };
}

async function deployment(job: string): Promise<Deployment | undefined> {
  const path = `/apis/apps/v1/namespaces/shop/deployments/${job}-workers`;
  const { status, body } = await cluster.arena.plane.admin.request<Deployment>('GET', path);
  return status === 200 ? body : undefined;
}

const podsOf = (job: string): string[] =>
  kubelet.running('shop').filter((name) => name.startsWith(`shop/${job}-workers`));
const pods = (job: string, count: number) =>
  waitFor(`${count} pods`, () => (podsOf(job).length === count ? podsOf(job) : undefined), 60_000);
const gone = (job: string) =>
  waitFor('the end of the Deployment', async () => ((await deployment(job)) ? undefined : true));

beforeAll(async () => {
  s3 = await S3Server.start();
  const store = { ARENA_STORE: `s3://${s3.bucket}/store`, ARENA_S3_ENDPOINT: s3.endpoint, ...s3.env };
  cluster = await JobCluster.start('shop', { ...store, ARENA_WORKER_IMAGE: 'arena:test' }, CALL_MS, [
    { when: { model: 'lingering' }, sequence: lingering },
  ]);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'arena-store', namespace: 'shop' } };
  await cluster.apply({ ...secret, stringData: s3.env });
  await cluster.arena.plane.startControllerManager();
  kubelet = await Kubelet.start(cluster.arena.plane);
}, 180_000);

afterAll(async () => {
  await kubelet?.stop();
  await cluster?.stop();
  await s3?.stop();
});

describe('workers of a job', () => {
  // shows ArenaJob.spec.workers.replicas
  test('share its run; one that is killed loses nothing, and all are gone at the end', async () => {
    await cluster.apply(cluster.job('three', { ...passing, trials: 20, workers: { replicas: 3 } }));
    const names = await pods('three', 3);
    await cluster.until('three', ({ activeWorkers }) => activeWorkers === 3, 60_000);
    await cluster.until('three', ({ progress }) => (progress?.completed ?? 0) > 10, 60_000);
    kubelet.killPod(names[0] ?? '');
    const status = await cluster.ended('three', 120_000);
    expect(status).toMatchObject({ phase: 'Succeeded', progress: { total: 40, completed: 40, failed: 0 } });
    expect(conditionOf(status, 'JobCreated')?.status).toBe('True');
    await gone('three');
    await cluster.until('three', ({ activeWorkers }) => activeWorkers === 0);
    await pods('three', 0);
  }, 240_000);

  // shows ArenaJob.spec.workers.minReplicas, ArenaJob.spec.workers.maxReplicas
  test('become more while there is work for them, none while it is held, and fewer at its end', async () => {
    const seen = new Set<number>();
    const workers = { minReplicas: 1, maxReplicas: 2 };
    const providers = { default: [{ providerRef: { name: 'lingering' } }] };
    await cluster.apply(
      cluster.provider('lingering', 'lingering'),
      cluster.job('scaled', { scenarios: { include: ['hours'] }, providers, trials: TRIALS, workers }),
    );
    const replicas = (count: number) =>
      waitFor(
        `${count} replicas`,
        async () => {
          const now = (await deployment('scaled'))?.spec.replicas;
          if (now !== undefined) seen.add(now);
          return now === count ? true : undefined;
        },
        60_000,
      );
    await replicas(1);
    await replicas(2);
    await cluster.patch('scaled', { spec: { suspend: true } });
    await replicas(0);
    await cluster.patch('scaled', { spec: { suspend: false } });
    await replicas(2);
    await replicas(1);
    expect((await cluster.ended('scaled', 120_000)).progress).toMatchObject({ completed: TRIALS, failed: 0 });
    expect([...seen].sort()).toEqual([0, 1, 2]);
  }, 300_000);

  test('leave the reports on the volume of its output, where they outlive job and records', async () => {
    const host = mkdtempSync(join(cluster.arena.plane.folder, 'results-'));
    chmodSync(host, 0o777);
    const size = { accessModes: ['ReadWriteMany'], storageClassName: '' };
    const volume = { ...size, capacity: { storage: '1Gi' }, hostPath: { path: host } };
    const claim = { ...size, resources: { requests: { storage: '1Gi' } } };
    await cluster.apply(
      { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'results' }, spec: volume },
      { ...cluster.object('PersistentVolumeClaim', 'results', claim), apiVersion: 'v1' },
      cluster.job('delivered', {
        scenarios: { include: ['morning'] },
        evaluation: { outputFormats: ['json', 'junit'] },
        output: { type: 'pvc', pvc: { claimName: 'results', subPath: 'evals/nightly/' } },
      }),
    );
    const status = await cluster.ended('delivered', 120_000);
    expect(status).toMatchObject({ phase: 'Succeeded', result: { url: `pvc://results/evals/nightly/${status.run}/` } });
    const read = (file: string) => readFileSync(join(host, 'evals/nightly', status.run ?? '', file), 'utf8');
    const told = JSON.parse(read('summary.json'));
    expect(told).toMatchObject({ run: status.run, counts: { total: 1, passed: 1 } });
    expect(read('junit.xml')).toContain('morning');
    const records = () => s3.keys(`store/runs/${status.run}/`);
    expect(await records()).not.toEqual([]);
    await cluster.patch('delivered', { spec: { ttlSecondsAfterFinished: 0 } });
    await waitFor('the end', async () => ((await cluster.exists('delivered')) ? undefined : true));
    await waitFor('the removal', async () => ((await records()).length === 0 ? true : undefined));
    expect(JSON.parse(read('summary.json'))).toEqual(told);
    await gone('delivered');
  }, 240_000);

  test('that crash are told of, and the run goes on when they no longer do', async () => {
    const extra = (options: string) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'extra', namespace: 'shop' } },
      data: { NODE_OPTIONS: options },
    });
    const podOverrides = { extraEnvFrom: [{ configMapRef: { name: 'extra' } }] };
    const job = { scenarios: { include: ['hours'] }, trials: 3, workers: { podOverrides } };
    await cluster.apply(extra('--no-such-option'), cluster.job('crashing', job));
    const stuck = await cluster.until(
      'crashing',
      (status) => conditionOf(status, 'Stalled')?.status === 'True',
      90_000,
    );
    expect(stuck).toMatchObject({ phase: 'Running', activeWorkers: 0 });
    const told = { reason: 'WorkersCrash', message: expect.stringContaining('crashes again and again (exit code 9)') };
    for (const type of ['Stalled', 'Progressing', 'Ready']) expect(conditionOf(stuck, type)).toMatchObject(told);
    expect(conditionOf(stuck, 'Progressing')?.status).toBe('False');
    await cluster.apply(extra(''));
    const pods = '/api/v1/namespaces/shop/pods?labelSelector=omnia.altairalabs.ai%2Fjob%3Dcrashing';
    await cluster.arena.plane.admin.request('DELETE', pods);
    const status = await cluster.ended('crashing', 120_000);
    expect(status).toMatchObject({ phase: 'Succeeded', progress: { completed: 3 } });
    expect(conditionOf(status, 'Stalled')?.status).toBe('False');
    const reasons = (await cluster.events('crashing')).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason.startsWith('Workers'))).toEqual(['WorkersFailing', 'WorkersReady']);
  }, 240_000);

  test('that the API server refuses are told of, and nothing starts', async () => {
    const podOverrides = { extraVolumes: [{ name: 'odd', hostPath: { wrong: 1 } }] };
    await cluster.apply(cluster.job('odd', { ...passing, workers: { podOverrides } }));
    const status = await cluster.ended('odd');
    expect(conditionOf(status, 'Failed')).toMatchObject({ status: 'True', reason: 'WorkersRefused' });
    expect(status.run).toBeUndefined();
  });
});
