import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptyHistogram, mergeHistogram, quantile, record } from '../../src/core/histogram.js';

const latencies = fc.array(fc.double({ min: 0.02, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 300 });

describe('a histogram', () => {
  test('gives any quantile within one percent of the true value', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(0.5, 0.9, 0.99, 1), (values, q) => {
        const histogram = emptyHistogram();
        for (const value of values) record(histogram, value);
        const sorted = [...values].sort((a, b) => a - b);
        const truth = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
        const found = quantile(histogram, q) ?? Number.NaN;
        expect(Math.abs(found - truth)).toBeLessThanOrEqual(truth * 0.0101);
      }),
    );
  });

  test('merged of parts is the histogram of the whole', () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const [left, right, whole] = [emptyHistogram(), emptyHistogram(), emptyHistogram()];
        for (const value of a) record(left, value);
        for (const value of b) record(right, value);
        for (const value of [...a, ...b]) record(whole, value);
        mergeHistogram(left, right);
        // Sums of floating-point numbers differ in their last digit with the order.
        expect(left).toEqual({ ...whole, sum: expect.closeTo(whole.sum, 3) });
      }),
    );
  });

  test('of nothing has no quantiles', () => {
    expect(quantile(emptyHistogram(), 0.5)).toBeUndefined();
  });
});
