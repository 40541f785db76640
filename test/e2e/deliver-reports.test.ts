import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { deliverReports } from '../../activities/deliver-reports.js';
import type { ActivityDeps } from '../../activities/deps.js';
import { ClusterSecrets } from '../../src/io/secrets/cluster-secrets.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';
import type { JobInput } from '../../src/schema/job.js';
import { S3Server } from '../helpers/kube/s3.js';
import { KubernetesApi } from '../helpers/kubernetes-api.js';

const RUN = 'shop/nightly/0a1b2c3d/s-2026-11-21T20:00:00Z';
const STORED = 'runs/shop/nightly/0a1b2c3d/s-2026-11-21T20%3A00%3A00Z';
const FILES: { [path: string]: Buffer } = {
  'results.jsonl': Buffer.alloc(11 * 1024 * 1024, 'line\n'),
  'results.csv': Buffer.from(''),
  'junit.xml': Buffer.from('<testsuites/>'),
  'report.html': Buffer.from('<html></html>'),
  'recordings/a-1.json': Buffer.from('{"a":1}'),
  'recordings/a-2.json': Buffer.from('{"a":2}'),
  'summary.json': Buffer.from('{}'),
};

describe('delivering the reports of a run', () => {
  const root = mkdtempSync(join(tmpdir(), 'arena-deliver-'));
  let s3: S3Server;
  let api: KubernetesApi;
  let store: DirectoryStore;
  let deps: ActivityDeps;
  let logged: object[];
  let number = 0;

  beforeAll(async () => {
    [s3, api] = await Promise.all([S3Server.start(), KubernetesApi.start()]);
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = s3.env as { [name: string]: string };
    const keys = { AWS_ACCESS_KEY_ID: `${AWS_ACCESS_KEY_ID}\n`, AWS_SECRET_ACCESS_KEY: `${AWS_SECRET_ACCESS_KEY}` };
    api.secrets.set('shop/bucket-keys', keys);
    api.secrets.set('other/bucket-keys', { ...keys, AWS_SECRET_ACCESS_KEY: 'canary-wrong-key' });
    api.secrets.set('shop/half', { AWS_ACCESS_KEY_ID: 'canary-half' });
  }, 120_000);
  afterAll(async () => {
    await Promise.all([s3.stop(), api.stop()]);
    rmSync(root, { recursive: true, force: true });
  });

  beforeEach(async () => {
    number += 1;
    logged = [];
    store = new DirectoryStore(join(root, `store-${number}`));
    for (const [path, bytes] of Object.entries(FILES)) await store.put(`${STORED}/report/${path}`, bytes);
    await store.put(`${STORED}/final`, Buffer.from('{"run":"r","warnings":[]}'));
    const secrets = new ClusterSecrets({ env: api.env, folder: api.folder });
    const log = { info: () => undefined, warn: (fields: object) => logged.push(fields) };
    deps = { store, secrets, log, tools: { env: {} } } as unknown as ActivityDeps;
  });

  const atS3 = (more: object = {}): JobInput['output'] => ({
    s3: { bucket: 'arena', prefix: `p${number}/`, endpoint: s3.endpoint, secretRef: { name: 'bucket-keys' }, ...more },
  });

  /** As Temporal would call it. `heartbeat` gets the details of each. */
  async function deliver(output: JobInput['output'], more: { done?: number; heartbeat?(done: number): void } = {}) {
    const plan = { input: { bundle: { path: '/b' }, output } };
    await store.put(`${STORED}/plan`, Buffer.from(JSON.stringify(plan)));
    const context = {
      info: { attempt: 1, heartbeatDetails: more.done === undefined ? undefined : { delivered: more.done } },
      heartbeat: ({ delivered }: { delivered: number }) => more.heartbeat?.(delivered),
    };
    return asyncLocalStorage.run(context as unknown as Context, () => deliverReports(deps, { run: RUN }));
  }

  const final = async () => JSON.parse(Buffer.from((await store.get(`${STORED}/final`)) ?? []).toString());

  async function expectAllAt(prefix: string): Promise<void> {
    expect(await s3.keys(prefix)).toEqual(
      Object.keys(FILES)
        .map((path) => prefix + path)
        .sort(),
    );
    for (const [path, bytes] of Object.entries(FILES)) expect((await s3.bytes(prefix + path)).equals(bytes)).toBe(true);
  }

  // shows JobInput.output.s3.bucket, JobInput.output.s3.prefix, JobInput.output.s3.endpoint, JobInput.output.s3.secretRef.name
  test('puts every byte below the prefix and the run, and says where, in the record of the run as well', async () => {
    const prefix = `p${number}/${RUN}/`;
    expect(await deliver(atS3())).toEqual({ url: `s3://arena/${prefix}` });
    await expectAllAt(prefix);
    expect(await final()).toMatchObject({ reportUrl: `s3://arena/${prefix}`, warnings: [] });
    expect(await deliver(atS3({ prefix: undefined }))).toEqual({ url: `s3://arena/${RUN}/` });
    await expectAllAt(`${RUN}/`);
  }, 120_000);

  // shows JobInput.output.s3.region, JobInput.output.s3.secretRef.namespace
  test.each([
    ['the keys of another namespace', { secretRef: { name: 'bucket-keys', namespace: 'other' } }, 'are refused'],
    ['a Secret that is not there', { secretRef: { name: 'nobody' } }, 'no such object: the Secret nobody'],
    ['a Secret with half of the keys', { secretRef: { name: 'half' } }, 'has no entry AWS_SECRET_ACCESS_KEY'],
    ['a Secret that may not be read', { secretRef: { name: 'x', namespace: 'closed' } }, 'does not let the workers'],
    ['a bucket that is not there', { bucket: 'missing' }, 'There is no bucket missing'],
    ['another region', { region: 'eu-west-9' }, 'another region'],
  ])('with %s leaves them in the store and says why', async (_, more, reason) => {
    const outcome = await deliver(atS3(more));
    expect(outcome).toEqual({ url: store.locate(`${STORED}/report`), undelivered: expect.stringContaining(reason) });
    expect(await final()).toMatchObject({ undelivered: outcome.undelivered, reportUrl: outcome.url });
    expect(logged).toHaveLength(1);
    const told = JSON.stringify([outcome, await final(), logged]);
    for (const secret of ['canary', s3.secretAccessKey]) expect(told).not.toContain(secret);
  });

  test('waits for a server that is away for a while', async () => {
    await s3.stopServer();
    const delivering = deliver(atS3());
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await s3.startServer();
    expect(await delivering).toEqual({ url: `s3://arena/p${number}/${RUN}/` });
    await expectAllAt(`p${number}/${RUN}/`);
  }, 120_000);

  test('goes on where a try that was killed stood, and is whole when it begins anew', async () => {
    let reached = 0;
    const killed = deliver(atS3(), {
      heartbeat: (done) => {
        reached = done;
        if (done >= 3) throw new Error('killed');
      },
    });
    await expect(killed).rejects.toThrow('killed');
    const prefix = `p${number}/${RUN}/`;
    expect(await s3.keys(prefix)).not.toContain(`${prefix}summary.json`);
    let first: number | undefined;
    const heartbeat = (done: number) => {
      first ??= done;
    };
    expect(await deliver(atS3(), { done: reached, heartbeat })).toEqual({ url: `s3://arena/${prefix}` });
    expect(first).toBeGreaterThanOrEqual(3);
    await expectAllAt(prefix);
    await deliver(atS3());
    await expectAllAt(prefix);
  }, 120_000);

  test('puts whole files into a folder, and removes what its own killed tries have left there', async () => {
    const dir = join(root, `out-${number}`);
    const killed = deliver(
      { dir },
      {
        heartbeat: () => {
          throw new Error('killed');
        },
      },
    );
    await expect(killed).rejects.toThrow('killed');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, '.tmp-of-another'), '');
    expect(await deliver({ dir })).toEqual({ url: dir });
    for (const [path, bytes] of Object.entries(FILES)) expect(readFileSync(join(dir, path)).equals(bytes)).toBe(true);
    const hidden = readdirSync(dir, { recursive: true }).filter((name) => String(name).includes('.tmp-'));
    expect(hidden).toEqual(['.tmp-of-another']);
  });

  test('to a folder that takes no files leaves them in the store', async () => {
    const dir = join(root, `file-${number}`);
    writeFileSync(dir, 'a file');
    expect(await deliver({ dir })).toMatchObject({
      url: store.locate(`${STORED}/report`),
      undelivered: expect.stringContaining(`could not be delivered to ${dir}`),
    });
  });
});
