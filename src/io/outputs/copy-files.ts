import { inOrder } from '../in-order.js';
import type { Store, StoredObject } from '../stores/store.js';

/** Files that are copied at a time. */
const FILES_AT_ONCE = 4;

/** The last file of a report: where it stands, all the others are whole. */
const LAST = 'summary.json';

export interface CopyOptions {
  /** Files that an earlier try has copied, in the order in which they are copied. */
  done?: number;
  /** Called with every piece that was written. `done`: files that are there. */
  onProgress?(done: number): void;
}

/**
 * Copies everything below a folder of the store, each file whole or not at all. Copying again changes nothing. Memory
 * does not grow with the files. Returns their paths below the folder.
 */
export async function copyFiles(
  from: Store,
  folder: string,
  to: Pick<Store, 'write'>,
  { done: skipped = 0, onProgress }: CopyOptions = {},
): Promise<string[]> {
  const files = inCopyOrder(await from.list(folder), folder);
  let done = Math.min(skipped, files.length);
  const told = () => onProgress?.(done);
  const copy = ({ key }: StoredObject) => copyFile(from, key, to, pathOf(key, folder), told);
  // Files are counted when all before them are there as well.
  const copied = inOrder(files.slice(done, -1), FILES_AT_ONCE, copy);
  for await (const _ of copied) {
    done += 1;
    told();
  }
  for (const last of files.slice(Math.max(done, files.length - 1))) await copy(last);
  return files.map(({ key }) => pathOf(key, folder));
}

const pathOf = (key: string, folder: string): string => key.slice(folder.length + 1);

function inCopyOrder(files: StoredObject[], folder: string): StoredObject[] {
  const isLast = ({ key }: StoredObject) => key === `${folder}/${LAST}`;
  return [...files.filter((file) => !isLast(file)), ...files.filter(isLast)];
}

/** One file, whole or not at all. `told`: called with every piece that was written. */
export async function copyFile(
  from: Store,
  key: string,
  to: Pick<Store, 'write'>,
  path: string,
  told: () => void = () => undefined,
): Promise<void> {
  // Opened last: what is opened to be read stays open until it is read.
  const file = await to.write(path);
  try {
    const pieces = await from.read(key);
    if (pieces === undefined) throw new Error(`${from.locate(key)} has gone while it was copied`);
    for await (const piece of pieces) {
      await file.write(piece);
      told();
    }
    await file.end();
  } catch (error) {
    // What made it fail is what is to be told.
    await file.abort().catch(() => undefined);
    throw error;
  }
}
