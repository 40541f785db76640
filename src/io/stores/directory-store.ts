import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { DirectorySegments } from './directory-segments.js';
import type { SegmentWriter, Store, StoredObject, StoreWriter } from './store.js';
import { partsOfKey } from './store-key.js';

/** Files that are being written carry this prefix, so that a listing never shows them. */
const TEMPORARY_PREFIX = '.tmp-';

/** Bytes of a file that are read at a time. */
const READ_BYTES = 1024 * 1024;

/** A store in a folder: of one machine, or of a volume that several machines share. */
export class DirectoryStore implements Store {
  /** `temporaryPrefix`: begins with `.tmp-`; another one lets a writer tell his files that were left behind. */
  constructor(
    private readonly root: string,
    private readonly temporaryPrefix = TEMPORARY_PREFIX,
  ) {}

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.path(key));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async read(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const file = await open(this.path(key), 'r');
      return file.createReadStream({ highWaterMark: READ_BYTES });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    const writer = await this.write(key);
    await writer.write(value);
    await writer.end();
  }

  async putIfAbsent(key: string, value: Uint8Array): Promise<boolean> {
    const path = this.path(key);
    const temporary = await this.writeTemporary(path, value);
    try {
      // link(2) fails when the name exists, on local and network file systems alike; rename(2) would replace.
      await link(temporary, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async list(prefix: string): Promise<StoredObject[]> {
    const top = this.path(prefix);
    const found: StoredObject[] = [];
    const visit = async (folder: string): Promise<void> => {
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(emptyWhenMissing)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) await visit(path);
        else if (!entry.name.startsWith(TEMPORARY_PREFIX)) {
          found.push({ key: relative(this.root, path).split(sep).join('/'), bytes: (await stat(path)).size });
        }
      }
    };
    await visit(top);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async folders(prefix: string): Promise<string[]> {
    const entries = await readdir(this.path(prefix), { withFileTypes: true }).catch(emptyWhenMissing);
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  }

  async delete(key: string): Promise<void> {
    await rm(this.path(key), { force: true }).catch(emptyWhenMissing);
  }

  async deleteBelow(prefix: string): Promise<void> {
    await rm(this.path(prefix), { recursive: true, force: true });
  }

  async write(key: string): Promise<StoreWriter> {
    const path = this.path(key);
    await mkdir(dirname(path), { recursive: true });
    const temporary = join(dirname(path), this.temporaryPrefix + randomUUID());
    const file = await open(temporary, 'wx');
    let bytes = 0;
    return {
      async write(chunk) {
        const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        await file.writeFile(data);
        bytes += data.byteLength;
      },
      async end() {
        await file.datasync();
        await file.close();
        await rename(temporary, path);
        return bytes;
      },
      async abort() {
        await file.close();
        await rm(temporary, { force: true });
      },
    };
  }

  openSegments(prefix: string): SegmentWriter {
    return new DirectorySegments(prefix, (key) => this.path(key));
  }

  locate(key: string): string {
    return this.path(key);
  }

  private async writeTemporary(path: string, value: Uint8Array): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    const temporary = join(dirname(path), this.temporaryPrefix + randomUUID());
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(value);
      await file.datasync();
    } finally {
      await file.close();
    }
    return temporary;
  }

  private path(key: string): string {
    return join(this.root, ...partsOfKey(key));
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
}

function emptyWhenMissing(error: unknown): [] {
  if (isMissing(error)) return [];
  throw error;
}
