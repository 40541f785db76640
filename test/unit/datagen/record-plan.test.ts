import { describe, expect, test } from '@jest/globals';
import { nextRound, type Yield } from '../../../src/core/datagen/next-round.js';
import { recordSeed } from '../../../src/core/datagen/record-seed.js';
import { type Plan, type PlanCell, PlanIndex } from '../../../src/core/plan.js';

const cell = (scenario: string, providers: string[]): PlanCell => ({ scenario, providers, trials: 1 });

function indexOf(cells: PlanCell[], items: number, weights?: { [scenario: string]: number }, regions = ['default']) {
  const plan: Plan = {
    schemaVersion: 1,
    bundle: 'x',
    cells,
    regions,
    dataGen: { items, limit: 3 * items, seed: 1, weights },
  };
  const index = new PlanIndex(plan);
  return Array.from({ length: index.size }, (_, item) => index.at(item));
}

const shares = (items: { scenario: string }[]) => {
  const counts: { [scenario: string]: number } = {};
  for (const { scenario } of items) counts[scenario] = (counts[scenario] ?? 0) + 1;
  return counts;
};

describe('the plan of a set of records', () => {
  test('takes scenarios in turn, and the providers of each', () => {
    const ids = indexOf([cell('a', ['p', 'q']), cell('b', ['q'])], 6).map(({ id }) => id);
    expect(ids).toEqual(['a/p/r1', 'b/q/r2', 'a/q/r3', 'b/q/r4', 'a/p/r5', 'b/q/r6']);
  });

  // shows JobInput.dataGen.weights
  test.each<[string, { [scenario: string]: number }, { [scenario: string]: number }]>([
    ['whole weights', { a: 3 }, { a: 300, b: 100 }],
    ['fractions', { a: 0.1, b: 0.3 }, { a: 100, b: 300 }],
    ['names of every object', { constructor: 7 }, { a: 200, b: 200 }],
  ])('mixes scenarios by %s', (_, weights, expected) => {
    expect(shares(indexOf([cell('a', ['p']), cell('b', ['p'])], 400, weights))).toEqual(expected);
  });

  test('mixes them evenly from its beginning', () => {
    const first = indexOf([cell('a', ['p']), cell('b', ['p'])], 40, { a: 3 }).slice(0, 8);
    expect(shares(first)).toEqual({ a: 6, b: 2 });
  });

  test('gives each region its turn, and shows it in ids', () => {
    const ids = indexOf([cell('a', ['p'])], 3, undefined, ['eu', 'us']).map(({ id }) => id);
    expect(ids).toEqual(['a/p/eu/r1', 'a/p/us/r2', 'a/p/eu/r3']);
  });

  test('counts the conversations of each pair, so that variants of a scenario come in turn', () => {
    const trials = indexOf([cell('a', ['p', 'q'])], 4).map(({ trial }) => trial);
    expect(trials).toEqual([1, 1, 2, 2]);
  });

  test('says the same of an item whatever the size of the plan', () => {
    const cells = [cell('a', ['p']), cell('b', ['p'])];
    expect(indexOf(cells, 100, { a: 2 }).slice(0, 10)).toEqual(indexOf(cells, 10, { a: 2 }));
  });

  test('knows items that a further round may add, and refuses others', () => {
    const index = new PlanIndex({
      ...{ schemaVersion: 1, bundle: 'x', cells: [cell('a', ['p'])], regions: ['default'] },
      dataGen: { items: 2, limit: 6, seed: 1 },
    });
    expect([index.size, index.at(5).id]).toEqual([2, 'a/p/r6']);
    for (const bad of [-1, 6, 1.5]) expect(() => index.at(bad)).toThrow(RangeError);
  });
});

describe('the seed of a record', () => {
  test('is another one for each of 200,000 records, and one that every provider takes', () => {
    const seeds = Array.from({ length: 200_000 }, (_, item) => recordSeed(42, item));
    expect(new Set(seeds).size).toBe(200_000);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
  });

  test.each([2, -1, 0, 2 ** 31 + 1, 2 ** 52, -(2 ** 40)])('follows the seed of the set: %d', (seed) => {
    const of = (one: number) => Array.from({ length: 1000 }, (_, item) => recordSeed(one, item));
    const shared = new Set(of(1));
    expect(of(seed).filter((one) => shared.has(one))).toEqual([]);
  });
});

describe('a further round', () => {
  test.each([
    ['makes up for what is missing', [100, 300, { items: 100, records: 100 }], 0],
    ['counts on the losses so far', [100, 300, { items: 100, records: 50 }], 100],
    [
      'counts on the last round where it did worse',
      [100, 1000, { items: 200, records: 90 }, { items: 100, records: 80 }],
      100,
    ],
    ['stays within the attempts', [100, 150, { items: 100, records: 10 }], 50],
    ['ends where no attempt is left', [100, 100, { items: 100, records: 10 }], 0],
    ['does not grow without bound where nothing came', [10, 1000, { items: 10, records: 0 }], 200],
    [
      'is twice the last one where that gave nothing',
      [1000, 9000, { items: 1400, records: 999 }, { items: 1200, records: 999 }],
      400,
    ],
    ['is not misled where nothing was held since', [10, 100, { items: 20, records: 5 }, { items: 20, records: 5 }], 20],
  ] as [string, Parameters<typeof nextRound>, number][])('%s', (_, given, expected) => {
    expect(nextRound(...given)).toBe(expected);
  });

  test('is one of few, however little there is to say', () => {
    const [count, limit, different] = [100_000, 10_000_000, 99_999];
    let rounds = 0;
    let now: Yield = { items: 0, records: 0 };
    for (let further = count; further > 0; rounds += 1) {
      const before = now;
      now = { items: now.items + further, records: Math.min(different, now.items + further) };
      further = nextRound(count, limit, now, before);
    }
    expect(now.items).toBe(limit);
    expect(rounds).toBeLessThan(30);
  });
});
