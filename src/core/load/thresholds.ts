/** What must hold for a load test to pass. */
import { parseDurationMs } from '../duration.js';
import { mean, quantile } from '../histogram.js';
import type { LoadTally } from './load-tally.js';

export const thresholdMetrics = [
  'latency_avg',
  'latency_p50',
  'latency_p90',
  'latency_p95',
  'latency_p99',
  'ttft_avg',
  'ttft_p50',
  'ttft_p90',
  'ttft_p95',
  'ttft_p99',
  'error_rate',
  'pass_rate',
  'total_cost',
  'rate_limit_rate',
] as const;

export type ThresholdMetric = (typeof thresholdMetrics)[number];

export const thresholdOperators = ['<', '>', '<=', '>='] as const;

export interface Threshold {
  metric: ThresholdMetric;
  operator: (typeof thresholdOperators)[number];
  /** As written: a duration for times, else a number of US dollars or a share such as `0.01` or `1%`. */
  value: string;
  /** Of this scenario alone. Default: all. */
  scenario?: string;
  /** Of this provider or agent alone. Default: all. */
  provider?: string;
  /** Ends the test when it is lost. Default: false. */
  abortOnFail?: boolean;
  /** Milliseconds from the beginning of the test during which losing it does not end the test. Default: 0. */
  graceMs?: number;
}

/** `unknown`: nothing was measured that could tell. It does not pass. */
export type ThresholdState = 'passed' | 'failed' | 'unknown';

export interface ThresholdResult extends Threshold {
  state: ThresholdState;
  /** Milliseconds, a share, or US dollars; absent = nothing was measured. */
  actual?: number;
}

/** The value in milliseconds, as a share, or in US dollars; undefined when it is not one for the metric. */
export function thresholdValue(metric: ThresholdMetric, value: string): number | undefined {
  if (isTimeMetric(metric)) return parseDurationMs(value);
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(value);
  if (metric === 'total_cost') return /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
  const share = percent === null ? value : String(Number(percent[1]) / 100);
  return /^\d+(\.\d+)?(e-\d+)?$/.test(share) && Number(share) <= 1 ? Number(share) : undefined;
}

/** Measured in milliseconds. */
export const isTimeMetric = (metric: ThresholdMetric): boolean =>
  metric.startsWith('latency_') || metric.startsWith('ttft_');

/** How the threshold stands by what was measured of its scenario and provider. */
export function judge(threshold: Threshold, tally: LoadTally): ThresholdResult {
  const actual = measured(threshold.metric, tally);
  const value = thresholdValue(threshold.metric, threshold.value);
  if (actual === undefined || value === undefined) return { ...threshold, state: 'unknown' };
  return { ...threshold, actual, state: holds(actual, threshold.operator, value) ? 'passed' : 'failed' };
}

/** Undefined where nothing was measured that could tell. */
function measured(metric: ThresholdMetric, tally: LoadTally): number | undefined {
  const { requests, conversations } = tally;
  const ended = conversations.passed + conversations.failed + conversations.errored;
  switch (metric) {
    case 'error_rate':
      return share(requests.failed, requests.ended);
    case 'rate_limit_rate':
      return share(requests.rateLimited, requests.ended);
    case 'pass_rate':
      return share(conversations.passed, ended);
    case 'total_cost':
      return requests.ended > 0 && tally.unpriced === 0 ? tally.costUsd : undefined;
    default: {
      const times = metric.startsWith('ttft_') ? tally.ttft : tally.latency;
      const kind = metric.slice(metric.indexOf('_') + 1);
      return kind === 'avg' ? mean(times) : quantile(times, Number(kind.slice(1)) / 100);
    }
  }
}

const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

function holds(actual: number, operator: Threshold['operator'], value: number): boolean {
  if (operator === '<') return actual < value;
  if (operator === '<=') return actual <= value;
  return operator === '>' ? actual > value : actual >= value;
}
