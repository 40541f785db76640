import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkStore } from '../../src/io/stores/check-store.js';
import { S3Store } from '../../src/io/stores/s3-store.js';
import { S3Server } from '../helpers/kube/s3.js';
import { storeContract } from '../helpers/store-contract.js';

describe('a store in a bucket', () => {
  let server: S3Server;
  let opened = 0;

  beforeAll(async () => {
    server = await S3Server.start();
  }, 120_000);
  afterAll(() => server.stop());

  const open = (other: Partial<ConstructorParameters<typeof S3Store>[0]> = {}, patienceMs = 10_000) => {
    const { bucket, endpoint, region, accessKeyId, secretAccessKey } = server;
    opened += 1;
    const credentials = { accessKeyId, secretAccessKey };
    const place = { bucket, prefix: `team/${opened}`, endpoint, region, credentials, setBy: 'ARENA_STORE', ...other };
    return new S3Store(place, { patienceMs, recordsPatienceMs: patienceMs });
  };

  storeContract(open);

  test('is fit to be used, and is found to be so again', async () => {
    const store = open();
    await checkStore(store);
    await checkStore(store);
    expect(await store.list('format')).toEqual([]);
    expect(store.locate('runs/x')).toBe(`s3://arena/team/${opened}/runs/x`);
  });

  test('makes lines durable within 250 ms and some requests, ten objects a second at most', async () => {
    const store = open();
    const segments = store.openSegments('busy');
    // What the server and the machine need alone.
    const bareFrom = performance.now();
    for (let put = 0; put < 10; put += 1) await store.put(`bare/${put}`, Buffer.alloc(2_000));
    const bareMs = (performance.now() - bareFrom) / 10;
    const took: number[] = [];
    const start = performance.now();
    const conversation = async () => {
      for (let call = 0; call < 15; call += 1) {
        const began = performance.now();
        await segments.append('x'.repeat(2_000));
        took.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: 50 }, conversation));
    const seconds = (performance.now() - start) / 1000;
    took.sort((a, b) => a - b);
    expect(took[Math.floor(took.length * 0.95)]).toBeLessThan(250 + 5 * bareMs);
    expect((await store.list('busy')).length).toBeLessThanOrEqual(10 * seconds + 2);
    await segments.close();
  });

  test('leaves no parts behind where a large value is given up', async () => {
    const store = open();
    const writer = await store.write('large');
    await writer.write(Buffer.alloc(12 * 1024 * 1024));
    await store.tryToWrite();
    await writer.abort();
    const files = readdirSync(join(server.folder, 'data'), { recursive: true }).map(String);
    expect(files.filter((file) => file.includes('multipart') && /\/\d+$/.test(file))).toEqual([]);
  });

  test('waits for a server that is away, and writes once', async () => {
    const store = open({}, 30_000);
    const segments = store.openSegments('away');
    await segments.append('before');
    await server.stopServer();
    const calls = Promise.all([
      store.putIfAbsent('commit', Buffer.from('one')),
      segments.append('while it is away'),
      store.get('nothing'),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await server.startServer();
    const [wrote, { key }] = await calls;
    expect(wrote).toBe(true);
    expect(Buffer.from((await store.get(key)) ?? []).toString()).toBe('while it is away\n');
  }, 120_000);

  test('takes no further line once one is lost', async () => {
    const store = open({ endpoint: 'http://127.0.0.1:1' }, 100);
    const segments = store.openSegments('lost');
    await expect(segments.append('a')).rejects.toThrow('cannot be reached');
    await expect(segments.append('b')).rejects.toThrow('cannot be reached');
    await segments.close();
  });

  const CANARY = 'canary-7c1fd2e90b';
  test.each([
    ['another key', { credentials: { accessKeyId: CANARY, secretAccessKey: CANARY } }, 'unauthorized', 'are refused'],
    ['a bucket that is not there', { bucket: 'missing' }, 'invalid_input', 'There is no bucket missing'],
    ['a server that is not there', { endpoint: 'http://127.0.0.1:1' }, 'connection_failed', 'cannot be reached'],
    ['a name that nobody has', { endpoint: 'http://s3.invalid' }, 'connection_failed', 'cannot be reached'],
  ])('with %s says what is wrong, with every request, and no key', async (_, other, code, message) => {
    const store = open(other, 200);
    const value = Buffer.from('x');
    const write = async () => {
      const writer = await store.write('a/b');
      await writer.write(value);
      await writer.end();
    };
    const calls = [
      () => store.get('a/b'),
      () => store.read('a/b'),
      () => store.put('a/b', value),
      () => store.putIfAbsent('a/b', value),
      () => store.list('a'),
      () => store.folders('a'),
      () => store.delete('a/b'),
      () => store.tryToWrite(),
      write,
    ];
    for (const call of calls) {
      const error: { failure?: object } = await call().then(
        () => ({}),
        (thrown) => thrown,
      );
      expect(error.failure).toMatchObject({ code, message: expect.stringContaining(message) });
      expect(JSON.stringify(error) + String(error)).not.toContain(CANARY);
      expect(JSON.stringify(error)).not.toContain(server.secretAccessKey);
    }
  });
});
