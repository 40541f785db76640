/** ArenaSources from `kubectl apply` to the files in the store: real API server, Temporal, git, registry, our processes. */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { ArenaInCluster } from '../helpers/kube/arena-in-cluster.js';
import { found, tracesOf } from '../helpers/kube/traces.js';
import { GitHttpServer } from '../helpers/sources/git-http.js';
import { GitRepository } from '../helpers/sources/git-repository.js';
import { GitSshServer } from '../helpers/sources/git-ssh.js';
import { OciRegistry, REGISTRY_USER } from '../helpers/sources/registry-door.js';
import { FAULTY_SOURCES, sourcesOfEachType } from '../helpers/sources/sample-sources.js';
import {
  conditionOf,
  gzippedArchive,
  isReady,
  revisionOf,
  type SourceObject,
  SourceObjects,
} from '../helpers/sources/source-objects.js';

const NS = 'shop';
const USER = { name: 'deployer', password: 'git-canary-c0ffee42' };
const KEEP = 2;

const repository = new GitRepository();
let arena: ArenaInCluster;
let objects: SourceObjects;
let closed: GitHttpServer;
let open: GitHttpServer;
let ssh: GitSshServer;
let registry: OciRegistry;
let connection: Connection;
let client: Client;
let pushed: string;

const commit = (text: string) => repository.commit({ 'config.arena.yaml': text });
const storedArtifacts = () => readdirSync(join(arena.dataDir, 'store', 'artifacts')).sort();

beforeAll(async () => {
  commit('first');
  [closed, open, ssh, registry] = await Promise.all([
    GitHttpServer.start({ root: repository.folder, user: USER }),
    GitHttpServer.start({ root: repository.folder }),
    GitSshServer.start({ root: repository.folder }),
    OciRegistry.start({ auth: 'token' }),
  ]);
  pushed = await registry.push('team/prompts', 'v1', [
    { bytes: await gzippedArchive({ 'config.arena.yaml': 'image' }) },
  ]);
  arena = await ArenaInCluster.start([NS], { ARENA_KEEP_ARTIFACTS: String(KEEP) });
  objects = new SourceObjects(arena.plane, NS);
  connection = await Connection.connect({ address: arena.temporal.address });
  client = new Client({ connection });
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await arena?.stop();
  await Promise.all([closed?.stop(), open?.stop(), ssh?.stop(), registry?.stop()]);
  repository.remove();
});

describe('each type with each way in', () => {
  // shows ArenaSource.spec.type, ArenaSource.spec.git.url, ArenaSource.spec.git.secretRef.name, ArenaSource.spec.oci.url
  // shows ArenaSource.spec.oci.secretRef, ArenaSource.spec.configMap.name, ArenaSource.spec.configMap.key
  // shows ArenaSource.spec.targetPath, ArenaSource.spec.createVersionOnSync
  test('is fetched as soon as it is applied', async () => {
    const tip = repository.git('rev-parse', 'main');
    await objects.apply(...sourcesOfEachType(objects, { open, closed, ssh, registry, commit: tip, digest: pushed }));
    const names = ['git-open', 'git-closed', 'git-ssh', 'oci-login', 'oci-config', 'map'];
    const sources = await Promise.all(names.map((name) => objects.until(name, isReady, 40_000)));
    const [, , , , , map] = sources;
    expect(sources.map(revisionOf).slice(0, 5)).toEqual([
      `main@sha1:${tip}`,
      `main@sha1:${tip}`,
      `sha1:${tip}`,
      `v1@${pushed}`,
      pushed,
    ]);
    const { metadata } = await arena.plane.admin.get(`/api/v1/namespaces/${NS}/configmaps/prompts`);
    expect(revisionOf(map as SourceObject)).toBe(metadata.resourceVersion);
    for (const { metadata: of, status } of sources) {
      expect(status).toMatchObject({
        observedGeneration: of.generation,
        artifact: { digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), arenaFile: 'config.arena.yaml' },
        lastFetchTime: expect.any(String),
        nextFetchTime: expect.any(String),
      });
      expect(status?.conditions?.map(({ type, status: is }) => `${type} ${is}`)).toEqual([
        'Ready True',
        'Fetching False',
        'ArtifactAvailable True',
        'SourceValid True',
      ]);
    }
    // Fields that mean nothing here are answered.
    expect(conditionOf(map as SourceObject, 'SourceValid')).toMatchObject({ reason: 'FieldsIgnored' });
    for (const field of ['targetPath', 'createVersionOnSync', 'configMap.key']) {
      expect(conditionOf(map as SourceObject, 'SourceValid')?.message).toContain(`spec.${field}`);
    }
  }, 120_000);

  test('can be downloaded by who may read the source', async () => {
    const { status } = await objects.read('map');
    const url = status?.artifact?.url ?? '';
    expect((await fetch(url)).status).toBe(401);
    const token = await arena.plane.tokenOf('arena-system/arena-worker');
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    const listed = spawnSync('tar', ['-tf', '-'], { input: gunzipSync(Buffer.from(await answer.arrayBuffer())) });
    expect(listed.stdout.toString().trim().split('\n').sort()).toEqual(['config.arena.yaml', 'scenarios/one.yaml']);
  });
});

describe('a source that is looked at every second', () => {
  // shows ArenaSource.spec.interval
  test('is not downloaded again, and its object is not written, while nothing changes', async () => {
    const url = `${open.origin}/prompts.git`;
    await objects.apply(
      objects.source('polled', { type: 'git', interval: '1s', git: { url, ref: { branch: 'main' } } }),
    );
    await objects.until('polled', isReady);
    const [downloads, asked] = [open.downloads, open.asked.length];
    const before = await objects.read('polled');
    await waitFor(() => open.asked.length >= asked + 6);
    expect(open.downloads).toBe(downloads);
    expect((await objects.read('polled')).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test('brings what is pushed, newest first, and keeps the last and those that jobs name', async () => {
    const first = (await objects.read('polled')).status?.artifact;
    await objects.apply({
      apiVersion: 'omnia.altairalabs.ai/v1alpha1',
      kind: 'ArenaJob',
      metadata: { name: 'pinning', namespace: NS },
      spec: { sourceRef: { name: 'polled', kind: 'ArenaSource', revision: first?.revision }, suspend: true },
    });
    const revisions = [];
    for (const text of ['second', 'third', 'fourth']) {
      const revision = `main@sha1:${commit(text)}`;
      revisions.unshift(revision);
      await objects.until('polled', (source) => revisionOf(source) === revision);
    }
    const kept = (await objects.read('polled')).status?.artifacts ?? [];
    expect(kept.map(({ revision }) => revision)).toEqual([...revisions.slice(0, KEEP), first?.revision]);
    const { status } = await objects.read('polled');
    expect(status?.artifact).toEqual(kept[0]);
    const events = await arena.plane.admin.get<{
      metadata: { name: string };
      items: { reason: string; message: string; involvedObject: { name: string } }[];
    }>(`/api/v1/namespaces/${NS}/events`);
    const told = events.items.filter(
      ({ involvedObject, reason }) => involvedObject.name === 'polled' && reason === 'BundleResolved',
    );
    expect(told.length).toBeGreaterThanOrEqual(4);
    // The second one is removed by the next fetch, as nothing names it any more; the first one is another source's as well.
    await objects.until('polled', isReady);
    const last = `main@sha1:${commit('fifth')}`;
    await objects.until('polled', (source) => revisionOf(source) === last);
    const digests = ((await objects.read('polled')).status?.artifacts ?? []).map(({ digest }) =>
      digest?.replace('sha256:', ''),
    );
    await waitFor(() => storedArtifacts().length <= digests.length + 4);
    for (const digest of digests) expect(storedArtifacts()).toContain(digest);
  }, 120_000);
});

describe('a source that is looked at every hour', () => {
  test('is looked at at once when it is asked for by annotation, or its spec changes', async () => {
    const wished = `main@sha1:${commit('wished')}`;
    await objects.change('git-open', { metadata: { annotations: { 'arena.dev/reconcile-at': 'now-1' } } });
    const { status } = await objects.until('git-open', (source) => revisionOf(source) === wished);
    expect(status?.lastHandledReconcileAt).toBe('now-1');
    const side = repository.commit({ 'config.arena.yaml': 'side' }, 'side');
    await objects.change('git-open', { spec: { git: { ref: { branch: 'side' } } } });
    await objects.until('git-open', (source) => revisionOf(source) === `side@sha1:${side}` && isReady(source));
  });

  // shows ArenaSource.spec.suspend
  test('is left alone while it is suspended', async () => {
    await objects.change('git-open', { spec: { suspend: true } });
    await objects.until('git-open', (source) => conditionOf(source, 'Ready')?.reason === 'Suspended');
    const asked = open.asked.length;
    const before = revisionOf(await objects.read('git-open'));
    const side = repository.commit({ 'config.arena.yaml': 'later' }, 'side');
    await objects.change('git-open', { metadata: { annotations: { 'arena.dev/reconcile-at': 'now-2' } } });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(revisionOf(await objects.read('git-open'))).toBe(before);
    expect(open.asked.slice(asked).filter((line) => line.endsWith('fetch')).length).toBeLessThanOrEqual(1);
    await objects.change('git-open', { spec: { suspend: false } });
    await objects.until('git-open', (source) => revisionOf(source) === `side@sha1:${side}` && isReady(source));
  });
});

describe('a source that cannot be fetched', () => {
  test('says why, is not asked in a loop, and is well again once it is corrected', async () => {
    const url = `${open.origin}/prompts.git`;
    await objects.apply(
      objects.source('wrong', {
        type: 'git',
        interval: '1h',
        timeout: '20s',
        git: { url, ref: { branch: 'nowhere' } },
      }),
    );
    const failed = await objects.until('wrong', ({ status }) => status?.phase === 'Error');
    expect(conditionOf(failed, 'Ready')).toMatchObject({ status: 'False', reason: 'FetchError' });
    expect(conditionOf(failed, 'Ready')?.message).toMatch(/no such branch.*; correct git\.ref/);
    const looks = () => workflowsOf('wrong');
    const before = await looks();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await looks()).toBe(before);
    await objects.change('wrong', { spec: { git: { ref: { branch: 'main' } } } });
    await objects.until('wrong', isReady);
  });

  // shows ArenaSource.spec.timeout
  test('is given up when its time is over', async () => {
    const silent = await GitHttpServer.start({ root: repository.folder });
    silent.instead = 'hang';
    await objects.apply(
      objects.source('silent', {
        type: 'git',
        interval: '1h',
        timeout: '1s',
        git: { url: `${silent.origin}/prompts.git` },
      }),
    );
    const failed = await objects.until('silent', ({ status }) => status?.phase === 'Error');
    expect(conditionOf(failed, 'Ready')).toMatchObject({
      reason: 'FetchTimeout',
      message:
        'the source was not fetched within 1s; raise spec.timeout, or check that the workers may reach the address',
    });
    await silent.stop();
  });

  // shows ArenaSource.spec.workspace.path, ArenaSource.spec.interval, ArenaSource.spec.type
  test.each(FAULTY_SOURCES)('%s is told as it is', async (name, spec, reason, said) => {
    await objects.apply(objects.source(name, spec));
    const failed = await objects.until(name, ({ status }) => status?.phase === 'Error');
    expect(conditionOf(failed, 'Ready')).toMatchObject({ status: 'False', reason });
    expect(conditionOf(failed, 'Ready')?.message).toMatch(said);
  });
});

test('a controller that was away finds out what has happened', async () => {
  await arena.killController();
  const revision = `main@sha1:${commit('meanwhile')}`;
  await arena.startController({ ARENA_KEEP_ARTIFACTS: String(KEEP) });
  await objects.until('polled', (source) => revisionOf(source) === revision);
}, 120_000);

test('a source that is deleted takes its schedule and its files along', async () => {
  const { metadata, status } = await objects.read('oci-login');
  const digest = status?.artifact?.digest?.replace('sha256:', '') ?? '';
  expect(metadata.finalizers).toEqual(['arena.dev/finalizer']);
  const id = `arena-source/${NS}/oci-login/${metadata.uid?.slice(0, 8)}`;
  expect((await client.schedule.getHandle(id).describe()).scheduleId).toBe(id);
  await arena.plane.admin.request('DELETE', objects.path('oci-login'));
  await waitFor(async () => (await arena.plane.admin.request('GET', objects.path('oci-login'))).status === 404);
  await expect(client.schedule.getHandle(id).describe()).rejects.toThrow();
  // The other source of this image has the same files.
  expect(storedArtifacts()).toContain(digest);
  await arena.plane.admin.request('DELETE', objects.path('oci-config'));
  await waitFor(() => !storedArtifacts().includes(digest));
}, 120_000);

test('no secret is told anywhere', async () => {
  const traces = await tracesOf(arena);
  const key = ssh.identity.split('\n')[2] ?? 'no key';
  const basic = `${USER.name}:${USER.password}`;
  const secrets = { password: USER.password, basic, registry: REGISTRY_USER.password, key };
  expect(found(secrets, traces)).toEqual([]);
  // What is there is found there.
  expect(found({ namespace: NS }, traces)).toEqual(expect.arrayContaining(['namespace in histories']));
});

async function workflowsOf(name: string): Promise<number> {
  const { metadata } = await objects.read(name);
  const prefix = `sync/${NS}/${name}/${metadata.uid?.slice(0, 8)}`;
  let found = 0;
  for await (const { workflowId } of client.workflow.list()) if (workflowId.startsWith(prefix)) found += 1;
  return found;
}

async function waitFor(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await holds()); ) {
    if (Date.now() > deadline) throw new Error('it does not come to that');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
