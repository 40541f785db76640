/**
 * Latency histogram with logarithmic buckets: any quantile within 1 % of the true value, exact to merge, plain JSON.
 * Bucket k holds values in (γ^(k−1), γ^k] with γ = 1.01 / 0.99, the scheme of DDSketch (Masson, Rim, Lee, VLDB 2019).
 */
const LOG_GAMMA = Math.log(1.01 / 0.99);

export interface Histogram {
  count: number;
  sum: number;
  max: number;
  /** Values ≤ 0.01 ms. */
  zero: number;
  /** Bucket number → count. */
  buckets: { [bucket: string]: number };
}

export function emptyHistogram(): Histogram {
  return { count: 0, sum: 0, max: 0, zero: 0, buckets: {} };
}

/** Adds a value in milliseconds. */
export function record(histogram: Histogram, valueMs: number): void {
  histogram.count += 1;
  histogram.sum += valueMs;
  if (valueMs > histogram.max) histogram.max = valueMs;
  if (valueMs <= 0.01) {
    histogram.zero += 1;
    return;
  }
  const bucket = Math.ceil(Math.log(valueMs) / LOG_GAMMA);
  histogram.buckets[bucket] = (histogram.buckets[bucket] ?? 0) + 1;
}

/** Adds all of `from` to `into`. */
export function mergeHistogram(into: Histogram, from: Histogram): void {
  into.count += from.count;
  into.sum += from.sum;
  into.zero += from.zero;
  into.max = Math.max(into.max, from.max);
  for (const [bucket, count] of Object.entries(from.buckets))
    into.buckets[bucket] = (into.buckets[bucket] ?? 0) + count;
}

/** Mean in milliseconds, exact; undefined when nothing was recorded. */
export function mean(histogram: Histogram): number | undefined {
  return histogram.count === 0 ? undefined : histogram.sum / histogram.count;
}

/** Value at quantile q (0..1) in milliseconds; undefined when nothing was recorded. */
export function quantile(histogram: Histogram, q: number): number | undefined {
  if (histogram.count === 0) return undefined;
  let rank = Math.max(1, Math.ceil(q * histogram.count)) - histogram.zero;
  if (rank <= 0) return 0;
  const buckets = Object.keys(histogram.buckets).map(Number);
  for (const bucket of buckets.sort((a, b) => a - b)) {
    rank -= histogram.buckets[bucket] ?? 0;
    if (rank <= 0) return Math.min(histogram.max, (2 * Math.exp(bucket * LOG_GAMMA)) / (1 + Math.exp(LOG_GAMMA)));
  }
  return histogram.max;
}
