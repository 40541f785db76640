import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FindOptions, findTemporal, type Sources } from '../../src/local/temporal-binary.js';

let folder: string;
let said: string[];
let options: FindOptions;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arena-binary-'));
  said = [];
  options = {
    given: undefined,
    searchPath: undefined,
    cacheDir: join(folder, 'cache'),
    say: (line) => said.push(line),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(path: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

const offline: Sources = {
  download: () => Promise.reject(new TypeError('fetch failed', { cause: new Error('no such host') })),
  build: () => Promise.reject(new Error('there is no `go` on PATH')),
};

/** Builds as slowly as a test may wait, and counts. */
function slowBuild(): Sources & { builds: number } {
  const sources = {
    ...offline,
    builds: 0,
    build: async (target: string) => {
      sources.builds += 1;
      await new Promise((resolve) => setTimeout(resolve, 300));
      writeFileSync(join(target, 'temporal'), 'built', { mode: 0o755 });
    },
  };
  return sources;
}

describe('the Temporal dev server', () => {
  test('is the one that the user names, before any other', async () => {
    const given = program('mine/temporal');
    program('bin/temporal');
    const found = await findTemporal({ ...options, given, searchPath: join(folder, 'bin') }, offline);
    expect(found).toEqual({ path: given, how: 'named by ARENA_TEMPORAL_BIN' });
  });

  test('is not looked for elsewhere when the one that the user names cannot be started', async () => {
    const given = join(folder, 'nothing');
    await expect(findTemporal({ ...options, given }, offline)).rejects.toThrow(/ARENA_TEMPORAL_BIN is .*nothing/);
  });

  test('is found on PATH, before the cache', async () => {
    const path = program('bin/temporal');
    const searchPath = `${join(folder, 'none')}:${join(folder, 'bin')}`;
    expect(await findTemporal({ ...options, searchPath }, offline)).toEqual({ path, how: 'found on PATH' });
  });

  test('is downloaded where that is possible, then found in the cache', async () => {
    const download = async () => Buffer.from('the binary');
    const found = await findTemporal(options, { ...offline, download });
    expect(found.how).toBe('downloaded');
    expect(readFileSync(found.path, 'utf8')).toBe('the binary');
    expect(await findTemporal(options, offline)).toEqual({ path: found.path, how: 'found in the cache' });
  });

  test('is built once when it cannot be downloaded, by however many at a time', async () => {
    const sources = slowBuild();
    const found = await Promise.all([1, 2, 3].map(() => findTemporal(options, sources)));
    expect(sources.builds).toBe(1);
    expect(found.map(({ how }) => how).sort()).toEqual(['built with Go', 'found in the cache', 'found in the cache']);
    expect(said.join('\n')).toMatch(/cannot be downloaded \(no such host\), building it with Go/);
    expect(readdirSync(options.cacheDir).filter((name) => name.startsWith('.temporal-'))).toEqual([]);
  });

  test('is not half there when a build was cut off, whose leavings are removed', async () => {
    const leaving = join(options.cacheDir, '.temporal-abc');
    mkdirSync(leaving, { recursive: true });
    await findTemporal(options, slowBuild());
    expect(existsSync(leaving)).toBe(false);
  });

  test('cannot be had: the message names every way', async () => {
    const refused = findTemporal(options, offline);
    await expect(refused).rejects.toThrow(/ARENA_TEMPORAL_BIN.*PATH.*download *no such host.*go install *there is no/s);
    await expect(refused).rejects.toMatchObject({ failure: { hint: expect.stringContaining('TEMPORAL_ADDRESS') } });
  });
});
