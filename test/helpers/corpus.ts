import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';

/** Real bundles with measured results. They lie beside the checkout, not in it. */
export const CORPUS = resolve('..', 'shared', 'corpus');

/** Names of the bundles; empty, with a notice, where the corpus is not at hand. */
export function corpusBundles(): string[] {
  if (!existsSync(CORPUS)) {
    console.warn(`${CORPUS} does not exist: the tests on real bundles are left out`);
    return [];
  }
  return readdirSync(CORPUS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
