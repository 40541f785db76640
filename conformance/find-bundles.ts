import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const GOLDEN_FILE = 'golden.json';

/** Folders that hold a golden: those given, and those directly below them. Throws for one that has neither. */
export function findBundles(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    if (!existsSync(folder)) throw new Error(`${folder} does not exist`);
    if (isBundle(folder)) return [folder];
    const below = readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isDirectory() && isBundle(path))
      .sort();
    if (below.length === 0) throw new Error(`${folder} holds no ${GOLDEN_FILE}, nor does a folder in it`);
    return below;
  });
}

function isBundle(folder: string): boolean {
  return existsSync(join(folder, GOLDEN_FILE));
}
