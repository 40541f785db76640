import { readdirSync, readFileSync, statSync } from 'node:fs';
import { posix, resolve, sep } from 'node:path';
import type { BundleSource, FileProblem } from './bundle-source.js';
import { closest } from './suggest.js';

/** A folder with more files than this is not listed to its end: it is no bundle. */
const MAX_LISTED = 10_000;

function problemOf(error: unknown, absolute: string, path: string): FileProblem {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return { problem: `cannot be read (${String(code ?? error)})` };
  const meant = closest(posix.basename(path), entriesOf(resolve(absolute, '..')));
  if (meant === undefined) return { problem: 'does not exist' };
  return { problem: 'does not exist', hint: `did you mean "${posix.join(posix.dirname(path), meant)}"?` };
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function walk(absolute: string, path: string, found: string[]): void {
  let entries: { name: string; isDirectory(): boolean; isFile(): boolean }[];
  try {
    entries = readdirSync(absolute, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (found.length >= MAX_LISTED) return;
    const child = posix.join(path, entry.name);
    if (entry.isDirectory()) walk(resolve(absolute, entry.name), child, found);
    else if (entry.isFile()) found.push(child);
  }
}

/** A bundle in its author's own folder. It is trusted: links are followed, and paths may lead out of the folder. */
export function diskSource(root: string): BundleSource {
  const absoluteOf = (path: string) => resolve(root, path.split('/').join(sep));
  return {
    read(path, maxBytes) {
      const absolute = absoluteOf(path);
      try {
        const stats = statSync(absolute);
        if (stats.isDirectory()) return { problem: 'is a folder, not a file' };
        if (!stats.isFile()) return { problem: 'is not a regular file' };
        if (stats.size > maxBytes) return { problem: `is larger than ${maxBytes} bytes` };
        return readFileSync(absolute);
      } catch (error) {
        return problemOf(error, absolute, path);
      }
    },
    list(folder) {
      const found: string[] = [];
      walk(absoluteOf(folder), folder, found);
      return found;
    },
  };
}
