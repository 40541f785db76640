/** Two hundred jobs at once: each comes to its end, none waits much longer than the others, and the API server has peace. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiRequest } from '../helpers/kube/audit-log.js';
import { conditionOf, type Job, JobCluster } from '../helpers/kube/job-cluster.js';
import { waitFor } from '../helpers/wait-for.js';

/** Of each namespace; one of them has the name of one of the other. */
const COUNT = 100;

/** Conversations of the two; all others have one. */
const TWINS: { [namespace: string]: number } = { shop: 2, yard: 3 };

const JOBS = '/apis/omnia.altairalabs.ai/v1alpha1/arenajobs';

/** Watches end and begin anew; nothing else is asked unasked. */
const NEXT_TO_NONE = 5;

interface Course {
  createdAt: number;
  endedAt: number;
  job: Job;
}

let shop: JobCluster;
let yard: JobCluster;
const watching = new AbortController();
const created = new Map<string, number>();
/** By `namespace/name`, in the order of their ends. */
const ended = new Map<string, Course>();

beforeAll(async () => {
  shop = await JobCluster.start('shop', { ARENA_LOG_LEVEL: 'info' }, 20);
  yard = await shop.beside('yard', 'Good night!');
}, 180_000);

afterAll(async () => {
  watching.abort();
  await shop?.stop();
}, 120_000);

/** One watch rather than many questions: these would be most of what the API server has to do. */
async function watch(): Promise<void> {
  for await (const { object } of shop.arena.plane.admin.watch<Job>(`${JOBS}?watch=true`, watching.signal)) {
    const { metadata, status = {} } = object;
    const id = `${metadata.namespace}/${metadata.name}`;
    if (conditionOf(status, 'Finished')?.status !== 'True' || ended.has(id)) continue;
    ended.set(id, { createdAt: created.get(id) ?? 0, endedAt: Date.now(), job: object });
  }
}

async function create(cluster: JobCluster, name: string, trials = 1): Promise<void> {
  const { namespace, arena } = cluster;
  const path = JOBS.replace('arenajobs', `namespaces/${namespace}/arenajobs`);
  created.set(`${namespace}/${name}`, Date.now());
  await arena.plane.admin.create(path, cluster.job(name, { scenarios: { include: ['morning'] }, trials }));
}

/** Requests to the API server but those that keep the Lease, which are as many however much there is to do. */
function asked(account: 'controller' | 'worker'): ApiRequest[] {
  const requests = shop.arena.plane.requests({ user: `system:serviceaccount:arena-system:arena-${account}` });
  return requests.filter(({ resource }) => resource !== 'leases');
}

const medianOf = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

describe('two hundred jobs', () => {
  test('come to their ends', async () => {
    void watch();
    for (let n = 1; n < COUNT; n += 1) for (const cluster of [shop, yard]) await create(cluster, `job-${n}`);
    for (const cluster of [shop, yard]) await create(cluster, 'twin', TWINS[cluster.namespace]);
    await waitFor('all ends', () => (ended.size === 2 * COUNT ? true : undefined), 280_000);
    for (const [id, { job }] of ended) expect([id, job.status?.phase]).toEqual([id, 'Succeeded']);
    expect(shop.model.stats().calls).toBe(2 * (COUNT - 1) + 5);
  }, 300_000);

  test('wait about as long as each other, whatever their namespace', () => {
    const waits = [...ended.values()].map(({ createdAt, endedAt }) => endedAt - createdAt);
    expect(Math.max(...waits) / medianOf(waits)).toBeLessThan(3);
    const places = (namespace: string) =>
      [...ended.keys()].flatMap((id, place) => (id.startsWith(`${namespace}/`) ? [place] : []));
    for (const namespace of ['shop', 'yard']) {
      expect(Math.abs(medianOf(places(namespace)) - COUNT)).toBeLessThan(COUNT / 2);
    }
  });

  test('are two where they have one name in two namespaces', () => {
    const [first, second] = ['shop', 'yard'].map((namespace) => ended.get(`${namespace}/twin`)?.job.status);
    for (const [namespace, status] of [
      ['shop', first],
      ['yard', second],
    ] as const) {
      expect(status?.run).toMatch(new RegExp(`^${namespace}/twin/[0-9a-f]{8}/1$`));
      expect(status?.result?.url).toContain(`${status?.run}`);
      expect(status?.progress).toMatchObject({ total: TWINS[namespace], completed: TWINS[namespace], failed: 0 });
    }
    expect(first?.source?.digest).not.toBe(second?.source?.digest);
  });

  test('cost few requests to the API server and little memory, and nothing once they have ended', async () => {
    expect(asked('controller').length / (2 * COUNT)).toBeLessThan(10);
    expect(asked('worker').length / (2 * COUNT)).toBeLessThan(8);
    expect(shop.arena.peakMemoryMb('controller')).toBeLessThan(350);
    expect(shop.arena.peakMemoryMb('worker')).toBeLessThan(700);
    // What was heard of the last ends has been dealt with by now.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const before = { controller: asked('controller').length, worker: asked('worker').length };
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(asked('controller').length - before.controller).toBeLessThanOrEqual(NEXT_TO_NONE);
    expect(asked('worker').length).toBe(before.worker);
  }, 120_000);

  test('are all looked at by a controller that starts, which finds nothing to write', async () => {
    await shop.arena.killController();
    const before = asked('controller').length;
    await shop.arena.startController({ ARENA_LOG_LEVEL: 'info' });
    await waitFor('a look at each', async () => {
      const figures = await (await fetch(`http://127.0.0.1:${shop.arena.port}/metrics`)).text();
      const looks = /^arena_controller_reconcile_duration_seconds_count\{kind="ArenaJob"\} (\d+)/m.exec(figures)?.[1];
      return Number(looks ?? 0) >= 2 * COUNT ? true : undefined;
    });
    const since = asked('controller').slice(before);
    expect(since.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))).toEqual([]);
    expect(since.length).toBeLessThan(30);
  }, 120_000);
});
