/** The controller killed at each stage of a job's life, all stages at once, and jobs deleted while Temporal is away. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { jobScheduleId } from '../../src/cluster/run-names.js';
import type { ArenaJobStatus } from '../../src/schema/cluster/arena-job-status.js';
import type { KubeObject } from '../helpers/kube/api-client.js';
import { ApiProxy, type Gate } from '../helpers/kube/api-proxy.js';
import { conditionOf, JobCluster } from '../helpers/kube/job-cluster.js';
import { waitFor } from '../helpers/wait-for.js';

/** Each job holds up one look of the controller. */
const ENV = { ARENA_WORKER_IMAGE: 'arena:test', ARENA_CONTROLLER_PARALLEL: '32' };

const passing = { scenarios: { exclude: ['refused'] } };
/** Nobody works for it: its run stays open until it is cancelled. */
const endless = { ...passing, workers: { replicas: 1 } };

let cluster: JobCluster;
let proxy: ApiProxy;
let connection: Connection;
let ledAt: number;
/** How much slower the machine is just now than one that has nothing else to do. */
let slowness: number;

beforeAll(async () => {
  cluster = await JobCluster.start('shop', ENV);
  connection = await Connection.connect({ address: cluster.arena.temporal.address });
  await cluster.arena.killController();
  proxy = await ApiProxy.to(cluster.arena.plane);
}, 180_000);

afterAll(async () => {
  await connection?.close();
  await cluster?.stop();
  await proxy?.stop();
}, 120_000);

/** Where the controller is when it dies: at which request to the API server, and whether that still got there. */
interface Stage {
  spec: object;
  method: 'PATCH' | 'DELETE';
  /** End of the path, behind the job's name. */
  to: '' | '/status' | 'workers';
  says?: RegExp;
  when: Gate['when'];
}

const status = { method: 'PATCH', to: '/status', when: 'before' } as const;
const untold = { ...status, says: /"run":/ };
const finalizer = { method: 'PATCH', to: '', when: 'before' } as const;
const deployment = { method: 'PATCH', to: 'workers', when: 'before' } as const;

const STAGES: { [job: string]: Stage } = {
  'before-finalizer': { spec: passing, ...finalizer },
  'after-finalizer': { spec: passing, ...finalizer, when: 'after' },
  'before-workers': { spec: endless, ...deployment },
  'after-workers': { spec: endless, ...deployment, when: 'after' },
  'untold-running': { spec: endless, ...untold },
  'untold-ended': { spec: passing, ...untold },
  'untold-cancelled': { spec: endless, ...untold },
  'untold-suspended': { spec: endless, ...untold },
  'untold-deleted': { spec: endless, ...untold },
  'told-running': { spec: { ...passing, trials: 150 }, ...status, says: /"phase":"Running".*"completed":[1-9]/ },
  'scaling-up': {
    spec: { ...passing, trials: 20, workers: { minReplicas: 1, maxReplicas: 2 } },
    ...{ ...deployment, says: /"replicas":2/ },
  },
  'before-end': { spec: passing, ...status, says: /"phase":"Succeeded"/ },
  'after-end': { spec: passing, ...status, says: /"phase":"Succeeded"/, when: 'after' },
  leaving: { spec: endless, ...finalizer, says: /"finalizers":\[\]/ },
  'before-removal': { spec: { ...passing, ttlSecondsAfterFinished: 1 }, method: 'DELETE', to: '', when: 'before' },
  'after-removal': { spec: { ...passing, ttlSecondsAfterFinished: 1 }, method: 'DELETE', to: '', when: 'after' },
  retried: { spec: {}, ...status, says: /"run":"[^"]*\/2"/ },
};

const gateOf = (job: string, { method, to, says, when }: Stage): Gate => {
  const end = to === 'workers' ? `/deployments/${job}-workers` : `/arenajobs/${job}${to}`;
  return {
    when,
    holds: (asked) =>
      asked.method === method && asked.path.split('?')[0]?.endsWith(end) === true && (says ?? /^/).test(asked.body),
  };
};

/** Milliseconds that a controller takes to start on a machine that has nothing else to do. */
const START_MS = 2_500;

async function startController(): Promise<void> {
  const { arena } = cluster;
  const began = Date.now();
  await arena.startController({ ...ENV, ...proxy.env });
  slowness = Math.max(1, (Date.now() - began) / START_MS);
  ledAt = await waitFor('a leader', async () => {
    const figures = await (await fetch(`http://127.0.0.1:${arena.port}/metrics`)).text();
    return /^arena_controller_leader 1/m.test(figures) ? Date.now() : undefined;
  });
}

/** Ids of all runs that Temporal has had for a job, one entry an execution. */
async function runsOf(job: string): Promise<{ id: string; status: string }[]> {
  const found: { id: string; status: string }[] = [];
  const query = `WorkflowType = 'arenaJob' AND WorkflowId STARTS_WITH 'shop/${job}/'`;
  for await (const { workflowId, status } of new Client({ connection }).workflow.list({ query })) {
    found.push({ id: workflowId, status: status.name });
  }
  return found;
}

const gone = (name: string) =>
  waitFor(`the end of ${name}`, async () => ((await cluster.exists(name)) ? undefined : true), 90_000);
const progressing = (now: ArenaJobStatus): string | undefined => conditionOf(now, 'Progressing')?.reason;

async function replicasOf(job: string): Promise<number | undefined> {
  const path = `/apis/apps/v1/namespaces/shop/deployments/${job}-workers`;
  const { body } = await cluster.arena.plane.admin.request<KubeObject & { spec?: { replicas: number } }>('GET', path);
  return body.spec?.replicas;
}

describe('a controller that is killed at every stage of a job at once', () => {
  test('is held at each of them', async () => {
    for (const [job, stage] of Object.entries(STAGES)) proxy.close(job, gateOf(job, stage));
    await startController();
    await cluster.apply(...Object.entries(STAGES).map(([job, { spec }]) => cluster.job(job, spec)));
    await cluster.until('leaving', ({ run }) => run !== undefined);
    await cluster.remove('leaving');
    await cluster.ended('retried');
    await cluster.patch('retried', { metadata: { annotations: { 'arena.dev/retry-failed': 'once' } } });
    await proxy.isReached(...Object.keys(STAGES));
    await cluster.arena.killController();
  }, 120_000);

  test('is followed by one that has every status right within five seconds', async () => {
    await cluster.patch('untold-cancelled', { spec: { cancelled: true } });
    await cluster.patch('untold-suspended', { spec: { suspend: true } });
    await cluster.remove('untold-deleted');
    await waitFor('the ends of runs', async () => {
      const runs = await Promise.all(['untold-ended', 'told-running', 'retried'].map(runsOf));
      return runs.flat().every(({ status }) => status !== 'RUNNING') ? true : undefined;
    });
    proxy.open();
    await startController();
    const right: { [job: string]: (now: ArenaJobStatus) => boolean } = {
      'before-finalizer': ({ phase }) => phase !== 'Pending',
      'after-finalizer': ({ phase }) => phase !== 'Pending',
      'before-workers': ({ phase }) => phase === 'Running',
      'after-workers': ({ phase }) => phase === 'Running',
      'untold-running': ({ phase }) => phase === 'Running',
      'untold-ended': ({ phase }) => phase === 'Succeeded',
      'untold-cancelled': (now) => ['Cancelling', 'Cancelled'].includes(progressing(now) ?? ''),
      'untold-suspended': (now) => progressing(now) === 'Suspended' && now.run !== undefined,
      'told-running': ({ phase, progress }) => phase === 'Succeeded' && progress?.completed === 300,
      'scaling-up': ({ phase }) => phase === 'Running',
      'before-end': ({ phase }) => phase === 'Succeeded',
      'after-end': ({ phase }) => phase === 'Succeeded',
      retried: ({ run, phase }) => phase === 'Failed' && run?.endsWith('/2') === true,
    };
    const late: string[] = [];
    const lookAt = async (job: string, look: () => Promise<unknown>): Promise<void> => {
      await look();
      if (Date.now() - ledAt > 5_000 * slowness)
        late.push(`${job} after ${Date.now() - ledAt} ms, ${slowness} times slower`);
    };
    await Promise.all([
      ...Object.entries(right).map(([job, holds]) => lookAt(job, () => cluster.until(job, holds))),
      ...['leaving', 'before-removal', 'after-removal', 'untold-deleted'].map((job) => lookAt(job, () => gone(job))),
      lookAt('scaling-up', () =>
        waitFor('pods', async () => ((await replicasOf('scaling-up')) === 2 ? true : undefined)),
      ),
    ]);
    expect(late).toEqual([]);
  }, 120_000);

  test('has started each run once, and none is left open that nobody wants', async () => {
    for (const job of ['before-finalizer', 'after-finalizer'])
      expect((await cluster.ended(job)).phase).toBe('Succeeded');
    expect((await cluster.ended('untold-cancelled')).phase).toBe('Cancelled');
    const open = ['before-workers', 'after-workers', 'untold-running', 'untold-suspended', 'scaling-up'];
    for (const job of Object.keys(STAGES)) {
      const runs = await runsOf(job);
      const numbers = runs.map(({ id }) => id.split('/').at(-1)).sort();
      expect([job, numbers]).toEqual([job, job === 'retried' ? ['1', '2'] : ['1']]);
      expect([job, runs.some(({ status }) => status === 'RUNNING')]).toEqual([job, open.includes(job)]);
    }
    const { startTime = '', completionTime = '' } = await cluster.ended('untold-ended');
    expect(Date.parse(completionTime)).toBeGreaterThanOrEqual(Date.parse(startTime));
    // Of a run that was deleted or cancelled nobody asks the model; of what failed each item once more.
    expect(cluster.model.stats().calls).toBe(2 * 7 + 300 + 3 + 1);
  });
});

describe('jobs that are deleted while Temporal is away', () => {
  test('go, and what they left in Temporal ends when it is back', async () => {
    const schedule = { cron: '0 3 1 1 *', timezone: 'UTC' };
    await cluster.apply(cluster.job('recurring', { ...passing, schedule }));
    await cluster.until('recurring', ({ nextScheduleTime }) => nextScheduleTime !== undefined);
    const { metadata } = await cluster.read('recurring');
    const { run = '' } = await cluster.until('untold-running', () => true);
    await cluster.arena.temporal.kill();
    await Promise.all(['recurring', 'untold-running'].map((job) => cluster.remove(job)));
    const deletedAt = Date.now();
    await Promise.all(['recurring', 'untold-running'].map(gone));
    expect(Date.now() - deletedAt).toBeGreaterThan(29_000);
    const letGo = (await cluster.events('untold-running')).find(({ reason }) => reason === 'LetGo');
    expect(letGo?.message).toContain(run);
    await cluster.arena.temporal.start();
    await waitFor(
      'the end of the run',
      async () => {
        const [found] = await runsOf('untold-running').catch(() => []);
        return found !== undefined && found.status !== 'RUNNING' ? true : undefined;
      },
      90_000,
    );
    const id = jobScheduleId({ namespace: 'shop', name: 'recurring', uid: metadata.uid ?? '' });
    await expect(new Client({ connection }).schedule.getHandle(id).describe()).rejects.toThrow();
  }, 180_000);
});
