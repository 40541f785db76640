import { describe, expect, test } from '@jest/globals';
import type { DataRecord } from '../../../src/core/datagen/data-record.js';
import { seededRandom } from '../../../src/core/seeded-random.js';
import { ExactDuplicates } from '../../../src/engine/datagen/exact-duplicates.js';
import { NearDuplicates } from '../../../src/engine/datagen/near-duplicates.js';
import { jaccard, saidBy, wordSequences } from '../../../src/engine/datagen/record-words.js';

const record = (parts: Partial<DataRecord>): DataRecord => ({
  messages: [],
  metadata: { id: 'x', scenario: 's', provider: 'p', seed: 1, usage: {}, verdict: 'passed', checks: [] },
  ...parts,
});
const chat = (...contents: string[]): DataRecord =>
  record({ messages: contents.map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content })) });
const call = (id: string, args: string): DataRecord =>
  record({
    messages: [
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: args } }],
      },
      { role: 'tool', content: 'ok', tool_call_id: id },
    ],
  });

describe('what a record says', () => {
  test.each<[string, DataRecord, DataRecord, boolean]>([
    ['white space', chat('a  b\n', 'c'), chat('a b', ' c'), true],
    ['composed letters', chat('caf\u00e9'), chat('cafe\u0301'), true],
    ['ids of calls', call('1', '{}'), call('2', '{}'), true],
    ['arguments of calls', call('1', '{}'), call('1', '{"a":1}'), false],
    ['the system message', record({ messages: [{ role: 'system', content: 'x' }] }), record({}), true],
    ['upper case', chat('A'), chat('a'), false],
    ['who speaks', chat('a', 'b'), chat('a b'), false],
    ['order of keys of data', record({ data: { a: 1, b: 2 } }), record({ data: { b: 2, a: 1 } }), true],
    ['the conversation beside data', { ...chat('a'), data: 1 }, { ...chat('b'), data: 1 }, true],
    ['data', record({ data: 1 }), record({ data: 2 }), false],
  ])('%s', (_, one, other, same) => {
    expect(saidBy(one) === saidBy(other)).toBe(same);
    const seen = new ExactDuplicates();
    seen.add(saidBy(one));
    expect(seen.has(saidBy(other))).toBe(same);
  });

  test('is told apart for 10,000 texts', () => {
    const seen = new ExactDuplicates();
    for (let i = 0; i < 10_000; i += 1) seen.add(`text ${i}`);
    expect(Array.from({ length: 10_000 }, (_, i) => seen.has(`text ${i}`)).every(Boolean)).toBe(true);
    expect(Array.from({ length: 10_000 }, (_, i) => seen.has(`text ${i}!`)).some(Boolean)).toBe(false);
  });
});

describe('sequences of three words', () => {
  test.each<[string, string, string, number]>([
    ['the same words', 'Where is my order?', 'where IS my order', 1],
    ['nothing in common', 'a b c d', 'e f g h', 0],
    // Sequences abc bcd against abc bcx: one of three.
    ['one word', 'a b c d', 'a b c x', 1 / 3],
    ['short texts', 'yes', 'yes!', 1],
    ['no words at all', '?', '!', 1],
    ['no spaces between words', '我想退货谢谢', '我想退货谢你', 3 / 5],
  ])('of %s', (_, one, other, expected) => {
    expect(jaccard(wordSequences(one), wordSequences(other))).toBeCloseTo(expected, 10);
  });
});

/** Similarity without any of the product's parts. */
function trueSimilarity(a: string, b: string): number {
  const sequences = (text: string) => {
    const words = text.split(' ');
    return new Set(words.slice(2).map((_, i) => words.slice(i, i + 3).join(' ')));
  };
  const [one, other] = [sequences(a), sequences(b)];
  const shared = [...one].filter((sequence) => other.has(sequence)).length;
  return shared / (one.size + other.size - shared);
}

describe('near duplicates', () => {
  const random = seededRandom(7);
  const word = () => `w${Math.floor(random() * 5000)}`;
  const originals = Array.from({ length: 150 }, () => Array.from({ length: 60 }, word));
  /** Each original with one to twenty of its words replaced. */
  const texts = originals.flatMap((words, i) => {
    const changed = [...words];
    for (let n = 0; n <= i % 20; n += 1) changed[Math.floor(random() * 60)] = word();
    return [words.join(' '), changed.join(' ')];
  });

  test.each([0.2, 0.5, 0.8, 0.95, 1])('of a similarity of %d are found, and no others', async (threshold) => {
    const sequences = texts.map(wordSequences);
    // Nothing is held in memory: every comparison reads again.
    const near = new NearDuplicates(threshold, (number) => Promise.resolve(sequences[number] ?? new Uint32Array()));
    const found: number[] = [];
    for (const [number, one] of sequences.entries()) {
      const like = await near.findOrAdd(number, one);
      if (like === undefined) continue;
      found.push(number);
      expect(like.similarity).toBeCloseTo(trueSimilarity(texts[like.number] ?? '', texts[number] ?? ''), 10);
      expect(like.similarity).toBeGreaterThanOrEqual(threshold - 1e-9);
    }
    const expected = texts.flatMap((text, i) =>
      i % 2 === 1 && trueSimilarity(texts[i - 1] ?? '', text) >= threshold ? [i] : [],
    );
    expect(found.filter((number) => !expected.includes(number))).toEqual([]);
    expect(found.length).toBeGreaterThanOrEqual(expected.length * 0.97);
  });

  test('keep their speed where all texts begin alike', async () => {
    const near = new NearDuplicates(0.9, () => Promise.reject(new Error('was in memory')));
    const start = Array.from({ length: 30 }, (_, i) => `s${i}`).join(' ');
    for (let i = 0; i < 1000; i += 1) {
      const own = Array.from({ length: 30 }, (_, n) => `o${i}x${n}`).join(' ');
      expect(await near.findOrAdd(i, wordSequences(`${start} ${own}`))).toBeUndefined();
    }
  });
});
