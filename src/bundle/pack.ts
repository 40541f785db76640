/**
 * A bundle as one string of bytes: a line of JSON that lists the files, then their contents one after the other. It is
 * not compressed, so that the same files give the same bytes, and the same digest, on every version of everything.
 */
import { createHash } from 'node:crypto';
import { ArenaError } from '../core/errors.js';

const FORMAT = 'arena-bundle/1';

/** The list of files of a large bundle is about 1 MB. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** What holds the place of a leading `..` and of the root folder: a pack names no path outside itself. */
const PARENT = '@up';
const ROOT = '@root';

export function broken(why: string): ArenaError {
  const message = `the packed bundle ${why}`;
  return new ArenaError({ code: 'invalid_input', message, hint: 'pack the bundle again with this version' });
}

export interface PackedFiles {
  arenaFile: string;
  files: Map<string, Uint8Array>;
}

/** Names that begin like a stand-in get one more `@`, so that every path comes back as it was. */
function packedName(path: string): string {
  const parts = path.split('/');
  const absolute = parts[0] === '';
  const named = parts.map((part) => (part === '..' ? PARENT : part.replace(/^(@+(?:up|root))$/, '@$1')));
  return absolute ? [ROOT, ...named.slice(1)].join('/') : named.join('/');
}

function unpackedName(name: string): string {
  const parts = name.split('/');
  const bad = (part: string) => part === '' || part === '.' || part === '..' || /[\0\\]/.test(part);
  if (parts.some(bad)) throw broken(`names a path that leads elsewhere: ${JSON.stringify(name)}`);
  const named = parts.map((part) => (part === PARENT ? '..' : part.replace(/^@(@+(?:up|root))$/, '$1')));
  return parts[0] === ROOT ? ['', ...named.slice(1)].join('/') : named.join('/');
}

export function packFiles({ arenaFile, files }: PackedFiles): Uint8Array {
  const entries = [...files].map(([path, bytes]) => ({ name: packedName(path), bytes }));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const header = {
    format: FORMAT,
    arena: packedName(arenaFile),
    files: entries.map(({ name, bytes }) => [name, bytes.byteLength]),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...entries.map(({ bytes }) => bytes)]);
}

function parseHeader(text: string): { arena: string; files: [name: string, bytes: number][] } {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw broken('has no header');
  }
  if (typeof header !== 'object' || header === null) throw broken('has no header');
  if (!('format' in header) || header.format !== FORMAT) throw broken('has an unknown format');
  if (!('arena' in header) || typeof header.arena !== 'string') throw broken('has no Arena file');
  if (!('files' in header) || !Array.isArray(header.files)) throw broken('has no list of files');
  const files = header.files.map((entry: unknown): [string, number] => {
    const [name, bytes]: unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof name !== 'string' || typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) {
      throw broken('has a broken list of files');
    }
    return [name, bytes];
  });
  return { arena: header.arena, files };
}

/** What a pack says that it holds, in its order. Throws when the line is no header, or names no sound paths. */
export function readHeader(line: Uint8Array): { arenaFile: string; files: { path: string; bytes: number }[] } {
  const header = parseHeader(new TextDecoder().decode(line));
  const known = new Set<string>();
  const files = header.files.map(([name, bytes]) => {
    const path = unpackedName(name);
    if (known.has(path)) throw broken(`holds ${JSON.stringify(name)} twice`);
    known.add(path);
    return { path, bytes };
  });
  return { arenaFile: unpackedName(header.arena), files };
}

/** Files of a pack, in memory; nothing is ever written to disk. Throws when the bytes are no sound pack. */
export function unpackFiles(packed: Uint8Array): PackedFiles {
  const end = packed.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a);
  if (end < 0) throw broken('has no header');
  const header = readHeader(packed.subarray(0, end));
  const files = new Map<string, Uint8Array>();
  let offset = end + 1;
  for (const { path, bytes } of header.files) {
    if (offset + bytes > packed.byteLength) throw broken('is cut short');
    files.set(path, packed.subarray(offset, offset + bytes));
    offset += bytes;
  }
  if (offset !== packed.byteLength) throw broken('has bytes that belong to no file');
  return { arenaFile: header.arenaFile, files };
}

/** SHA-256 in hex: the name of a packed bundle. */
export function packDigest(packed: Uint8Array): string {
  return createHash('sha256').update(packed).digest('hex');
}
