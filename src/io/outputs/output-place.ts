/** Where a user wants a copy of the reports. */
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runFolder } from '../../core/store-keys.js';
import type { S3Output } from '../../schema/s3-output.js';
import { DirectoryStore } from '../stores/directory-store.js';
import { type S3Credentials, type S3Place, s3Address, withoutSlashes } from '../stores/s3-place.js';
import { S3Store } from '../stores/s3-store.js';
import type { Store } from '../stores/store.js';
import { removeEarlierSet } from './earlier-set.js';

export interface OutputPlace {
  /** For people. */
  url: string;
  files: Pick<Store, 'write'>;
  /** Called with the paths of all files before the first is written: makes room for them. */
  clear(paths: string[]): Promise<void>;
  /** Called with the paths of all files when they are there: removes what tries that were killed have left behind. */
  tidy(paths: string[]): Promise<void>;
}

/** How long a server that does not answer is waited for before the delivery is tried anew, in milliseconds. */
const PATIENCE_MS = 15_000;

/** The same where somebody waits for it. */
const BRIEF_MS = 3_000;

/** A folder that takes the files of this run as they are; other runs may write there at the same time. */
export function folderPlace(dir: string, run: string): OutputPlace {
  const temporary = `.tmp-${createHash('sha256').update(run).digest('hex').slice(0, 12)}-`;
  return {
    url: dir,
    files: new DirectoryStore(dir, temporary),
    clear: (paths) => removeEarlierSet(dir, run, paths),
    async tidy(paths) {
      for (const folder of new Set(paths.map((path) => join(dir, dirname(path))))) {
        const left = (await readdir(folder)).filter((name) => name.startsWith(temporary));
        for (const name of left) await rm(join(folder, name), { force: true });
      }
    },
  };
}

export interface S3OutputOptions {
  /** Undefined: what the process has. */
  credentials: S3Credentials | undefined;
  /** Where the output names none. */
  region: string | undefined;
}

/** Each run has a folder of its own below the prefix. */
export function s3Place(output: S3Output, run: string, options: S3OutputOptions): OutputPlace {
  const prefix = [withoutSlashes(output.prefix ?? ''), runPath(run)].filter((part) => part !== '').join('/');
  const place = placeOf({ ...output, prefix }, options);
  return {
    url: `${s3Address(place)}/`,
    files: storeOf(place, PATIENCE_MS),
    clear: () => Promise.resolve(),
    // Uploads that were begun and not ended are no objects.
    tidy: () => Promise.resolve(),
  };
}

/** Rejects where nothing can be delivered, before a run is paid for. */
export function tryS3Output(output: S3Output, options: S3OutputOptions): Promise<void> {
  return storeOf(placeOf(output, options), BRIEF_MS).tryToWrite();
}

function placeOf(output: S3Output, { credentials, region }: S3OutputOptions): S3Place {
  const { bucket, prefix = '', endpoint } = output;
  const setBy = 'output.s3';
  return { bucket, prefix: withoutSlashes(prefix), endpoint, region: output.region ?? region, credentials, setBy };
}

function storeOf(place: S3Place, patienceMs: number): S3Store {
  return new S3Store(place, { patienceMs, recordsPatienceMs: patienceMs });
}

/** A run's name as parts of a path; the colons of a schedule's times may stay. */
function runPath(run: string): string {
  return runFolder(run)
    .replace(/^runs\//, '')
    .replaceAll('%3A', ':');
}
