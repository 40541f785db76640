/** Bundles among the files of a source, which are kept as they came: which of them make a bundle, the Arena file says. */
import { posix } from 'node:path';
import { chooseArenaFile } from './find-arena-file.js';
import type { LoadOptions } from './load.js';
import { type LoadResult, loadBundleFromFiles } from './load-bundle.js';
import { unpackFiles } from './pack.js';
import { closest } from './suggest.js';

/**
 * Loads the bundle of an Arena file, by default the one at the top. Files that lie beside its folder are there for it,
 * those outside the source are not. Throws an `ArenaError` when the bytes are no sound artifact.
 */
export function loadBundleFromArtifact(
  packed: Uint8Array,
  { arenaFile, ...options }: LoadOptions & { arenaFile?: string } = {},
): LoadResult {
  const { files } = unpackFiles(packed);
  const chosen = arenaFile === undefined ? chooseArenaFile(topOf(files)) : named(posix.normalize(arenaFile), files);
  if (!('file' in chosen)) return { faults: [{ severity: 'error', file: arenaFile ?? '.', ...chosen }] };
  const folder = posix.dirname(chosen.file);
  const seen = new Map([...files].map(([path, bytes]) => [posix.relative(folder, path), bytes]));
  return loadBundleFromFiles(seen, posix.basename(chosen.file), options);
}

const topOf = (files: ReadonlyMap<string, Uint8Array>): string[] =>
  [...files.keys()].filter((path) => !path.includes('/')).sort();

function named(
  arenaFile: string,
  files: ReadonlyMap<string, Uint8Array>,
): { file: string } | { message: string; hint: string } {
  if (files.has(arenaFile)) return { file: arenaFile };
  const meant = closest(arenaFile, files.keys());
  const hint = meant === undefined ? 'correct spec.arenaFile' : `did you mean "${meant}"?`;
  return { message: 'does not exist in the source', hint };
}
