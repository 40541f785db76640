import { describe, expect, test } from '@jest/globals';
import { type Plan, PlanIndex } from '../../src/core/plan.js';
import { shardSize } from '../../src/core/shard.js';

const plan: Plan = {
  schemaVersion: 1,
  bundle: 'x',
  cells: [
    { scenario: 'a', providers: ['p', 'q'], trials: 2 },
    { scenario: 'none', providers: [], trials: 1 },
    { scenario: 'b', providers: ['q'], trials: 1 },
  ],
  regions: ['default'],
};

describe('a plan', () => {
  test('numbers every cell once before any cell twice', () => {
    const index = new PlanIndex(plan);
    const ids = Array.from({ length: index.size }, (_, i) => index.at(i).id);
    expect(ids).toEqual(['a/p/t1', 'a/q/t1', 'b/q', 'a/p/t2', 'a/q/t2']);
    expect(index.size).toBe(5);
  });

  test('shows the region in ids when there is a choice', () => {
    const index = new PlanIndex({
      ...plan,
      cells: [{ scenario: 'a', providers: ['p'], trials: 1 }],
      regions: ['eu', 'us'],
    });
    expect([index.at(0).id, index.at(1).id]).toEqual(['a/p/eu', 'a/p/us']);
  });

  test('refuses a number outside', () => {
    const index = new PlanIndex(plan);
    for (const bad of [-1, 5, 1.5]) expect(() => index.at(bad)).toThrow(RangeError);
  });
});

describe('a shard', () => {
  // shows JobInput.workers
  test('is small enough that every slot of every worker gets several', () => {
    expect(shardSize(2000, 100, 1, 1)).toBe(223);
    expect(shardSize(2000, 100, 2, 1)).toBe(112);
  });

  test('is no longer than about half a minute of work', () => {
    expect(shardSize(100_000, 6, 1, 3)).toBe(60);
  });

  test('never holds more than a thousand items, nor less than one', () => {
    expect(shardSize(1_000_000, 10_000, 1, 1)).toBe(1000);
    expect(shardSize(2, 1, 4, 50)).toBe(1);
  });
});
