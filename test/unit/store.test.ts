import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';
import { storeContract } from '../helpers/store-contract.js';

describe('a store in a folder', () => {
  let root: string;
  let store: DirectoryStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-store-'));
    store = new DirectoryStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  storeContract(() => store);

  test('leaves no other file when many put what is absent', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.putIfAbsent('commit', Buffer.from(`writer ${i}`))));
    expect(await readdir(root)).toEqual(['commit']);
  });
});

describe('segments in a folder', () => {
  let root: string;
  let store: DirectoryStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-segments-'));
    store = new DirectoryStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

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
