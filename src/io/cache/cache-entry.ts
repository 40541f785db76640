/** How an answer stands in the cache: a line with the SHA-256 of the rest, then JSON. */
import { createHash } from 'node:crypto';
import type { Completion } from '../../core/provider.js';

export interface CacheEntry {
  schemaVersion: 1;
  /** When the answer came, in milliseconds since the epoch. */
  at: number;
  answer: Completion;
}

const DIGEST_CHARACTERS = 64;

export function entryBytes(entry: CacheEntry): Uint8Array {
  const json = JSON.stringify(entry);
  return Buffer.from(`${digestOf(json)}\n${json}`);
}

/** Undefined when these are not the bytes that were written. */
export function readEntry(bytes: Uint8Array): CacheEntry | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  const json = text.slice(DIGEST_CHARACTERS + 1);
  if (text.slice(0, DIGEST_CHARACTERS + 1) !== `${digestOf(json)}\n`) return undefined;
  // Whoever writes the right sum writes the whole entry: it need not be looked at any closer.
  const entry = JSON.parse(json) as CacheEntry;
  return entry.schemaVersion === 1 ? entry : undefined;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
