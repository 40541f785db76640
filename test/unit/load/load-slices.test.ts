import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { emptySlice } from '../../../src/core/load/load-slice.js';
import type { SliceCursor } from '../../../src/core/load/merged-load.js';
import { attemptFolder, attemptName, readNewSlices, SliceSegments } from '../../../src/io/runs/load-slices.js';
import { DirectoryStore } from '../../../src/io/stores/directory-store.js';

let folder: string;
let store: DirectoryStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arena-slices-'));
  store = new DirectoryStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Reads on from where it stopped the last time; gives `attempt second` of each new slice. */
function reader() {
  const cursors = new Map<string, SliceCursor>();
  return async ({ final = false, ended = [] as string[] } = {}): Promise<string[]> => {
    const seen: string[] = [];
    await readNewSlices(store, 'job/1', {
      readTo: ({ attempt }) => cursors.get(attempt),
      hasEnded: ({ attempt }) => ended.includes(attempt),
      final,
      onSlice: ({ lane, attempt }, { second }) => seen.push(`${lane} ${attempt} ${second}`),
      onRead: ({ attempt }, cursor) => cursors.set(attempt, cursor),
    });
    return seen;
  };
}

describe('the slices of a load test', () => {
  test('are read once each, in their order, over the families of a long test', async () => {
    const segments = new SliceSegments(store, attemptFolder('job/1', 0, 'a'));
    const read = reader();
    for (const second of [0, 59]) await segments.append(emptySlice(second));
    expect(await read()).toEqual(['0 a 0', '0 a 59']);
    expect(await read()).toEqual([]);
    for (const second of [60, 61, 3600]) await segments.append(emptySlice(second));
    await segments.close();
    expect(await read()).toEqual(['0 a 60', '0 a 61', '0 a 3600']);
    expect(await read()).toEqual([]);
  });

  test('come from all attempts, older ones first, those that have ended left out', async () => {
    const names = [attemptName(5_000, 1, 'x'), attemptName(40_000, 1, 'y'), attemptName(100_000, 2, 'z')];
    for (const [second, name] of [...names.entries()].reverse()) {
      const segments = new SliceSegments(store, attemptFolder('job/1', 1, name));
      await segments.append(emptySlice(second));
      await segments.close();
    }
    const [oldest = '', ...later] = names;
    expect(await reader()({ ended: [oldest] })).toEqual(later.map((name, i) => `1 ${name} ${i + 1}`));
  });

  test('are not taken from a line that was never finished', async () => {
    const segments = new SliceSegments(store, attemptFolder('job/1', 0, 'a'));
    await segments.append(emptySlice(0));
    await segments.close();
    const [object] = await store.list(attemptFolder('job/1', 0, 'a'));
    const line = JSON.stringify(emptySlice(1));
    const path = join(folder, object?.key ?? '');
    const read = reader();
    await writeFile(path, line.slice(0, 20), { flag: 'a' });
    expect(await read()).toEqual(['0 a 0']);
    await writeFile(path, `${line.slice(20)}\n`, { flag: 'a' });
    expect(await read()).toEqual(['0 a 1']);
  });

  test('beyond one that is missing wait for it, until nobody writes any more', async () => {
    const key = (segment: string): string => `${attemptFolder('job/1', 0, 'a')}/000000/${segment}`;
    const line = (second: number): Buffer => Buffer.from(`${JSON.stringify(emptySlice(second))}\n`);
    await store.put(key('000001'), line(0));
    await store.put(key('000003'), line(2));
    const read = reader();
    expect(await read()).toEqual(['0 a 0']);
    await store.put(key('000002'), line(1));
    expect(await read()).toEqual(['0 a 1', '0 a 2']);
    await store.put(key('000005'), line(4));
    expect(await read()).toEqual([]);
    expect(await read({ final: true })).toEqual(['0 a 4']);
  });
});
