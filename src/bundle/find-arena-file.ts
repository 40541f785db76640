import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Fault } from './fault.js';
import { closest } from './suggest.js';

/** Tried in this order; otherwise the only `*.arena.yaml` of the folder. */
const ENTRY_NAMES = ['config.arena.yaml', 'config.arena.yml', 'arena.yaml', 'arena.yml'];

const isArenaFile = (name: string) => /\.arena\.ya?ml$/.test(name);

function missing(path: string): Fault {
  const parent = dirname(resolve(path));
  let entries: string[] = [];
  try {
    entries = readdirSync(parent);
  } catch {
    // Without its folder there is nothing to suggest.
  }
  const meant = closest(basename(path), entries);
  const hint = meant === undefined ? 'name a bundle folder or an Arena file' : `did you mean "${meant}"?`;
  return { severity: 'error', file: path, message: 'does not exist', hint };
}

/** The Arena file that a user means by a folder or a file. */
export function findArenaFile(path: string): { folder: string; file: string } | Fault {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return missing(path);
  if (!stats.isDirectory()) return { folder: dirname(resolve(path)), file: basename(path) };
  const chosen = chooseArenaFile(readdirSync(path).sort());
  return 'file' in chosen ? { folder: resolve(path), file: chosen.file } : { severity: 'error', file: path, ...chosen };
}

/** The Arena file of a folder that holds these names, or why there is none to choose. */
export function chooseArenaFile(names: readonly string[]): { file: string } | { message: string; hint: string } {
  const entry = ENTRY_NAMES.find((name) => names.includes(name));
  if (entry !== undefined) return { file: entry };
  const candidates = names.filter(isArenaFile);
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return { file: only };
  const message = only === undefined ? 'has no Arena file' : `has several Arena files: ${candidates.join(', ')}`;
  const hint = only === undefined ? `expected ${ENTRY_NAMES[0]} in it` : 'name one of them';
  return { message, hint };
}
