import { describe, expect, test } from '@jest/globals';
import { Arrivals } from '../../../src/core/load/arrivals.js';
import { courseOf } from '../../../src/core/load/course.js';
import { seededRandom } from '../../../src/core/seeded-random.js';

/** 50 a second for 200 seconds. */
const RATE = 50;
const SECONDS = 200;
const COURSE = courseOf([
  { durationMs: 0, target: RATE },
  { durationMs: SECONDS * 1_000, target: RATE },
]);

/** When conversations begin, over all lanes, in milliseconds. */
function arrivals(lanes: number, seed: number): number[] {
  const all: number[] = [];
  for (let place = 0; place < lanes; place += 1) {
    const lane = new Arrivals('poisson', COURSE, { place, of: lanes }, seededRandom(seed + place));
    for (let due = lane.next(); due !== undefined; due = lane.next()) {
      all.push(due);
      lane.take(1);
    }
  }
  return all.sort((a, b) => a - b);
}

const gapsOf = (times: number[]) => times.slice(1).map((ms, place) => (ms - (times[place] ?? 0)) / 1_000);

/** Greatest distance between how the gaps are distributed and how gaps of a Poisson process are (Kolmogorov, Smirnov). */
function distance(gaps: number[]): number {
  const sorted = gaps.toSorted((a, b) => a - b);
  return sorted.reduce((greatest, gap, place) => {
    const expected = 1 - Math.exp(-RATE * gap);
    const above = (place + 1) / sorted.length - expected;
    return Math.max(greatest, above, expected - place / sorted.length);
  }, 0);
}

/** Beyond this distance, so many gaps of a Poisson process are less than once in a hundred times. */
const bound = (gaps: number) => 1.628 / Math.sqrt(gaps);

const LANES: [lanes: number, seed: number][] = [1, 2, 3, 7].flatMap((lanes) => [11, 500].map((seed) => [lanes, seed]));

describe('arrivals by chance', () => {
  test.each(LANES)('of %d lanes with seed %d have the gaps of a Poisson process', (lanes, seed) => {
    const gaps = gapsOf(arrivals(lanes, seed));
    expect(distance(gaps)).toBeLessThan(bound(gaps.length));
    // As many as are due, within four standard deviations.
    expect(Math.abs(gaps.length - RATE * SECONDS)).toBeLessThan(4 * Math.sqrt(RATE * SECONDS));
  });

  test.each(LANES)('of %d lanes with seed %d say nothing about the gap that follows', (lanes, seed) => {
    const gaps = gapsOf(arrivals(lanes, seed));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const spread = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0);
    const joint = gaps.slice(1).reduce((sum, gap, place) => sum + (gap - mean) * ((gaps[place] ?? 0) - mean), 0);
    // Autocorrelation of independent gaps: a standard deviation of one through the root of their number.
    expect(Math.abs(joint / spread)).toBeLessThan(3 / Math.sqrt(gaps.length));
  });

  test('would be told from even ones, and from those of another rate', () => {
    const even = Array.from({ length: RATE * SECONDS }, () => 1 / RATE);
    expect(distance(even)).toBeGreaterThan(bound(even.length));
    const rarer = gapsOf(arrivals(1, 11)).map((gap) => gap * 1.05);
    expect(distance(rarer)).toBeGreaterThan(bound(rarer.length));
  });
});
