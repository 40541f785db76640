/** The three ways to a bundle: from a folder, from files in memory, from a pack. */
import { ArenaError } from '../core/errors.js';
import type { Bundle } from './bundle.js';
import type { BundleSource } from './bundle-source.js';
import { diskSource } from './disk-source.js';
import { type Fault, formatFault } from './fault.js';
import { findArenaFile } from './find-arena-file.js';
import { type LoadOptions, readBundle } from './load.js';
import { memorySource } from './memory-source.js';
import { packDigest, packFiles, unpackFiles } from './pack.js';

export interface LoadResult {
  /** Absent when there are errors among the faults. */
  bundle?: Bundle;
  /** Errors and warnings, in the order of the files. */
  faults: Fault[];
  /** The bundle and everything it refers to, ready for the store under its digest. */
  packed?: Uint8Array;
}

function load(source: BundleSource, arenaFile: string, options: LoadOptions): LoadResult {
  const { bundle, faults } = readBundle(source, arenaFile, options);
  if (bundle === undefined) return { faults };
  const packed = packFiles({ arenaFile, files: bundle.files });
  return { bundle: { ...bundle, digest: packDigest(packed), warnings: faults }, faults, packed };
}

/** Loads the bundle in a folder, or of an Arena file. Never touches the network; never throws for what is in the files. */
export function loadBundleFromDisk(path: string, options: LoadOptions = {}): LoadResult {
  const entry = findArenaFile(path);
  if ('severity' in entry) return { faults: [entry] };
  return load(diskSource(entry.folder), entry.file, options);
}

/** Loads a bundle whose files are in memory, by path relative to the Arena file's folder. */
export function loadBundleFromFiles(
  files: ReadonlyMap<string, Uint8Array>,
  arenaFile: string,
  options: LoadOptions = {},
): LoadResult {
  return load(memorySource(files), arenaFile, options);
}

/** Loads a bundle that was checked before it was packed. Throws an `ArenaError` when it is not sound. */
export function loadBundleFromPack(packed: Uint8Array, options: LoadOptions = {}): Bundle {
  const { arenaFile, files } = unpackFiles(packed);
  const { bundle, faults } = readBundle(memorySource(files), arenaFile, options);
  if (bundle === undefined) {
    const errors = faults.filter((fault) => fault.severity === 'error').map(formatFault);
    throw new ArenaError({ code: 'invalid_input', message: errors.join('\n'), hint: 'run arena validate' });
  }
  // What is packed but named by no document, e.g. an extra mock file, belongs to the bundle as well.
  return { ...bundle, files, digest: packDigest(packed), warnings: faults };
}
