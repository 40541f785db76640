import { describe, expect, test } from '@jest/globals';
import { courseOf, dueBy, endOf, peakOf, retargeted, targetAt, timeOf } from '../../../src/core/load/course.js';

/** 0 → 100 in 10 s, 20 s at 100, a jump to 200 for 5 s, down to 0 in 5 s. */
const STAGES = [
  { durationMs: 10_000, target: 100 },
  { durationMs: 20_000, target: 100 },
  { durationMs: 0, target: 200 },
  { durationMs: 5_000, target: 200 },
  { durationMs: 5_000, target: 0 },
];
const COURSE = courseOf(STAGES);

describe('the course of a load test', () => {
  test.each([
    [-1, 0],
    [0, 0],
    [5_000, 50],
    [10_000, 100],
    [29_999, 100],
    [30_000, 200],
    [37_500, 100],
    [40_000, 0],
    [90_000, 0],
  ])('has at %d ms the target %d', (ms, target) => {
    expect(targetAt(COURSE, ms)).toBeCloseTo(target, 6);
  });

  test.each([
    [0, 0],
    [1_000, 5],
    [10_000, 500],
    [20_000, 1_500],
    [30_000, 2_500],
    [35_000, 3_500],
    [40_000, 4_000],
    [60_000, 4_000],
  ])('has by %d ms %d requests due', (ms, due) => {
    expect(dueBy(COURSE, ms)).toBeCloseTo(due, 6);
  });

  test('tells when each request is due, and of none beyond its end', () => {
    for (let due = 0; due < 4_000; due += 1) {
      const ms = timeOf(COURSE, due);
      expect(ms).toBeDefined();
      expect(dueBy(COURSE, ms ?? -1)).toBeCloseTo(due, 4);
    }
    expect([timeOf(COURSE, 4_000), endOf(COURSE), peakOf(COURSE)]).toEqual([undefined, 40_000, 200]);
  });

  test('spaces requests evenly where it is level', () => {
    expect([600, 601, 602].map((due) => timeOf(COURSE, due))).toEqual([11_000, 11_010, 11_020]);
  });

  test('takes another target at once and holds it to the end', () => {
    const changed = retargeted(COURSE, 15_000, 20, 0);
    expect([14_999, 15_000, 31_000, 39_999, 40_000].map((ms) => targetAt(changed, ms))).toEqual([100, 20, 20, 20, 0]);
    expect(dueBy(changed, 40_000)).toBeCloseTo(1_000 + 25 * 20, 6);
  });

  test('goes to another target in a straight line when it is given time', () => {
    const changed = retargeted(COURSE, 15_000, 200, 10_000);
    expect([15_000, 20_000, 25_000, 39_000].map((ms) => targetAt(changed, ms))).toEqual([100, 150, 200, 200]);
  });

  test('comes as far towards another target as the time to its end allows', () => {
    const changed = retargeted(COURSE, 30_000, 0, 20_000);
    expect([targetAt(changed, 30_000), targetAt(changed, 35_000), endOf(changed)]).toEqual([200, 150, 40_000]);
    expect(retargeted(COURSE, 40_000, 5, 0)).toEqual(COURSE);
  });
});
