import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { writeDataBundle } from '../helpers/data-bundle.js';
import { S3Server } from '../helpers/kube/s3.js';
import { writeMockBundle } from '../helpers/mock-bundle.js';
import { waitFor } from '../helpers/wait-for.js';

const ITEMS = 120;
const CONCURRENCY = 20;

describe('runs whose store is a bucket', () => {
  const user = new ArenaUser();
  const colleague = new ArenaUser();
  let s3: S3Server;
  let model: MockServer;
  let env: { [name: string]: string };

  beforeAll(async () => {
    [s3, model] = await Promise.all([S3Server.start(), startMockServer({ latencyMs: 150 })]);
    writeMockBundle({ folder: user.folder, baseUrl: model.url, scenarios: 12, providers: 10 });
    env = { ...s3.env, ARENA_STORE: 's3://arena/team', ARENA_S3_ENDPOINT: s3.endpoint, OPENAI_API_KEY: 'any' };
  }, 120_000);
  afterAll(async () => {
    await Promise.all([user.nothingRuns(), colleague.nothingRuns()]);
    await Promise.all([s3.stop(), model.close(), user.remove(), colleague.remove()]);
  }, 120_000);

  const workers = () => {
    const state = JSON.parse(readFileSync(join(user.dataDir, 'local/far/1/host.json'), 'utf8')) as {
      workers: number[];
    };
    return state.workers;
  };

  test('lose nothing when one of two workers is killed, and deliver what they report', async () => {
    const options = [
      '--workers',
      '2',
      '--concurrency',
      String(CONCURRENCY),
      '--name',
      'far',
      '--formats',
      'json,junit',
    ];
    const place = ['-o', 's3://arena/results/', '--s3-endpoint', s3.endpoint];
    const command = user.start(['run', 'bundle', ...options, ...place], env);
    await waitFor('the run to be under way', () => (model.stats().calls > 100 ? true : undefined), 90_000);
    process.kill(workers()[0] ?? 0, 'SIGKILL');
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`${ITEMS} passed`) });
    expect(stderr).toContain('s3://arena/results/far/1/results.json');
    const records = (await s3.text('results/far/1/results.jsonl')).trimEnd().split('\n');
    const parsed = records.map((line) => JSON.parse(line) as ConversationRecord);
    expect(new Set(parsed.map(({ id }) => id)).size).toBe(ITEMS);
    expect(parsed.every(({ verdict }) => verdict === 'passed')).toBe(true);
    // What was in flight is asked again; what was answered before is not.
    expect(model.stats().repeats).toBeLessThanOrEqual(CONCURRENCY + CONCURRENCY / 8);
    expect(existsSync(join(user.dataDir, 'store'))).toBe(false);
  }, 180_000);

  test('are delivered byte by byte as the store has them', async () => {
    const stored = await s3.keys('team/runs/far/1/report/');
    expect(stored.map((key) => key.split('/').at(-1)).sort()).toEqual([
      ...['junit.xml', 'results.json', 'results.jsonl', 'summary.json'],
    ]);
    const delivered = await s3.keys('results/');
    expect(delivered).toEqual(stored.map((key) => key.replace('team/runs/far/1/report', 'results/far/1')));
    for (const [i, key] of stored.entries()) {
      expect((await s3.bytes(delivered[i] ?? '')).equals(await s3.bytes(key))).toBe(true);
    }
  });

  test('are known to every machine that shares it', async () => {
    const status = await colleague.arena(['status', 'far', '--output', 'json'], env);
    expect(JSON.parse(status.stdout)).toMatchObject({ run: 'far/1', phase: 'Succeeded', counts: { passed: ITEMS } });
    expect((await colleague.arena(['status'], env)).stdout).toContain('far/1');
    const report = await colleague.arena(['report', 'far', '-o', 'again'], env);
    expect(report.code).toBe(0);
    expect(colleague.read('again/results.jsonl')).toBe(await s3.text('results/far/1/results.jsonl'));
    const csv = await colleague.arena(['report', 'far', '--formats', 'csv', '-o', 'again'], env);
    expect(csv.code).toBe(0);
    expect(colleague.read('again/results.csv').trimEnd().split('\n').length).toBeGreaterThan(ITEMS);
  }, 120_000);

  test('hold sets of records, which are delivered and read from there', async () => {
    writeDataBundle(join(user.folder, 'data'), model.url);
    const wish = [
      '--scenario',
      'plain',
      '--provider',
      'mock',
      '--count',
      '30',
      '--part-records',
      '20',
      '--name',
      'set',
    ];
    const place = ['-o', 's3://arena/sets/', '--s3-endpoint', s3.endpoint];
    const { code, stderr } = await user.arena(['generate', 'data', ...wish, ...place], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
    const parts = ['dataset/records-00001.jsonl', 'dataset/records-00002.jsonl'];
    const delivered = await Promise.all(parts.map((path) => s3.text(`sets/set/1/${path}`)));
    expect(delivered.map((text) => text.trimEnd().split('\n').length)).toEqual([20, 10]);
    const manifest = JSON.parse(await s3.text('sets/set/1/dataset.json')) as { parts: { path: string }[] };
    expect(manifest).toMatchObject({ records: 30, parts: parts.map((path) => ({ path })) });
    const report = await colleague.arena(['report', 'set', '--formats', 'csv', '-o', 'set'], env);
    expect(report.code).toBe(0);
    expect(parts.map((path) => colleague.read(`set/${path}`))).toEqual(delivered);
  }, 120_000);

  test('are run again from there', async () => {
    const before = model.stats().calls;
    const retry = await user.arena(['retry', 'far', '--failed'], env);
    expect({ code: retry.code, calls: model.stats().calls }).toEqual({ code: 0, calls: before });
    expect(await s3.keys('results/far/2/')).toHaveLength(4);
  }, 180_000);

  test.each([
    [['run', 'bundle', '-o', 's3://missing/x', '--s3-endpoint', 'HERE'], 'There is no bucket missing'],
    [['run', 'bundle', '-o', 's3://a/../b'], 'is not a place in S3'],
    [['run', 'bundle', '--s3-region', 'eu-west-1'], '--s3-region is of no use'],
    [['report', 'far', '-o', 's3://arena/x'], 'is no folder'],
  ])(
    '%j is refused before anything is asked: %s',
    async (args, message) => {
      const before = model.stats().calls;
      const here = args.map((argument) => (argument === 'HERE' ? s3.endpoint : argument));
      const { code, stderr } = await user.arena(here, env);
      expect({ code, stderr }).toEqual({ code: expect.any(Number), stderr: expect.stringContaining(message) });
      expect(code).not.toBe(0);
      expect(model.stats().calls).toBe(before);
    },
    60_000,
  );

  test.each([
    ['ARENA_STORE', 'bucket', 'is not an address'],
    ['ARENA_STORE', 's3://missing', 'There is no bucket missing'],
    ['AWS_SECRET_ACCESS_KEY', 'canary-wrong', 'are refused'],
    ['ARENA_S3_ENDPOINT', 'http://127.0.0.1:1', 'cannot be reached'],
  ])(
    'with a wrong %s = %s say so',
    async (name, value, message) => {
      const { code, stderr } = await colleague.arena(['status', 'far'], { ...env, [name]: value });
      expect(code).not.toBe(0);
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('canary');
    },
    60_000,
  );

  test('leave their keys nowhere', async () => {
    const texts = user.stored();
    for (const key of await s3.keys()) texts.push(await s3.text(key));
    expect(texts.length).toBeGreaterThan(50);
    expect(texts.filter((text) => text.includes(s3.secretAccessKey))).toEqual([]);
  });
});
