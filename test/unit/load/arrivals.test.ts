import { describe, expect, test } from '@jest/globals';
import { type ArrivalKind, Arrivals, type Share } from '../../../src/core/load/arrivals.js';
import { type Course, courseOf, dueBy, retargeted } from '../../../src/core/load/course.js';
import { seededRandom } from '../../../src/core/seeded-random.js';

/** 0 → 100 a second in 10 s, then 20 s at 100: 2,500 requests. */
const COURSE = courseOf([
  { durationMs: 10_000, target: 100 },
  { durationMs: 20_000, target: 100 },
]);
const ALONE: Share = { place: 0, of: 1 };

function lane(course: Course, share: Share, kind: ArrivalKind = 'constant', startMs = 0): Arrivals {
  return new Arrivals(kind, course, share, seededRandom(7 + share.place), startMs);
}

/** Due times until the end, or until `before`. */
function times(arrivals: Arrivals, requests = 1, before = Infinity): number[] {
  const all: number[] = [];
  for (let due = arrivals.next(); due !== undefined && due < before; due = arrivals.next()) {
    all.push(due);
    arrivals.take(requests);
  }
  return all;
}

describe('the arrivals of a lane', () => {
  test('lie on the course, one for each request that is due', () => {
    const all = times(lane(COURSE, ALONE));
    expect(all).toHaveLength(2_500);
    for (const [number, ms] of all.entries()) expect(dueBy(COURSE, ms)).toBeCloseTo(number, 4);
  });

  test('are together with those of the other lanes as those of one lane alone', () => {
    const lanes = [0, 1, 2].flatMap((place) => times(lane(COURSE, { place, of: 3 })));
    const alone = times(lane(COURSE, ALONE));
    expect(lanes).toHaveLength(alone.length);
    for (const [number, ms] of lanes.sort((a, b) => a - b).entries()) expect(ms).toBeCloseTo(alone[number] ?? -1, 4);
  });

  test('begin with what is due from then on where a lane is taken up again', () => {
    const all = times(lane(COURSE, { place: 1, of: 2 }, 'constant', 20_005));
    expect(all.slice(0, 3).map(Math.round)).toEqual([20_010, 20_030, 20_050]);
    expect(all).toHaveLength(500);
  });

  test('are fewer where a conversation makes several requests', () => {
    const all = times(lane(COURSE, ALONE), 5);
    expect(all).toHaveLength(500);
    expect(all.slice(-2).map(Math.round)).toEqual([29_900, 29_950]);
  });

  test('make up for conversations that made other than the expected requests', () => {
    const arrivals = lane(COURSE, ALONE);
    const before = times(arrivals, 2, 20_000);
    expect(before).toHaveLength(750);
    arrivals.correct(10);
    expect(arrivals.next()).toBeCloseTo(20_100, 4);
    arrivals.correct(-20);
    expect(arrivals.next()).toBeCloseTo(19_900, 4);
  });

  test('follow another target without making up for what was due under the old one', () => {
    const arrivals = lane(COURSE, ALONE);
    times(arrivals, 1, 20_000);
    arrivals.change(20_000, retargeted(COURSE, 20_000, 10, 0), ALONE);
    const slow = times(arrivals);
    expect(slow).toHaveLength(100);
    expect((slow[1] ?? 0) - (slow[0] ?? 0)).toBeCloseTo(100, 4);
    // Heard of half a second late: 50 have begun meanwhile, and the pace goes on from there all the same.
    const late = lane(COURSE, ALONE);
    times(late, 1, 20_500);
    late.change(20_500, retargeted(COURSE, 20_000, 10, 0), ALONE);
    expect(times(late)).toHaveLength(95);
  });

  test('divide anew when a lane joins or leaves', () => {
    const first = lane(COURSE, ALONE);
    const alone = times(first, 1, 15_000);
    first.change(15_000, COURSE, { place: 0, of: 2 });
    const second = lane(COURSE, { place: 1, of: 2 }, 'constant', 15_000);
    const both = [...times(first, 1, 20_000), ...times(second, 1, 20_000)];
    first.change(20_000, COURSE, ALONE);
    const rest = times(first);
    const all = [...alone, ...both.sort((a, b) => a - b), ...rest];
    expect(all).toHaveLength(2_500);
    for (const [number, ms] of all.entries()) expect(dueBy(COURSE, ms)).toBeCloseTo(number, 3);
  });

  test('come by chance, as many and as scattered as a Poisson process has them', () => {
    const gaps: number[] = [];
    const counts: number[] = [];
    for (let seed = 0; seed < 40; seed += 1) {
      const all = times(new Arrivals('poisson', COURSE, ALONE, seededRandom(seed)));
      counts.push(all.length);
      const level = all.filter((ms) => ms >= 10_000);
      for (let i = 1; i < level.length; i += 1) gaps.push((level[i] ?? 0) - (level[i - 1] ?? 0));
    }
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const gap = mean(gaps);
    const spread = Math.sqrt(mean(gaps.map((value) => (value - gap) ** 2)));
    // Mean and standard deviation of an exponential gap are the same; bounds of 4 standard errors.
    expect(Math.abs(mean(counts) - 2_500)).toBeLessThan((4 * 50) / Math.sqrt(40));
    expect(Math.abs(gap - 10)).toBeLessThan(0.15);
    expect(Math.abs(spread - 10)).toBeLessThan(0.3);
  });
});
