/** What Prometheus is told of load tests: what the status of their job measures, so that both always agree. */
import type { KubeObject } from './ports.js';
import { ERROR } from './reconcile/arena-job-load.js';
import { fieldOf } from './status-fields.js';

type Labels = { [name: string]: string };

/** Makes a gauge whose values are asked for each time. */
export type MakeGauge = (
  name: string,
  help: string,
  labelNames: string[],
  collect: (set: (labels: Labels, value: number) => void) => void,
) => void;

/** Name and help → the measures of the status, each with the labels that tell it from the others. */
const FIGURES: readonly [name: string, help: string, measures: readonly [measure: string, labels: Labels][]][] = [
  ['arena_load_target', 'Target of the load test now: requests a second, or virtual users.', [['target', {}]]],
  ['arena_load_requests_per_second', 'Requests that are sent a second.', [['rps', {}]]],
  ['arena_load_in_flight', 'Requests in flight.', [['inFlight', {}]]],
  ['arena_load_lanes', 'Workers that share the load.', [['lanes', {}]]],
  [
    'arena_load_requests',
    'Requests of the latest run that have ended, by outcome; those of a lost worker are unknown.',
    [
      ['passedRequests', { outcome: 'passed' }],
      ['failedRequests', { outcome: 'failed' }],
      ['rateLimitedRequests', { outcome: 'rate_limited' }],
      ['unknownRequests', { outcome: 'unknown' }],
    ],
  ],
  ['arena_load_conversations', 'Conversations of the latest run that have begun.', [['conversations', {}]]],
  ['arena_load_turns', 'User turns of the latest run that were answered.', [['turns', {}]]],
  [
    'arena_load_tokens',
    'Tokens of the latest run so far, by direction.',
    [
      ['inputTokens', { direction: 'input' }],
      ['outputTokens', { direction: 'output' }],
    ],
  ],
  [
    'arena_load_dropped_conversations',
    'Conversations that were due and did not begin.',
    [['droppedConversations', {}]],
  ],
  ['arena_load_cost_usd', 'Cost of the latest run so far, in US dollars.', [['costUsd', {}]]],
  ['arena_load_latency_seconds', 'Latency of requests of the latest run.', quantiles('latency')],
  ['arena_load_wait_seconds', 'Wait of requests of the latest run for paces and permits of ours.', quantiles('wait')],
  ['arena_load_ttft_seconds', 'Time to the first token of requests of the latest run.', quantiles('ttft')],
];

/** Of a test that has ended, what it measured stays; there is no load any more. */
const OF_NOW: ReadonlySet<string> = new Set([
  'arena_load_target',
  'arena_load_requests_per_second',
  'arena_load_in_flight',
  'arena_load_lanes',
]);

/** Failed requests by error code: which ones there are is known when they have happened. */
function observeErrors(gauge: MakeGauge, jobs: () => KubeObject[]): void {
  const help = 'Failed requests of the latest run, by error code, the most frequent ones.';
  gauge('arena_load_errors', help, ['namespace', 'job', 'code'], (set) => {
    for (const { metadata, status } of jobs()) {
      const labels = { namespace: metadata.namespace, job: metadata.name };
      for (const [measure, value] of measuresOf(status) ?? []) {
        if (measure.startsWith(ERROR)) set({ ...labels, code: measure.slice(ERROR.length) }, value);
      }
    }
  });
}

export function observeLoad(gauge: MakeGauge, jobs: () => KubeObject[]): void {
  observeErrors(gauge, jobs);
  for (const [name, help, measures] of FIGURES) {
    const own = Object.keys(measures[0]?.[1] ?? {});
    gauge(name, help, ['namespace', 'job', ...own], (set) => {
      for (const { metadata, status } of jobs()) {
        const load = measuresOf(status);
        if (load === undefined || (OF_NOW.has(name) && !isRunning(status))) continue;
        const labels = { namespace: metadata.namespace, job: metadata.name };
        for (const [measure, part] of measures) {
          const value = measureOf(load, measure);
          if (value !== undefined) set({ ...labels, ...part }, value);
        }
      }
    });
  }
}

function quantiles(times: string): [measure: string, labels: Labels][] {
  return [
    [`${times}P50Ms`, { quantile: '0.5' }],
    [`${times}P95Ms`, { quantile: '0.95' }],
    [`${times}P99Ms`, { quantile: '0.99' }],
  ];
}

function measureOf(load: Map<string, number>, measure: string): number | undefined {
  if (measure === 'passedRequests') return (load.get('requests') ?? 0) - (load.get('failedRequests') ?? 0);
  // Those that were refused for their number are among the failed ones.
  if (measure === 'failedRequests') return (load.get('failedRequests') ?? 0) - (load.get('rateLimitedRequests') ?? 0);
  const value = load.get(measure);
  return measure.endsWith('Ms') && value !== undefined ? value / 1000 : value;
}

/** The numbers among the measures; undefined: the job is no load test, or has not begun. */
function measuresOf(status: unknown): Map<string, number> | undefined {
  const load = fieldOf(status, 'load');
  if (typeof load !== 'object' || load === null) return undefined;
  const numbers = Object.entries(load).map(([name, text]): [string, number] => [name, Number(text)]);
  return new Map(numbers.filter(([, value]) => Number.isFinite(value)));
}

const isRunning = (status: unknown): boolean => fieldOf(status, 'phase') === 'Running';
