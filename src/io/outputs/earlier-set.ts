/** Records of an earlier run in a folder that another set is about to be written to. */
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const MANIFEST = 'dataset.json';
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** Paths that files of records have: whatever else a manifest names is not ours to remove. */
const RECORDS = /^dataset(\.(jsonl|csv)|\/(records|train|validation)(-\d{5,})?\.(jsonl|json|csv))$/;

/**
 * Removes the files of an earlier set that a new one does not write over: whoever reads all of `dataset/` would mix
 * the two, and no manifest would name them any more. Only what the earlier manifest lists, and as long as it says, goes.
 *
 * @param paths of all files that will be written, below `dir`
 */
export async function removeEarlierSet(dir: string, run: string, paths: readonly string[]): Promise<void> {
  if (!paths.includes(MANIFEST)) return;
  const own = new Set(paths);
  const earlier = await earlierFiles(join(dir, MANIFEST), run);
  for (const { path, bytes } of earlier) {
    if (own.has(path) || !RECORDS.test(path)) continue;
    const file = join(dir, path);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() && found.size === bytes) await rm(file, { force: true });
  }
}

/** None where there is no manifest, where it is no manifest of ours, or that of the same run. */
async function earlierFiles(path: string, run: string): Promise<{ path: string; bytes: number }[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size > MAX_MANIFEST_BYTES) return [];
  const manifest = parsed(await readFile(path, 'utf8'));
  if (typeof manifest !== 'object' || manifest === null) return [];
  if (!('run' in manifest) || manifest.run === run) return [];
  return 'parts' in manifest && Array.isArray(manifest.parts) ? manifest.parts.filter(isPart) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPart(value: unknown): value is { path: string; bytes: number } {
  if (typeof value !== 'object' || value === null) return false;
  return 'path' in value && typeof value.path === 'string' && 'bytes' in value && typeof value.bytes === 'number';
}
