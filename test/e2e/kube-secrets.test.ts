/** Keys in a cluster: where each is sent, that it is found nowhere else, and that no tenant uses another's. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ArenaJobStatus } from '../../src/schema/cluster/arena-job-status.js';
import type { ArenaSourceStatus } from '../../src/schema/cluster/arena-source.js';
import type { HttpService, SeenRequest } from '../helpers/http-service.js';
import { ArenaInCluster } from '../helpers/kube/arena-in-cluster.js';
import { startEchoingService } from '../helpers/kube/echoing-service.js';
import { conditionOf } from '../helpers/kube/job-cluster.js';
import { type OwnWorker, startOwnWorker } from '../helpers/kube/own-worker.js';
import { S3Server } from '../helpers/kube/s3.js';
import { readersOf, secretReads } from '../helpers/kube/secret-reads.js';
import { pathOf, statusWhen } from '../helpers/kube/statuses.js';
import { searchBundle, talksBundle } from '../helpers/kube/talks-bundle.js';
import {
  answeredBy,
  arenaObject,
  closedTool,
  gitSource,
  keyedProvider,
  mapSource,
  secretOf,
} from '../helpers/kube/tenant-objects.js';
import { everywhere, found, type Traces, tracesOf } from '../helpers/kube/traces.js';
import { GitHttpServer } from '../helpers/sources/git-http.js';
import { GitRepository } from '../helpers/sources/git-repository.js';

type Tenant = 'owner' | 'guest';

/** Characters that URLs and base64 write otherwise. */
const canary = (name: string): string => `canary+${name}/5d0e=7b31~c9`;

const KEYS = Object.fromEntries(
  ['first', 'second', 'claude', 'git', 'hostile-git', 'oci', 'tool', 'lent', 'decoy', 'stolen', 'owner', 'guest'].map(
    (name) => [name, canary(name)],
  ),
);
const key = (name: string): string => KEYS[name] ?? '';

const repository = new GitRepository();
const ownWorkers: OwnWorker[] = [];
let arena: ArenaInCluster;
let service: HttpService;
let git: GitHttpServer;
let s3: S3Server;

beforeAll(async () => {
  repository.commit(talksBundle());
  [service, git, s3] = await Promise.all([
    startEchoingService(),
    GitHttpServer.start({ root: repository.folder, user: { name: 'deployer', password: key('git') } }),
    S3Server.start('reports'),
  ]);
  arena = await ArenaInCluster.start(['owner', 'guest'], { ARENA_WORKER_IMAGE: 'arena' });
}, 120_000);

afterAll(async () => {
  await Promise.all(ownWorkers.map(({ process }) => process.stop()));
  await arena?.stop();
  await Promise.all([service?.stop(), git?.stop(), s3?.stop()]);
  repository.remove();
}, 120_000);

const apply = (...items: object[]) => arena.plane.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));

/** A Provider at an address of its own, with its Secret. */
const provider = (namespace: Tenant, name: string, value: string, spec: object = {}): object[] =>
  keyedProvider(namespace, name, value, { baseURL: `${service.origin}/${namespace}-${name}/v1`, ...spec });

const job = (namespace: Tenant, name: string, spec: object): object => arenaObject(namespace, 'ArenaJob', name, spec);
const callsAt = (place: string): SeenRequest[] => service.seen.filter(({ path }) => path.startsWith(`/${place}/`));

const jobs = (namespace: Tenant, name: string) => ({ namespace, plural: 'arenajobs', name });
const sourceEnd = async (name: string) => {
  const place = { namespace: 'owner', plural: 'arenasources', name };
  const status = await statusWhen<ArenaSourceStatus>(arena.plane, place, ({ phase }) =>
    /^(Ready|Error)$/.test(phase ?? ''),
  );
  return status.phase;
};
const ended = (namespace: Tenant, name: string) =>
  statusWhen<ArenaJobStatus>(
    arena.plane,
    jobs(namespace, name),
    (status) => conditionOf(status, 'Finished')?.status === 'True',
  );
const readers = (what: string) => readersOf(arena.plane, what);

describe('a job with a key in every place that takes one', () => {
  test('sends each to its own service alone, whose words may repeat it', async () => {
    const login = (name: string) => ({ username: 'deployer', password: key(name) });
    const at = service.origin.replace('http://', '');
    await apply(
      ...provider('owner', 'first', key('first')),
      ...provider('owner', 'second', key('second')),
      ...provider('owner', 'claude', key('claude'), { type: 'claude', baseURL: `${service.origin}/owner-claude` }),
      secretOf('owner', 'git-login', login('git')),
      secretOf('owner', 'hostile-login', login('hostile-git')),
      secretOf('owner', 'oci-login', login('oci')),
      secretOf('owner', 'bucket-login', {
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      }),
      gitSource('owner', 'prompts', `${git.origin}/prompts.git`, 'git-login'),
      gitSource('owner', 'hostile-git', `${service.origin}/refuse/prompts.git`, 'hostile-login'),
      arenaObject('owner', 'ArenaSource', 'hostile-oci', {
        type: 'oci',
        interval: '1h',
        oci: { url: `oci://${at}/refuse/prompts:v1`, insecure: true, secretRef: { name: 'oci-login' } },
      }),
    );
    expect(await Promise.all(['prompts', 'hostile-git', 'hostile-oci'].map(sourceEnd))).toEqual([
      'Ready',
      'Error',
      'Error',
    ]);
    const { bucket, endpoint, region } = s3;
    await apply(
      job('owner', 'everything', {
        sourceRef: { name: 'prompts' },
        ...answeredBy({ name: 'first' }, { name: 'second' }, { name: 'claude' }),
        output: { type: 's3', s3: { bucket, endpoint, region, prefix: 'out', secretRef: { name: 'bucket-login' } } },
      }),
    );
    // Refused keys hold the run, and what the services said of them stands in its status.
    const held = await statusWhen<ArenaJobStatus>(
      arena.plane,
      jobs('owner', 'everything'),
      ({ progress }) => progress?.completed === 2 && progress.pending === 6,
    );
    expect(conditionOf(held, 'Ready')).toMatchObject({
      reason: 'ProviderHeld',
      message: expect.stringContaining('you sent'),
    });
    const path = pathOf(jobs('owner', 'everything'));
    await arena.plane.admin.patch(path, { spec: { cancelled: true } });
    expect(await ended('owner', 'everything')).toMatchObject({
      phase: 'Cancelled',
      progress: { completed: 2, failed: 4 },
    });
    for (const name of ['first', 'second']) {
      const shown = callsAt(`owner-${name}`).map(({ headers }) => headers.authorization);
      expect([...new Set(shown)]).toEqual([`Bearer ${key(name)}`]);
    }
    expect([...new Set(callsAt('owner-claude').map(({ headers }) => headers['x-api-key']))]).toEqual([key('claude')]);
    const basic = (name: string) => `Basic ${Buffer.from(`deployer:${key(name)}`).toString('base64')}`;
    expect([...git.shown]).toEqual([basic('git')]);
    const refused = service.seen
      .filter(({ path }) => path.includes('refuse/'))
      .map(({ headers }) => headers.authorization);
    expect(refused).toEqual(expect.arrayContaining([basic('hostile-git'), basic('oci')]));
    // Who could not write there would have left no reports.
    const reports = await s3.keys('out/owner/everything/');
    expect(reports.some((name) => name.endsWith('/results.jsonl'))).toBe(true);
  }, 120_000);

  test('shows its token to a tool of a registry, which may repeat it to the model', async () => {
    await apply(
      secretOf('owner', 'tool-token', { token: key('tool') }),
      closedTool('owner', 'closed', `${service.origin}/tool/search`, { name: 'tool-token', key: 'token' }),
      ...mapSource('owner', 'searches', searchBundle()),
      job('owner', 'tools', {
        sourceRef: { name: 'searches' },
        toolRegistries: [{ name: 'closed' }],
        ...answeredBy({ name: 'first' }),
      }),
    );
    expect(await ended('owner', 'tools')).toMatchObject({ phase: 'Succeeded', progress: { total: 1, completed: 1 } });
    expect(callsAt('tool').map(({ headers }) => headers.authorization)).toEqual([`Bearer ${key('tool')}`]);
    const told = callsAt('owner-first').at(-1)?.body ?? '';
    expect(told).toContain('you sent');
    expect(found({ token: key('tool') }, { model: [told] })).toEqual([]);
  }, 120_000);
});

describe('a tenant', () => {
  test('uses another’s Provider, with its owner’s key, only where that one allows it', async () => {
    await apply(
      ...mapSource('guest', 'map', talksBundle()),
      ...provider('owner', 'lent', key('lent')),
      // Of the same name: it must not be taken in its place.
      secretOf('guest', 'lent-key', { key: key('decoy') }),
    );
    const borrowing = {
      sourceRef: { name: 'map' },
      scenarios: { include: ['talk'] },
      ...answeredBy({ name: 'lent', namespace: 'owner' }),
    };
    await apply(job('guest', 'thief', borrowing));
    const refused = await ended('guest', 'thief');
    expect(refused.phase).toBe('Failed');
    expect(conditionOf(refused, 'ConfigValid')).toMatchObject({ status: 'False', reason: 'ProviderNotAllowed' });
    expect(conditionOf(refused, 'ConfigValid')?.message).toContain('arena.dev/allowed-namespaces');
    expect([callsAt('owner-lent'), readers('owner/lent-key')]).toEqual([[], []]);
    const path = pathOf({ namespace: 'owner', plural: 'providers', name: 'lent' });
    await arena.plane.admin.patch(path, { metadata: { annotations: { 'arena.dev/allowed-namespaces': 'guest' } } });
    await apply(job('guest', 'borrower', borrowing));
    expect((await ended('guest', 'borrower')).phase).toBe('Succeeded');
    expect(callsAt('owner-lent').map(({ headers }) => headers.authorization)).toEqual([`Bearer ${key('lent')}`]);
    expect(readers('guest/lent-key')).toEqual([]);
  }, 120_000);

  test.each([
    ['its own namespace', {}],
    ['another one', { namespace: 'owner' }],
  ])('gets no Secret of %s by a bundle that names it', async (_, where) => {
    const name = `smuggler-${Object.keys(where).length}`;
    const files = talksBundle({
      type: 'openai',
      model: 'm-1',
      base_url: `${service.origin}/smuggled/v1`,
      credential: { secret_ref: { name: 'stolen', key: 'key', ...where } },
    });
    await apply(
      secretOf('owner', 'stolen', { key: key('stolen') }),
      secretOf('guest', 'stolen', { key: key('stolen') }),
      ...mapSource('guest', name, files),
      job('guest', name, { sourceRef: { name } }),
    );
    const status = await ended('guest', name);
    expect(status.phase).toBe('Failed');
    expect(conditionOf(status, 'ConfigValid')).toMatchObject({ status: 'False', reason: 'InvalidBundle' });
    expect(conditionOf(status, 'ConfigValid')?.message).toMatch(
      /Kubernetes Secrets are not read for bundles from elsewhere.*make a Provider object that names the Secret/s,
    );
    expect([callsAt('smuggled'), readers('owner/stolen'), readers('guest/stolen')]).toEqual([[], [], []]);
  });

  test('has runs, results and workers apart from a job of the same name elsewhere', async () => {
    const tenants: Tenant[] = ['owner', 'guest'];
    const sources = { owner: 'prompts', guest: 'map' };
    await apply(
      ...tenants.flatMap((tenant) => [
        ...provider(tenant, 'mine', key(tenant)),
        job(tenant, 'twin', {
          sourceRef: { name: sources[tenant] },
          scenarios: { include: ['talk'] },
          workers: { replicas: 1 },
          ...answeredBy({ name: 'mine' }),
        }),
      ]),
    );
    ownWorkers.push(...(await Promise.all(tenants.map((tenant) => startOwnWorker(arena, tenant, 'twin')))));
    expect(new Set(ownWorkers.map(({ queue }) => queue)).size).toBe(2);
    const [owner, guest] = await Promise.all(tenants.map((tenant) => ended(tenant, 'twin')));
    for (const [tenant, status] of [
      ['owner', owner],
      ['guest', guest],
    ] as const) {
      expect(status).toMatchObject({ phase: 'Succeeded', progress: { total: 1, completed: 1 } });
      expect(status?.run).toMatch(new RegExp(`^${tenant}/twin/[0-9a-f]{8}/1$`));
      expect(callsAt(`${tenant}-mine`).map(({ headers }) => headers.authorization)).toEqual([`Bearer ${key(tenant)}`]);
      expect(readers(`${tenant}/mine-key`)).toContain(`${tenant}/arena-worker`);
    }
    // Their accounts may read no other tenant's Secrets; they have not tried to.
    const strange = secretReads(arena.plane).filter(
      ({ by, what }) => /^(owner|guest)\//.test(by) && !what.startsWith(by.split('/')[0] ?? ''),
    );
    expect(strange).toEqual([]);
  }, 120_000);
});

describe('afterwards', () => {
  let traces: Traces;

  beforeAll(async () => {
    const kept = await s3.keys();
    traces = { ...(await tracesOf(arena)), output: await Promise.all(kept.map((name) => s3.text(name))) };
  }, 120_000);

  test('every place is searched as it can be read', async () => {
    // These stand there, and are found: so would secrets be.
    const places = ['histories', 'database', 'objects', 'store', 'output'];
    expect(found({ job: 'everything' }, traces)).toEqual(
      expect.arrayContaining(places.map((place) => `job in ${place}`)),
    );
    expect(found({ word: 'worker is up', figure: 'arena_controller_leader' }, traces)).toEqual([
      'word in logs',
      'figure in metrics',
    ]);
    const inSecrets = { secrets: [await everywhere(arena, 'secrets')] };
    const sent = { services: [...service.seen.map(({ headers }) => JSON.stringify(headers)), ...git.shown] };
    const names = Object.keys(KEYS);
    expect(found(KEYS, inSecrets)).toEqual(names.map((name) => `${name} in secrets`));
    const neverSent = ['decoy', 'stolen'];
    expect(found(KEYS, sent)).toEqual(
      names.filter((name) => !neverSent.includes(name)).map((name) => `${name} in services`),
    );
  });

  test('no key stands in any of them', () => {
    const { accessKeyId, secretAccessKey } = s3;
    expect(found({ ...KEYS, accessKeyId, secretAccessKey, part: 'canary+' }, traces)).toEqual([]);
  });

  test('Secrets were got one by one, by workers alone', () => {
    const reads = secretReads(arena.plane);
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.filter(({ by, verb }) => verb !== 'get' || !by.endsWith('/arena-worker'))).toEqual([]);
  });
});
