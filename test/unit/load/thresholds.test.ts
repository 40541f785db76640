import { describe, expect, test } from '@jest/globals';
import { record } from '../../../src/core/histogram.js';
import { emptyTally, type LoadTally, mergeTally } from '../../../src/core/load/load-tally.js';
import {
  judge,
  type ThresholdMetric,
  thresholdMetrics,
  thresholdOperators,
  thresholdValue,
} from '../../../src/core/load/thresholds.js';

/** 200 requests: 10 failed, 4 of them for their number; latencies 1..190 ms, first tokens 0.5..95 ms; $1.25. */
function measuredTally(): LoadTally {
  const tally = emptyTally();
  tally.requests = { ended: 200, failed: 10, rateLimited: 4 };
  tally.conversations = { passed: 45, failed: 3, errored: 2 };
  tally.costUsd = 1.25;
  for (let ms = 1; ms <= 190; ms += 1) {
    record(tally.latency, ms);
    record(tally.ttft, ms / 2);
  }
  return tally;
}

/** What an exact computation gives, and how far a histogram may be off. */
const ACTUAL: { [metric in ThresholdMetric]: [actual: number, error: number] } = {
  latency_avg: [95.5, 1e-9],
  latency_p50: [95, 0.01],
  latency_p90: [171, 0.01],
  latency_p95: [181, 0.01],
  latency_p99: [189, 0.01],
  ttft_avg: [47.75, 1e-9],
  ttft_p50: [47.5, 0.01],
  ttft_p90: [85.5, 0.01],
  ttft_p95: [90.5, 0.01],
  ttft_p99: [94.5, 0.01],
  error_rate: [0.05, 1e-9],
  pass_rate: [0.9, 1e-9],
  total_cost: [1.25, 1e-9],
  rate_limit_rate: [0.02, 1e-9],
};

const isTime = (metric: ThresholdMetric): boolean => /^(latency|ttft)_/.test(metric);
const written = (metric: ThresholdMetric, value: number): string => (isTime(metric) ? `${value}ms` : String(value));

describe('a threshold', () => {
  const cases = thresholdMetrics.flatMap((metric) => thresholdOperators.map((operator) => [metric, operator] as const));

  test.each(cases)('%s %s passes on its side of the value and fails on the other', (metric, operator) => {
    const [actual] = ACTUAL[metric];
    const [low, high] = [written(metric, actual * 0.9), written(metric, actual * 1.05)];
    const [passing, failing] = operator.startsWith('<') ? [high, low] : [low, high];
    const tally = measuredTally();
    expect(judge({ metric, operator, value: passing }, tally).state).toBe('passed');
    expect(judge({ metric, operator, value: failing }, tally).state).toBe('failed');
  });

  test.each(cases)('%s %s does not pass where nothing was measured', (metric, operator) => {
    const result = judge({ metric, operator, value: written(metric, 0.5) }, emptyTally());
    expect(result).toMatchObject({ state: 'unknown' });
    expect(result.actual).toBeUndefined();
  });

  test.each(thresholdMetrics.map((metric) => [metric]))('tells the measured %s', (metric) => {
    const [actual, error] = ACTUAL[metric];
    const told = judge({ metric, operator: '<', value: written(metric, 1) }, measuredTally()).actual ?? Number.NaN;
    expect(Math.abs(told / actual - 1)).toBeLessThanOrEqual(error);
  });

  test.each([
    ['<', 'failed'],
    ['<=', 'passed'],
    ['>', 'failed'],
    ['>=', 'passed'],
  ] as const)('with %s has %s at the very value', (operator, state) => {
    expect(judge({ metric: 'error_rate', operator, value: '5%' }, measuredTally()).state).toBe(state);
  });

  test('on cost is unknown when the price of a request is', () => {
    const tally = measuredTally();
    tally.unpriced = 1;
    expect(judge({ metric: 'total_cost', operator: '<', value: '9' }, tally).state).toBe('unknown');
  });

  test.each([
    ['latency_p95', '2s', 2000],
    ['latency_p95', '250ms', 250],
    ['ttft_avg', '1m30s', 90_000],
    ['latency_avg', '2', undefined],
    ['latency_avg', '', undefined],
    ['latency_avg', '-2s', undefined],
    ['error_rate', '0.01', 0.01],
    ['error_rate', '1%', 0.01],
    ['error_rate', '0', 0],
    ['pass_rate', '100%', 1],
    ['pass_rate', '95', undefined],
    ['pass_rate', '101%', undefined],
    ['rate_limit_rate', '1e-3', 0.001],
    ['error_rate', 'NaN', undefined],
    ['total_cost', '5.00', 5],
    ['total_cost', '$5', undefined],
    ['total_cost', '5%', undefined],
  ] as const)('on %s reads %j as %p', (metric, value, expected) => {
    expect(thresholdValue(metric, value)).toBe(expected);
  });
});

test('tallies of seconds and workers add up to the tally of the whole', () => {
  const [left, right, whole] = [emptyTally(), emptyTally(), emptyTally()];
  for (let ms = 1; ms <= 500; ms += 1) {
    const part = ms % 3 === 0 ? left : right;
    for (const tally of [part, whole]) {
      record(tally.latency, ms);
      record(tally.wait, ms / 10);
      tally.requests.ended += 1;
      tally.turns += 1;
      tally.costUsd += 0.5;
      tally.usage.inputTokens = (tally.usage.inputTokens ?? 0) + ms;
      if (ms % 7 === 0) {
        tally.requests.failed += 1;
        tally.errors.timeout = (tally.errors.timeout ?? 0) + 1;
        tally.conversations.errored += 1;
      } else tally.conversations.passed += 1;
    }
  }
  mergeTally(left, right);
  expect(left).toEqual(whole);
});
