import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { copyFiles } from '../../src/io/outputs/copy-files.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';

describe('files that are copied', () => {
  let root: string;
  let from: DirectoryStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-copy-'));
    from = new DirectoryStore(join(root, 'from'));
    for (const name of ['a', 'b', 'summary.json']) await from.put(`report/${name}`, Buffer.from(name));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('are all there, the one that tells of the others last', async () => {
    const to = new DirectoryStore(join(root, 'to'));
    expect(await copyFiles(from, 'report', to)).toEqual(['a', 'b', 'summary.json']);
    for (const name of ['a', 'b', 'summary.json'])
      expect(Buffer.from((await to.get(name)) ?? [])).toEqual(Buffer.from(name));
  });

  test('are not left open where the place takes none', async () => {
    const full = { write: () => Promise.reject(new Error('no space')) };
    await expect(copyFiles(from, 'report', full)).rejects.toThrow('no space');
    expect(openBelow(root)).toEqual([]);
  });
});

/** Files below a folder that this process holds open; none where the system does not tell. */
function openBelow(folder: string): string[] {
  const open = process.platform === 'linux' ? readdirSync('/proc/self/fd') : [];
  return open.map(linkOf).filter((file) => file.startsWith(folder));
}

/** The one that listed the others is closed by now. */
function linkOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}
