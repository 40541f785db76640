/** What a record says, for telling duplicates: in one text, and as sequences of words. */
import type { DataRecord } from '../../core/datagen/data-record.js';
import { sortKeys } from '../json.js';

/** By a name of its own: where globals are looked up anew each time, as in tests, that costs more than all else here. */
const { imul } = Math;

/** Words beyond it are not compared: a record is then known by its beginning. */
const MAX_WORDS = 20_000;
/** Words that stand together. */
const TOGETHER = 3;

/** Scripts without spaces are compared letter by letter. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{N}\p{M}])+/gu;

/**
 * Structured records say their data, others their conversation without the system message: who said what, with the
 * calls of tools but without ids that providers make up. Runs of white space count as one space.
 */
export function saidBy({ data, messages }: DataRecord): string {
  if (data !== undefined) return spaced(JSON.stringify(sortKeys(data)));
  const lines = messages
    .filter(({ role }) => role !== 'system')
    .map(({ role, content, tool_calls = [] }) => {
      const calls = tool_calls.map(({ function: { name, arguments: args } }) => `${name}(${args})`);
      return `${role}: ${[content, ...calls].join(' ')}`;
    });
  return lines.map(spaced).join('\n');
}

function spaced(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim();
}

/**
 * Hashes of all sequences of three words, each once, in ascending order: upper and lower case and punctuation do not
 * count. A shorter text is one sequence. Two sequences of a text share a hash about once in four thousand million.
 */
export function wordSequences(text: string): Uint32Array {
  const words: number[] = [];
  for (const [word] of text.normalize('NFKC').toLowerCase().matchAll(WORD)) {
    words.push(hashOf(word));
    if (words.length >= MAX_WORDS) break;
  }
  const last = Math.max(1, words.length - TOGETHER + 1);
  const found = new Set<number>();
  for (let from = 0; from < last; from += 1) {
    let hash = 0x9747b28c;
    for (const word of words.slice(from, from + TOGETHER)) hash = mix(hash, word);
    found.add(hash >>> 0);
  }
  return Uint32Array.from(found).sort();
}

/** FNV-1a over UTF-16. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index += 1) hash = imul(hash ^ word.charCodeAt(index), 0x01000193);
  return hash;
}

/** A round of MurmurHash3. */
function mix(hash: number, value: number): number {
  let k = imul(value, 0xcc9e2d51);
  k = imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
}

/** Part of both that stands in each: |A ∩ B| / |A ∪ B|, 0 to 1. Both in ascending order. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [left = 0, right = 0] = [a[i], b[j]];
    if (left === right) shared += 1;
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  const all = a.length + b.length - shared;
  return all === 0 ? 1 : shared / all;
}
