/** The loop of the controller on a real API server, with reconcilers that tell what they were asked to do. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../k8s/controller/clock.js';
import { Controller } from '../../k8s/controller/controller.js';
import { KubeAccess } from '../../k8s/controller/kube-access.js';
import type { Cluster, Outcome, Reconciler } from '../../k8s/controller/ports.js';
import { unpackStream } from '../../src/bundle/unpack-stream.js';
import type { ObjectKey } from '../../src/cluster/cluster-reader.js';
import { ControlPlane } from '../helpers/kube/control-plane.js';
import { noLog } from '../helpers/kube/recorded-watch.js';
import { waitFor } from '../helpers/wait-for.js';

const API = '/apis/omnia.altairalabs.ai/v1alpha1/namespaces';
const NAMESPACES = ['large', 'small-1', 'small-2', 'small-3'];

let plane: ControlPlane;
beforeAll(async () => {
  plane = await ControlPlane.start();
  for (const folder of ['crds', 'crds-omnia']) {
    const { code, stderr } = await plane.kubectl(['apply', '--server-side', '-k', `k8s/manifests/${folder}`]);
    if (code !== 0) throw new Error(stderr);
  }
  await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  for (const name of NAMESPACES) await plane.admin.create('/api/v1/namespaces', { metadata: { name } });
});
afterAll(() => plane.stop());

const job = (name: string) => ({
  apiVersion: 'omnia.altairalabs.ai/v1alpha1',
  kind: 'ArenaJob',
  metadata: { name },
  spec: { sourceRef: { name: 'prompts' } },
});

const create = (namespace: string, name: string) => plane.admin.create(`${API}/${namespace}/arenajobs`, job(name));
const removeAll = async (namespace: string): Promise<void> => {
  await plane.admin.request('DELETE', `${API}/${namespace}/arenajobs`);
};

interface Running {
  /** Keys as `namespace/name`, in the order in which they were looked at. */
  looked: string[];
  stop(): Promise<void>;
}

interface Loop {
  resyncMs?: number;
  reconcile?(cluster: Cluster, key: ObjectKey): Promise<Outcome>;
  concernedBy?: Reconciler['concernedBy'];
}

async function withLoop(
  { resyncMs = 600_000, reconcile, concernedBy }: Loop,
  look: (running: Running) => Promise<void>,
): Promise<void> {
  const looked: string[] = [];
  const controller = new Controller({
    access: KubeAccess.open({ env: {}, kubeconfig: plane.kubeconfig() }),
    namespaces: undefined,
    lease: { namespace: 'default', name: 'arena-controller' },
    identity: `test-${Math.random()}`,
    parallel: 4,
    resyncMs,
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    log: noLog,
    reconcilers: (cluster) => [
      {
        kind: 'ArenaJob',
        async reconcile(key) {
          looked.push(`${key.namespace}/${key.name}`);
          return (await reconcile?.(cluster, key)) ?? {};
        },
        concernedBy: concernedBy ?? (() => []),
      },
    ],
    whileLeading: async () => undefined,
    problem: () => undefined,
    artifacts: { read: async () => undefined, unpack: unpackStream },
  });
  const scope = new AbortController();
  const ended = controller.run(scope.signal, () => undefined);
  const stop = async (): Promise<void> => {
    scope.abort();
    await ended;
  };
  try {
    // Its failure is the test's; its end is not.
    const failure = ended.then(() => new Promise<never>(() => undefined));
    await Promise.race([failure, look({ looked, stop })]);
  } finally {
    await stop();
  }
}

/** Writes what a reconciler that has nothing new to say writes again and again. */
const sameStatus = async (cluster: Cluster, key: ObjectKey): Promise<Outcome> => {
  const object = cluster.get('ArenaJob', key);
  if (object !== undefined) await cluster.applyStatus(object, { phase: 'Pending', observedGeneration: 1 });
  return {};
};

describe('the loop', () => {
  test('a thousand looks at an object that stays as it is write once', async () => {
    await create('large', 'steady');
    const before = plane.requests().length;
    await withLoop({ resyncMs: 5, reconcile: sameStatus }, async ({ looked }) => {
      await waitFor('a thousand looks', () => (looked.length >= 1_000 ? true : undefined));
    });
    const requests = plane.requests().slice(before);
    expect(requests.filter(({ verb, subresource }) => verb === 'patch' && subresource === 'status')).toHaveLength(1);
    const others = requests.filter(({ resource }) => resource !== 'leases' && resource !== 'deployments');
    // Six kinds listed and watched, one status written; each may be watched anew once.
    expect(others.length).toBeLessThanOrEqual(19);
    await removeAll('large');
  });

  test('two hundred objects at once are looked at in turns of their namespaces, each written once', async () => {
    const names = Array.from({ length: 185 }, (_, n) => `job-${n}`);
    await Promise.all(names.map((name) => create('large', name)));
    for (const namespace of NAMESPACES.slice(1)) {
      await Promise.all(Array.from({ length: 5 }, (_, n) => create(namespace, `job-${n}`)));
    }
    const before = plane.requests({ resource: 'arenajobs', subresource: 'status' }).length;
    await withLoop({ reconcile: sameStatus }, async ({ looked }) => {
      await waitFor('all of them', () => (new Set(looked).size === 200 ? true : undefined));
      const lastSmall = looked.findLastIndex((id, at) => id.startsWith('small') && looked.indexOf(id) === at);
      expect(lastSmall).toBeLessThan(40);
      await waitFor('their statuses', async () => {
        const written = plane.requests({ resource: 'arenajobs', subresource: 'status' }).length - before;
        return written >= 200 ? true : undefined;
      });
    });
    expect(plane.requests({ resource: 'arenajobs', subresource: 'status' }).length - before).toBe(200);
    for (const namespace of NAMESPACES) await removeAll(namespace);
  });

  test('an object that fails does not keep others waiting, and is looked at again by itself', async () => {
    await create('large', 'bad');
    const reconcile = async (_: Cluster, { name }: ObjectKey): Promise<Outcome> => {
      if (name === 'bad') throw new Error('no');
      return {};
    };
    await withLoop({ reconcile }, async ({ looked }) => {
      await waitFor('five tries', () => (looked.length >= 5 ? true : undefined));
      await create('large', 'good');
      await waitFor('the other', () => (looked.includes('large/good') ? true : undefined), 2_000);
    });
    await removeAll('large');
  });

  test('a change of another object brings those that it concerns', async () => {
    await create('small-1', 'user');
    await create('small-1', 'other');
    const concernedBy: Reconciler['concernedBy'] = ({ kind, metadata }) =>
      kind === 'Provider' ? [{ namespace: metadata.namespace, name: 'user' }] : [];
    await withLoop({ concernedBy }, async ({ looked }) => {
      await waitFor('both', () => (looked.length >= 2 ? true : undefined));
      looked.length = 0;
      const provider = { metadata: { name: 'gpt' }, spec: { type: 'mock' } };
      const path = `${API}/small-1/providers`;
      await plane.admin.create(path, { apiVersion: 'omnia.altairalabs.ai/v1alpha1', kind: 'Provider', ...provider });
      await waitFor('its user', () => (looked.length >= 1 ? true : undefined));
      await plane.admin.request('DELETE', `${path}/gpt`);
      await waitFor('its user once more', () => (looked.length >= 2 ? true : undefined));
      expect(new Set(looked)).toEqual(new Set(['small-1/user']));
    });
    await removeAll('small-1');
  });

  test('after the API server was away every object is looked at again within five seconds', async () => {
    await create('small-2', 'one');
    await create('small-2', 'two');
    await withLoop({}, async ({ looked }) => {
      await waitFor('both', () => (looked.length >= 2 ? true : undefined));
      await plane.stopApiServer();
      // Longer than the Lease lasts.
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      looked.length = 0;
      await plane.startApiServer();
      const back = Date.now();
      await waitFor('both again', () => (new Set(looked).size === 2 ? true : undefined));
      expect(Date.now() - back).toBeLessThan(5_000);
    });
    await removeAll('small-2');
  });

  test('what has begun ends before the Lease is given back', async () => {
    await create('small-3', 'slow');
    const order: string[] = [];
    const holder = async (): Promise<string> => {
      const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/arena-controller';
      return (await plane.admin.get<{ metadata: { name: string }; spec: { holderIdentity: string } }>(path)).spec
        .holderIdentity;
    };
    const reconcile = async (): Promise<Outcome> => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      order.push((await holder()) === '' ? 'ended without the Lease' : 'ended with the Lease');
      return {};
    };
    await withLoop({ reconcile }, async ({ looked, stop }) => {
      await waitFor('its beginning', () => looked[0]);
      await stop();
      order.push((await holder()) === '' ? 'given back' : 'kept');
    });
    expect(order).toEqual(['ended with the Lease', 'given back']);
  });

  test('it stops when Omnia’s own controller comes', async () => {
    const labels = { app: 'omnia' };
    const containers = [{ name: 'manager', image: 'example.com/omnia-arena-controller@sha256:0' }];
    const ended = withLoop({ resyncMs: 200 }, async ({ looked }) => {
      await waitFor('the first look', () => looked[0]);
      await plane.admin.create('/apis/apps/v1/namespaces/default/deployments', {
        metadata: { name: 'theirs' },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
      });
      await new Promise(() => undefined);
    });
    await expect(ended).rejects.toThrow('Deployment default/theirs');
  });
});
