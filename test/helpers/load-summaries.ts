/** Load tests as their summaries tell them, built from a few numbers. */
import type { LoadEvent, LoadLatency, LoadPoint, LoadRow, LoadSummary } from '../../src/core/load/load-summary.js';
import type { ThresholdResult } from '../../src/core/load/thresholds.js';
import type { RunSummary } from '../../src/core/run.js';
import { sampleSummary } from './sample-records.js';

/** 2026-11-20T12:00:00Z */
const LOAD_START = 1_795_176_000_000;

/** Times with a long tail, as answers of models have them: multiples of the median. */
function loadLatency(count: number, p50Ms: number): LoadLatency {
  if (count === 0) return { count };
  const times = { p90Ms: 1.8, p95Ms: 2.4, p99Ms: 4.1, p999Ms: 7.5, maxMs: 9.2, meanMs: 1.15 };
  const scaled = Object.fromEntries(Object.entries(times).map(([name, factor]) => [name, p50Ms * factor]));
  return { count, p50Ms, ...scaled };
}

export interface RowNumbers {
  scenario?: string;
  provider?: string;
  ended: number;
  errors?: { [code: string]: number };
  p50Ms?: number;
  /** Median time to the first token, where answers are streamed. */
  ttftMs?: number;
  costUsd?: number;
}

/** One conversation of two requests in ten fails its checks. */
export function loadRow({ ended, errors = {}, p50Ms = 640, ttftMs, costUsd, ...of }: RowNumbers): LoadRow {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const conversations = Math.floor(ended / 2);
  const errored = Math.min(conversations, failed);
  const lost = Math.floor((conversations - errored) / 10);
  return {
    ...of,
    requests: { ended, failed, rateLimited: errors.rate_limited ?? 0 },
    conversations: { passed: conversations - errored - lost, failed: lost, errored },
    turns: ended - failed,
    latency: loadLatency(ended - failed, p50Ms),
    ...(ttftMs === undefined ? {} : { ttft: loadLatency(ended - failed, ttftMs) }),
    wait: loadLatency(ended, 0.4),
    errors,
    usage: { inputTokens: 120 * ended, outputTokens: 34 * ended },
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

/** A ramp over the first tenth, then `target` a second; in the middle the other side stands for a moment. */
export function loadSeries(points: number, target: number, pointSeconds = 1): LoadPoint[] {
  return Array.from({ length: points }, (_, index) => {
    const wanted = target * Math.min(1, (index + 0.5) / Math.max(1, points / 10));
    const stalled = points > 20 && Math.abs(index - points / 2) < points / 60;
    const wave = 1 + 0.12 * Math.sin(index / 3) + 0.05 * Math.sin(index);
    const p50Ms = (stalled ? 2100 : 640) * wave;
    const failed = stalled ? wanted * 0.3 : index % 7 === 0 ? wanted * 0.01 : 0;
    const ended = stalled ? wanted * 0.4 : wanted * (1 + 0.01 * Math.sin(index));
    return {
      second: index * pointSeconds,
      target: wanted,
      sent: wanted * (1 + 0.004 * Math.cos(index)),
      ended,
      failed,
      rateLimited: failed / 2,
      dropped: stalled ? wanted * 0.08 : 0,
      open: (wanted * p50Ms * 2) / 1000,
      inFlight: (wanted * p50Ms) / 1000,
      ...(ended === 0 ? {} : { p50Ms, p95Ms: p50Ms * 2.4, p99Ms: p50Ms * 4.1 }),
    };
  });
}

export function loadEvent(second: number, what: LoadEvent['what'], text: string): LoadEvent {
  return { clockMs: second * 1000, at: LOAD_START + second * 1000, what, text };
}

export const LOST: ThresholdResult = {
  metric: 'latency_p99',
  operator: '<',
  value: '2s',
  provider: 'beta',
  abortOnFail: true,
  graceMs: 30_000,
  state: 'failed',
  actual: 3690,
};
export const HELD: ThresholdResult = {
  metric: 'error_rate',
  operator: '<',
  value: '2%',
  state: 'passed',
  actual: 0.0082,
};
export const UNKNOWN: ThresholdResult = {
  metric: 'pass_rate',
  operator: '>=',
  value: '0.9',
  scenario: 'refunds',
  state: 'unknown',
};

/** Five minutes at 100 requests a second over two scenarios and two providers. */
export function sampleLoad(over: Partial<LoadSummary> = {}): LoadSummary {
  const { series = loadSeries(300, 100), pointSeconds = 1 } = over;
  const errors = { rate_limited: 120, call_timeout: 61, server_error: 54 };
  const all = loadRow({ ended: 28_700, errors, ttftMs: 180, costUsd: 41.2 });
  const { passed, failed, errored } = all.conversations;
  const cell = (scenario: string, provider: string, p50Ms: number, own: { [code: string]: number }): LoadRow =>
    loadRow({ scenario, provider, ended: 7175, errors: own, p50Ms, ttftMs: p50Ms / 4, costUsd: 10.3 });
  return {
    model: 'open',
    arrivals: 'constant',
    course: [
      { startMs: 0, endMs: 30_000, from: 0, to: 100 },
      { startMs: 30_000, endMs: 300_000, from: 100, to: 100 },
    ],
    seconds: series.length * pointSeconds,
    rps: 95.2,
    requests: { sent: 28_712, ended: 28_700, failed: 235, rateLimited: 120, unknown: 12 },
    conversations: { begun: 14_370, passed, failed, errored, dropped: 80, interrupted: 14, unknown: 6 },
    late: loadLatency(14_370, 0.6),
    all,
    scenarios: ['orders', 'refunds'].map((scenario) =>
      loadRow({ scenario, ended: 14_350, ttftMs: 180, costUsd: 20.6 }),
    ),
    providers: [
      loadRow({ provider: 'alpha', ended: 14_350, p50Ms: 480, ttftMs: 120, costUsd: 20.6 }),
      loadRow({ provider: 'beta', ended: 14_350, errors, p50Ms: 900, ttftMs: 260, costUsd: 20.6 }),
    ],
    cells: [
      cell('orders', 'alpha', 470, {}),
      cell('orders', 'beta', 880, { rate_limited: 60, call_timeout: 61 }),
      cell('refunds', 'alpha', 490, {}),
      cell('refunds', 'beta', 920, { rate_limited: 60, server_error: 54 }),
    ],
    pointSeconds,
    series,
    thresholds: [
      HELD,
      { metric: 'latency_p95', operator: '<', value: '3s', state: 'passed', actual: 1536 },
      LOST,
      UNKNOWN,
      { metric: 'total_cost', operator: '<=', value: '50', state: 'passed', actual: 41.2 },
    ],
    budget: { usd: 50, tokens: 5_000_000, usedUsd: 41.2, usedTokens: 4_419_800, reached: false },
    events: [
      loadEvent(0, 'started', 'The load began on 2 workers.'),
      loadEvent(95, 'lanes', 'A worker joined: 3 share the load.'),
      loadEvent(200, 'setRate', 'The target was set from 100 to 100 requests a second.'),
      loadEvent(240, 'paused', 'The test was paused.'),
      loadEvent(252, 'resumed', 'The test went on.'),
    ],
    lanes: 3,
    ...over,
  };
}

/** A closed test of 50 virtual users. */
export function closedLoad(over: Partial<LoadSummary> = {}): LoadSummary {
  const series = loadSeries(120, 50).map((point) => ({ ...point, open: point.target, inFlight: point.target * 0.9 }));
  return sampleLoad({ model: 'closed', series, events: [], budget: undefined, ...over });
}

/** Nothing was sent at all: it was cancelled before it began. */
export function emptyLoad(): LoadSummary {
  const none = { sent: 0, ended: 0, failed: 0, rateLimited: 0, unknown: 0 };
  const conversations = { begun: 0, passed: 0, failed: 0, errored: 0, dropped: 0, interrupted: 0, unknown: 0 };
  return {
    ...sampleLoad({ series: [], events: [], thresholds: [{ ...HELD, state: 'unknown', actual: undefined }] }),
    ...{ seconds: 0, rps: 0, requests: none, conversations, late: { count: 0 }, lanes: 0, budget: undefined },
    ...{ all: loadRow({ ended: 0 }), scenarios: [], providers: [], cells: [] },
  };
}

/** The summary of a run that was this load test. */
export function loadRunSummary(load: LoadSummary = sampleLoad(), over: Partial<RunSummary> = {}): RunSummary {
  const { passed, failed, errored, begun } = load.conversations;
  const lost = load.thresholds.filter(({ state }) => state !== 'passed').length;
  return sampleSummary([], {
    job: 'checkout-load',
    run: 'checkout-load/1',
    type: 'loadtest',
    phase: lost > 0 ? 'Failed' : 'Succeeded',
    reason: lost > 0 ? 'ThresholdsLost' : 'LoadCompleted',
    message: lost > 0 ? `${lost} of ${load.thresholds.length} thresholds did not hold.` : 'All thresholds held.',
    exitCode: lost > 0 ? 4 : 0,
    startedAt: LOAD_START,
    endedAt: LOAD_START + load.seconds * 1000 + 4000,
    counts: { total: begun, passed, failed, errored, reused: 0 },
    usage: load.all.usage,
    costUsd: load.all.costUsd,
    calls: load.requests.ended,
    latency: load.all.latency,
    load,
    ...over,
  });
}
