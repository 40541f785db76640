/** Tar archives from outside, plain or gzipped: regular files alone, in memory, bounded before anything is kept. */
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract, type Header } from 'tar-stream';
import { ArenaError } from '../../core/errors.js';
import { type FileBudget, shownPath } from './bounded-files.js';

/** Headers and padding of as many files as a budget allows, and some more. */
const OVERHEAD_BYTES = 32 * 1024 * 1024;

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/** How an entry is called that an archive must not have. */
const REFUSED: { [type: string]: string } = {
  link: 'is a hard link',
  symlink: 'is a symbolic link',
  'character-device': 'is a device',
  'block-device': 'is a device',
  fifo: 'is a named pipe',
};

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

export const isGzip = (bytes: Uint8Array): boolean => startsWith(bytes, GZIP);

/** Throws for zstd, which Node 20 cannot read. `what` begins the sentence. */
export function refuseZstd(bytes: Uint8Array, what: string): void {
  if (!startsWith(bytes, ZSTD)) return;
  throw new ArenaError({
    code: 'unsupported',
    message: `${what} is compressed with zstd, which cannot be read here`,
    hint: 'push it with gzip instead (docker buildx: --output type=registry,compression=gzip,force-compression=true)',
  });
}

/**
 * The files of an archive. Throws `invalid_input` when it is broken, goes beyond the budget, or has an entry other than a
 * file or folder, a path that leads elsewhere, or two names that are one on some file systems.
 * @param what begins the sentence of a refusal: `layer 1 of registry/repository`
 */
export async function unpackArchive(
  bytes: Uint8Array,
  budget: FileBudget,
  what: string,
  signal: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  refuseZstd(bytes, what);
  const archive = extract();
  const files = new UnpackedFiles(budget);
  // An error on either side ends the other; the first one that was thrown with a reason of ours is told.
  // The archive is a stream of another library, whose types differ from Node's in what nobody uses here.
  const fed = pipeline([...inflated(bytes, budget), archive as unknown as Writable], { signal });
  const read = readEntries(archive, files);
  const [feeding, reading] = await Promise.allSettled([fed, read]);
  signal.throwIfAborted();
  const errors = [reading, feeding].flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const ours = errors.find((error) => error instanceof ArenaError);
  if (ours !== undefined) throw ours;
  const [other] = errors;
  if (other !== undefined) {
    const why = other instanceof Error ? other.message : String(other);
    const message = `${what} is no sound tar archive (${why.slice(0, 120)})`;
    throw new ArenaError({ code: 'invalid_input', message, hint: 'build and push it again' }, { cause: other });
  }
  return files.found;
}

function inflated(bytes: Uint8Array, budget: FileBudget): [Readable, ...Transform[]] {
  const source = Readable.from(pieces(bytes));
  if (!isGzip(bytes)) return [source];
  const most = budget.limits.bytes + OVERHEAD_BYTES;
  let total = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.byteLength;
      if (total > most) done(budget.tooMuch(`more than ${Math.round(most / 1024 / 1024)} MiB once it is unpacked`));
      else done(null, chunk);
    },
  });
  return [source, createGunzip(), bounded];
}

/** In pieces, so that other work has its turn between them. */
function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function readEntries(archive: Extract, files: UnpackedFiles): Promise<void> {
  for await (const entry of archive) {
    const path = files.accept(entry.header);
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) if (path !== undefined) chunks.push(chunk);
    if (path !== undefined) files.found.set(path, Buffer.concat(chunks));
  }
}

class UnpackedFiles {
  readonly found = new Map<string, Uint8Array>();
  /** Paths of files as a file system that heeds neither case nor composition knows them. */
  private readonly folded = new Map<string, string>();
  private readonly folders = new Set<string>();

  constructor(private readonly budget: FileBudget) {}

  /** Path of a file to be read; undefined for a folder. */
  accept({ name, type, size }: Header): string | undefined {
    const path = name.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
    const refused = Object.hasOwn(REFUSED, type ?? '') ? REFUSED[type ?? ''] : undefined;
    if (refused !== undefined) throw this.budget.refusal(name, refused);
    if (type === 'directory') {
      if (path === '' || path === '.') return undefined;
      this.budget.checkPath(path);
      this.budget.take(name, 0);
      this.addFolder(path);
      return undefined;
    }
    if (type !== 'file' && type !== 'contiguous-file') throw this.budget.refusal(name, 'is no regular file');
    if (!Number.isSafeInteger(size) || size < 0) throw this.budget.refusal(name, 'has no size');
    this.budget.checkPath(path);
    this.budget.take(name, size);
    this.addFile(path);
    return path;
  }

  private addFile(path: string): void {
    const key = path.normalize('NFC').toLowerCase();
    const other = this.folded.get(key);
    if (other === path) throw this.budget.refusal(path, 'stands there twice');
    if (other !== undefined) throw this.clash(path, other);
    if (this.folders.has(key)) throw this.budget.refusal(path, 'is a file and a folder');
    this.folded.set(key, path);
    const end = path.lastIndexOf('/');
    if (end > 0) this.addFolder(path.slice(0, end));
  }

  private addFolder(path: string): void {
    const key = path.normalize('NFC').toLowerCase();
    for (let end = key.length; end > 0; end = key.lastIndexOf('/', end - 1)) {
      const folder = key.slice(0, end);
      if (this.folded.has(folder)) throw this.budget.refusal(path, 'is below a file');
      if (this.folders.has(folder)) return;
      this.folders.add(folder);
    }
  }

  private clash(path: string, other: string): ArenaError {
    return this.budget.refusal(path, `is the same name as ${shownPath(other)} on some file systems`);
  }
}
