import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';

describe('the directory store', () => {
  let root: string;
  let store: DirectoryStore;
  const text = async (key: string) => Buffer.from((await store.get(key)) ?? []).toString();

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-store-'));
    store = new DirectoryStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('keeps what is put and says when there is nothing', async () => {
    await store.put('a/b', Buffer.from('one'));
    await store.put('a/b', Buffer.from('two'));
    expect(await text('a/b')).toBe('two');
    expect(await store.get('a/c')).toBeUndefined();
    expect(await store.get('a/b/c')).toBeUndefined();
  });

  test('lets exactly one of many writers put what is absent', async () => {
    const wrote = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.putIfAbsent('commit', Buffer.from(`writer ${i}`))),
    );
    expect(wrote.filter(Boolean)).toHaveLength(1);
    expect(await text('commit')).toBe(`writer ${wrote.indexOf(true)}`);
    expect(await readdir(root)).toEqual(['commit']);
  });

  test('lists below a prefix in order, without what is still being written', async () => {
    await store.put('runs/x/2', Buffer.from('22'));
    await store.put('runs/x/1/deep', Buffer.from('1'));
    await store.put('runs/xy', Buffer.from('no'));
    const unfinished = await store.write('runs/x/3');
    await unfinished.write('part');
    expect(await store.list('runs/x')).toEqual([
      { key: 'runs/x/1/deep', bytes: 1 },
      { key: 'runs/x/2', bytes: 2 },
    ]);
    await unfinished.abort();
    expect(await store.list('nothing/here')).toEqual([]);
  });

  test.each(['../out', 'a//b', 'a/./b', '/etc/passwd', 'a/..', ''])('refuses the key %j', async (key) => {
    await expect(store.get(key)).rejects.toThrow('is not a key');
  });

  test('streams a value that nobody sees before its end', async () => {
    const writer = await store.write('report');
    await writer.write('a');
    expect(await store.get('report')).toBeUndefined();
    await writer.write(Buffer.from('bc'));
    expect(await writer.end()).toBe(3);
    expect(await text('report')).toBe('abc');
  });
});

describe('segments', () => {
  let root: string;
  let store: DirectoryStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-segments-'));
    store = new DirectoryStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('give each line its place, in the order of the calls', async () => {
    const segments = store.openSegments('shard/attempt');
    const places = await Promise.all(['one', 'zwölf', 'three'].map((line) => segments.append(line)));
    await segments.close();
    const bytes = await readFile(join(root, 'shard/attempt/000001'));
    expect(bytes.toString()).toBe('one\nzwölf\nthree\n');
    const lines = places.map(({ offset, length }) => bytes.subarray(offset, offset + length).toString());
    expect(lines).toEqual(['one', 'zwölf', 'three']);
    await expect(segments.append('late')).rejects.toThrow('closed');
  });

  test('write nothing when nothing was appended', async () => {
    await store.openSegments('shard/attempt').close();
    expect(await store.list('shard')).toEqual([]);
  });

  test('begin a new file when one has grown large', async () => {
    const segments = store.openSegments('s');
    const line = 'x'.repeat(5_000_000);
    const keys = [];
    for (let i = 0; i < 4; i += 1) keys.push((await segments.append(line)).key);
    await segments.close();
    expect(keys).toEqual(['s/000001', 's/000001', 's/000002', 's/000002']);
  });

  test('report a write that failed to everyone who waited for it, and go on in a new file', async () => {
    await writeFile(join(root, 'blocked'), '');
    const segments = store.openSegments('blocked/attempt');
    const outcomes = await Promise.allSettled([segments.append('a'), segments.append('b')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await rm(join(root, 'blocked'));
    expect((await segments.append('c')).offset).toBe(0);
    await segments.close();
  });
});
