/** Finding the Temporal dev server, or getting it. */
import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ArenaError } from '../core/errors.js';
import { lockWhenFree } from './lock.js';
import { buildTemporal } from './temporal-build.js';
import { downloadTemporal, TEMPORAL_CLI_VERSION } from './temporal-release.js';

const WORK_PREFIX = '.temporal-';

export interface TemporalBinary {
  path: string;
  /** Which way was taken, in a few words. */
  how: string;
}

export interface FindOptions {
  /** ARENA_TEMPORAL_BIN. */
  given: string | undefined;
  /** PATH of the user. */
  searchPath: string | undefined;
  cacheDir: string;
  say: (line: string) => void;
}

/** How a binary is had where there is none. */
export interface Sources {
  download: typeof downloadTemporal;
  build: typeof buildTemporal;
}

const SOURCES: Sources = { download: downloadTemporal, build: buildTemporal };

/** In this order: named by the user, on PATH, in the cache, downloaded, built. */
export async function findTemporal(options: FindOptions, sources = SOURCES): Promise<TemporalBinary> {
  return (await existingTemporal(options)) ?? (await getTemporal(options, sources));
}

/** As `findTemporal`, but only what is on this machine already. */
export async function existingTemporal(options: FindOptions): Promise<TemporalBinary | undefined> {
  if (options.given !== undefined) {
    if (await isProgram(options.given)) return { path: options.given, how: 'named by ARENA_TEMPORAL_BIN' };
    throw new ArenaError({
      code: 'invalid_input',
      message: `ARENA_TEMPORAL_BIN is ${options.given}, which is not a program that can be started`,
      hint: 'correct it, or unset it to let Arena look elsewhere',
    });
  }
  for (const folder of (options.searchPath ?? '').split(delimiter)) {
    const path = join(folder, 'temporal');
    if (folder !== '' && (await isProgram(path))) return { path, how: 'found on PATH' };
  }
  const cached = cachedPath(options.cacheDir);
  return (await isProgram(cached)) ? { path: cached, how: 'found in the cache' } : undefined;
}

function cachedPath(cacheDir: string): string {
  return join(cacheDir, `temporal-${TEMPORAL_CLI_VERSION}`, 'temporal');
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function getTemporal({ cacheDir, say }: FindOptions, sources: Sources): Promise<TemporalBinary> {
  const path = cachedPath(cacheDir);
  const lock = await lockWhenFree(cacheDir, 'temporal', () => say('waiting for another process that fetches it'));
  // Nobody else works here while this process has the lock: what is left over is of one that was killed.
  for (const name of await readdir(cacheDir)) {
    if (name.startsWith(WORK_PREFIX)) await rm(join(cacheDir, name), { recursive: true, force: true });
  }
  const folder = await mkdtemp(join(cacheDir, WORK_PREFIX));
  try {
    if (await isProgram(path)) return { path, how: 'found in the cache' };
    const how = await fetchInto(folder, say, sources);
    await mkdir(join(path, '..'), { recursive: true });
    await rename(join(folder, 'temporal'), path);
    return { path, how };
  } finally {
    await rm(folder, { recursive: true, force: true });
    await lock.release();
  }
}

async function fetchInto(folder: string, say: FindOptions['say'], { download, build }: Sources): Promise<string> {
  const target = join(folder, 'temporal');
  try {
    let told = 0;
    const binary = await download((received, total) => {
      const tenth = total === undefined ? 0 : Math.floor((10 * received) / total);
      if (tenth > told) say(`downloading the Temporal dev server: ${tenth * 10} %`);
      told = Math.max(told, tenth);
    });
    await writeFile(target, binary);
    await chmod(target, 0o755);
    return 'downloaded';
  } catch (downloadError) {
    say(`the Temporal dev server cannot be downloaded (${reason(downloadError)}), building it with Go`);
    try {
      await build(folder, say);
      return 'built with Go';
    } catch (buildError) {
      throw notFound(reason(downloadError), reason(buildError));
    }
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function notFound(download: string, build: string): ArenaError {
  return new ArenaError({
    code: 'connection_failed',
    message: [
      'There is no Temporal dev server on this machine, and none could be had:',
      '  ARENA_TEMPORAL_BIN  not set',
      '  PATH                no `temporal`',
      `  download            ${download}`,
      `  go install          ${build}`,
    ].join('\n'),
    hint: [
      'do one of these: set TEMPORAL_ADDRESS to a Temporal service;',
      'install the Temporal CLI (https://docs.temporal.io/cli) on PATH or name it in ARENA_TEMPORAL_BIN;',
      'install Go and run again',
    ].join(' '),
  });
}
