import { type Histogram, mean, quantile } from '../histogram.js';
import type { LoadLatency } from './load-summary.js';

/** The times that load tests tell of, in hundredths of a millisecond; without any where nothing was recorded. */
export function loadLatency(times: Histogram): LoadLatency {
  const { count, max } = times;
  if (count === 0) return { count };
  const at = (q: number): number => rounded(quantile(times, q) ?? 0);
  return {
    count,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
    meanMs: rounded(mean(times) ?? 0),
    maxMs: rounded(max),
  };
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
