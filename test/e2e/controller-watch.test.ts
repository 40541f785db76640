/** What the controller sees and writes of a real API server, while that comes and goes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../k8s/controller/clock.js';
import { FINALIZER, WatchedCluster } from '../../k8s/controller/cluster.js';
import { EventRecorder } from '../../k8s/controller/event-recorder.js';
import type { Informer } from '../../k8s/controller/informer.js';
import type { KubeObject, WatchedKind } from '../../k8s/controller/ports.js';
import { ControlPlane } from '../helpers/kube/control-plane.js';
import { noLog, RecordedWatch } from '../helpers/kube/recorded-watch.js';
import { TcpProxy } from '../helpers/tcp-proxy.js';
import { waitFor } from '../helpers/wait-for.js';

const SOURCES = '/apis/omnia.altairalabs.ai/v1alpha1/namespaces/default/arenasources';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await ControlPlane.start();
  const { code, stderr } = await plane.kubectl(['apply', '--server-side', '-k', 'k8s/manifests/crds']);
  if (code !== 0) throw new Error(stderr);
  await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
});
afterAll(() => plane.stop());

const source = (name: string, labels: { [name: string]: string } = {}) => ({
  apiVersion: 'omnia.altairalabs.ai/v1alpha1',
  kind: 'ArenaSource',
  metadata: { name, labels },
  spec: { type: 'configmap', interval: '5m', configMap: { name: 'bundle' } },
});

const create = (name: string, labels?: { [name: string]: string }) => plane.admin.create(SOURCES, source(name, labels));
const remove = (name: string) => plane.admin.request('DELETE', `${SOURCES}/${name}`);
const touch = (name: string, value: string) =>
  plane.admin.patch(`${SOURCES}/${name}`, { metadata: { annotations: { touched: value } } });

const withWatch = async (
  options: Partial<ConstructorParameters<typeof RecordedWatch>[0]>,
  look: (watch: RecordedWatch) => Promise<void>,
): Promise<void> => {
  const watch = new RecordedWatch({ kubeconfig: plane.kubeconfig(), kind: 'ArenaSource', ...options });
  try {
    await watch.synced();
    await look(watch);
  } finally {
    await watch.stop();
  }
};

/** The administrator's kubeconfig, by way of a proxy that tests may cut. */
async function throughProxy(): Promise<{ proxy: TcpProxy; kubeconfig: string }> {
  const proxy = await TcpProxy.to(Number(new URL(plane.url).port));
  const kubeconfig = join(plane.folder, `proxy-${proxy.port}.yaml`);
  writeFileSync(
    kubeconfig,
    readFileSync(plane.kubeconfig(), 'utf8').replace(plane.url, `https://127.0.0.1:${proxy.port}`),
    { mode: 0o600 },
  );
  return { proxy, kubeconfig };
}

describe('a watch', () => {
  test('tells what there is, each change once, and each deletion', () =>
    withWatch({}, async (watch) => {
      await create('one');
      expect(await watch.heard('+one')).toEqual(['+one']);
      await touch('one', '1');
      await touch('one', '1');
      await remove('one');
      expect(await watch.heard('-one')).toEqual(['+one', '-one']);
      await create('last');
      await remove('last');
      expect(await watch.heard('-last')).toEqual(['+last', '-last']);
      expect(watch.requests).toEqual({ list: 1, watch: 1 });
    }));

  test('sees only the namespaces and the labels that it is for', async () => {
    await plane.admin.create('/api/v1/namespaces', { metadata: { name: 'other' } });
    await withWatch({ namespaces: ['default', 'other'], labelSelector: 'team=a' }, async (watch) => {
      await create('unlabelled');
      await plane.admin.create(SOURCES.replace('default', 'other'), source('there', { team: 'a' }));
      expect(await watch.heard('+there')).toEqual(['+there']);
      await create('labelled', { team: 'a' });
      expect(await watch.heard('+labelled')).toEqual(['+labelled']);
      // Without the label it is as good as gone.
      await plane.admin.patch(`${SOURCES}/labelled`, { metadata: { labels: { team: null } } });
      expect(await watch.heard('-labelled')).toEqual(['-labelled']);
      expect(watch.informer.list('default')).toEqual([]);
    });
    for (const name of ['unlabelled', 'labelled']) await remove(name);
    await plane.admin.request('DELETE', `${SOURCES.replace('default', 'other')}/there`);
  });

  test('comes back after a restart of the API server and misses nothing', async () => {
    await create('kept');
    await withWatch({}, async (watch) => {
      await watch.heard('+kept');
      await plane.stopApiServer();
      await waitFor('the end of the watch', () => watch.restarts[0]);
      await plane.startApiServer();
      await touch('kept', 'afterwards');
      expect(await watch.heard('+kept')).toEqual(['+kept']);
      await create('new');
      expect(await watch.heard('+new')).toEqual(['+new']);
      expect(watch.informer.problem).toBeUndefined();
    });
    for (const name of ['kept', 'new']) await remove(name);
  });

  test('tells deletions that happened while its version went out of date', async () => {
    for (const name of ['gone', 'stays', 'replaced']) await create(name);
    const { proxy, kubeconfig } = await throughProxy();
    await withWatch({ kubeconfig }, async (watch) => {
      await watch.heard('+replaced');
      proxy.block();
      await remove('gone');
      await remove('replaced');
      await create('replaced');
      // What the API server remembers of the past begins anew with it: the version of before is refused with 410.
      await plane.stopApiServer();
      await plane.startApiServer();
      proxy.heal();
      const told = await watch.heard('-gone');
      await waitFor('the successor', () => (watch.informer.list().length === 2 ? true : undefined));
      told.push(...watch.told.splice(0));
      expect(told.filter((news) => news !== '+stays').sort()).toEqual(['+replaced', '-gone', '-replaced']);
      expect(told.indexOf('-replaced')).toBeLessThan(told.indexOf('+replaced'));
      expect(watch.requests.list).toBe(2);
      expect(watch.restarts).toContain('Expired');
    });
    await proxy.close();
    for (const name of ['stays', 'replaced']) await remove(name);
  });

  test('of a kind that the cluster does not know yet is empty, and says so where it is needed', async () => {
    await withWatch({ kind: 'Provider', optional: true }, async (watch) => {
      expect([watch.informer.list(), watch.informer.synced]).toEqual([[], true]);
    });
    const watch = new RecordedWatch({ kubeconfig: plane.kubeconfig(), kind: 'Provider' });
    await waitFor('its complaint', () => watch.informer.problem);
    expect([watch.informer.synced, watch.informer.problem]).toEqual([false, expect.stringContaining('HTTP 404')]);
    await watch.stop();
  });
});

describe('writing', () => {
  const withCluster = (look: (cluster: WatchedCluster, watch: RecordedWatch, events: EventRecorder) => Promise<void>) =>
    withWatch({}, async (watch) => {
      const informers = { ArenaSource: watch.informer } as unknown as { [K in WatchedKind]: Informer };
      const { client } = watch;
      const onDropped = (): void => undefined;
      const events = new EventRecorder({ client, clock: systemClock, instance: 'test', log: noLog, onDropped });
      await look(new WatchedCluster(informers, client, events), watch, events);
    });

  const seen = (watch: RecordedWatch, name: string): Promise<KubeObject> =>
    waitFor(`${name} in the copy`, () => watch.informer.get({ namespace: 'default', name }));

  const stored = (name: string) =>
    plane.admin.get<KubeObject & { metadata: { managedFields: { manager: string; subresource?: string }[] } }>(
      `${SOURCES}/${name}`,
    );

  test('a status is applied under our name, read back at once, and not sent twice', async () => {
    await create('status');
    await withCluster(async (cluster, watch) => {
      const object = await seen(watch, 'status');
      await cluster.applyStatus(object, { phase: 'Ready', lastFetchTime: undefined });
      expect(cluster.get('ArenaSource', object.metadata)?.status).toEqual({ phase: 'Ready' });
      await cluster.applyStatus(object, { phase: 'Ready' });
      const now = await seen(watch, 'status');
      await cluster.applyStatus(now, { phase: 'Ready' });
      expect(watch.requests.apply).toBe(1);
      // What is left out is taken away.
      await cluster.applyStatus(now, { observedGeneration: 1 });
      const { status, metadata } = await stored('status');
      expect(status).toEqual({ observedGeneration: 1 });
      expect(metadata.managedFields.find(({ subresource }) => subresource === 'status')?.manager).toBe(
        'arena-controller',
      );
    });
    await remove('status');
  });

  test('a status meant for an object that is gone, or for its predecessor, is no error and reaches nobody', async () => {
    await create('first');
    await withCluster(async (cluster, watch) => {
      const first = await seen(watch, 'first');
      await remove('first');
      await waitFor('the deletion', () => (watch.informer.list().length === 0 ? true : undefined));
      await cluster.applyStatus(first, { phase: 'Ready' });
      await create('first');
      await cluster.applyStatus(first, { phase: 'Ready' });
      await cluster.delete(first);
      expect((await stored('first')).status).toBeUndefined();
      await cluster.delete(await seen(watch, 'first'));
      expect((await plane.admin.request('GET', `${SOURCES}/first`)).status).toBe(404);
      await cluster.delete(first);
    });
  });

  test('a status that the schema refuses is an error', async () => {
    await create('refused');
    await withCluster(async (cluster, watch) => {
      const object = await seen(watch, 'refused');
      await expect(cluster.applyStatus(object, { phase: 'Fine' })).rejects.toThrow('Unsupported value');
    });
    await remove('refused');
  });

  test('our finalizer comes and goes beside those of others, also when the copy is old', async () => {
    await create('held');
    await withCluster(async (cluster, watch) => {
      const old = await seen(watch, 'held');
      await plane.admin.patch(`${SOURCES}/held`, { metadata: { finalizers: ['example.com/theirs'] } });
      await cluster.setFinalizer(old, true);
      await cluster.setFinalizer(old, true);
      expect((await stored('held')).metadata.finalizers).toEqual(['example.com/theirs', FINALIZER]);
      await remove('held');
      const deleting = await waitFor('its end', () =>
        watch.informer.list().find(({ metadata }) => metadata.deletionTimestamp !== undefined),
      );
      await cluster.setFinalizer(deleting, false);
      expect((await stored('held')).metadata.finalizers).toEqual(['example.com/theirs']);
      await plane.admin.patch(`${SOURCES}/held`, { metadata: { finalizers: [] } });
      await waitFor('its end', () => (watch.informer.list().length === 0 ? true : undefined));
      await cluster.setFinalizer(deleting, false);
      await expect(cluster.setFinalizer(old, true)).rejects.toThrow('default/held is gone');
    });
  });

  test('repeats of an event are counted, and a flood is cut off', async () => {
    await create('noted');
    await withCluster(async (cluster, watch, events) => {
      const object = await seen(watch, 'noted');
      for (let n = 0; n < 3; n += 1) cluster.event(object, 'Warning', 'FetchFailed', 'the branch is gone');
      for (let n = 0; n < 40; n += 1) cluster.event(object, 'Normal', 'Progress', `${n} of 40`);
      await events.flush();
      const list = await plane.admin.get<{ items: { reason: string; count: number }[] } & KubeObject>(
        '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=noted',
      );
      expect(list.items.filter(({ reason }) => reason === 'FetchFailed').map(({ count }) => count)).toEqual([3]);
      expect(list.items.filter(({ reason }) => reason === 'Progress')).toHaveLength(22);
      const { stdout } = await plane.kubectl(['describe', 'arenasource', 'noted']);
      expect(stdout).toMatch(/Warning\s+FetchFailed\s+\S+ \(x3 over \S+\)\s+arena-controller\s+the branch is gone/);
    });
    await remove('noted');
  });
});
