import { describe, expect, test } from '@jest/globals';
import { wilsonInterval } from '../../src/core/wilson-interval.js';
import { formatInterval } from '../../src/report/figures.js';

describe('the interval of a pass rate', () => {
  // Values of the score interval as statistics tables have them.
  test.each([
    [8, 10, 0.4902, 0.9433],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [1, 1, 0.2065, 1],
    [0, 1, 0, 0.7935],
    [50, 100, 0.4038, 0.5962],
    [9990, 10_000, 0.9982, 0.9995],
  ])('of %d in %d is %d to %d', (part, whole, low, high) => {
    const interval = wilsonInterval(part, whole);
    expect(interval?.low).toBeCloseTo(low, 3);
    expect(interval?.high).toBeCloseTo(high, 3);
  });

  test('is unknown when nothing was tried', () => {
    expect(wilsonInterval(0, 0)).toBeUndefined();
    expect(formatInterval(0, 0)).toBeUndefined();
  });

  test.each([
    [8, 10, '49–94 %'],
    [0, 3, '0–56 %'],
    [9990, 10_000, '99.8–99.9 %'],
  ])('of %d in %d reads %s', (part, whole, words) => {
    expect(formatInterval(part, whole)).toBe(words);
  });
});
