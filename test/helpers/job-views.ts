/** What a controller knows of a job, for tests of what it makes of that. */
import { type Decision, decide } from '../../k8s/controller/reconcile/arena-job-decide.js';
import { eventsOf } from '../../k8s/controller/reconcile/arena-job-events.js';
import { runsOf, startedRun } from '../../k8s/controller/reconcile/arena-job-runs.js';
import { statusOf } from '../../k8s/controller/reconcile/arena-job-status.js';
import type { JobView } from '../../k8s/controller/reconcile/arena-job-view.js';
import type { ResolvedJob } from '../../src/cluster/resolved-job.js';
import type { JobResult, Progress, Tally } from '../../src/core/run.js';
import type { ArenaJobStatus } from '../../src/schema/cluster/arena-job-status.js';

export const NOW = Date.parse('2026-11-20T12:00:00Z');
export const RUN = 'shop/nightly/01234567/1';
export const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString().replace('.000Z', 'Z');

export const resolved = (warnings: string[] = []): { job: ResolvedJob } => ({
  job: {
    input: { bundle: { artifact: 'a'.repeat(64) } },
    source: { namespace: 'shop', name: 'prompts', revision: 'main@sha1:1', digest: 'd1' },
    warnings,
  },
});

export const progress = (changes: Partial<Progress> = {}): Progress => ({
  ...{ run: RUN, phase: 'Running', stage: 'running', waitingForRetry: 0, held: [], providers: [], startedAt: NOW },
  counts: { total: 10, passed: 2, failed: 1, errored: 0, reused: 0 },
  shards: { done: 0, inFlight: 1, toDo: 1 },
  spent: { inputTokens: 900, outputTokens: 100, costUsd: 0.825 },
  ...changes,
});

export const tally = (key: string, changes: Partial<Tally> = {}): Tally => ({
  ...{ key, total: 4, passed: 3, failed: 1, errored: 0, usage: { inputTokens: 80, outputTokens: 20 }, costUsd: 0.5 },
  ...{ latency: { count: 4, p50Ms: 100.4, p95Ms: 200 }, avgDurationMs: 1234 },
  ...changes,
});

export const result = (changes: Partial<JobResult> = {}): JobResult => ({
  ...{ schemaVersion: 1, run: RUN, job: 'nightly', phase: 'Failed', reason: 'AssertionsFailed', exitCode: 3 },
  message: '1 of 4 conversations failed',
  bundle: { name: 'greetings', digest: 'f'.repeat(64), source: 'a cluster' },
  counts: { total: 4, passed: 3, failed: 1, errored: 0, reused: 0 },
  ...{ usage: { inputTokens: 80, outputTokens: 20 }, costUsd: 2.5, latency: { count: 4, p50Ms: 100.4, p95Ms: 200 } },
  avgDurationMs: 1234,
  providers: [tally('model')],
  scenarios: [tally('hours', { passed: 2, failed: 0, total: 2 }), tally('refused', { passed: 1, total: 2 })],
  checks: [{ type: 'min_length', passed: 3, failed: 1 }],
  failures: [{ id: 'refused/model', index: 1, verdict: 'failed', reason: 'min_length', message: 'too short' }],
  rows: { providers: 1, scenarios: 2, checks: 1, failures: 1 },
  ...{ reportUrl: 's3://results/shop/nightly/1', reports: [], startedAt: NOW - 10_000, endedAt: NOW - 1000 },
  ...changes,
});

export function view(changes: Partial<JobView> = {}): JobView {
  return {
    job: { namespace: 'shop', name: 'nightly', uid: '0123456789' },
    ...{ generation: 3, createdAt: NOW - 60_000, now: NOW, retry: undefined, before: {}, runs: [] },
    spec: { sourceRef: { name: 'prompts' }, type: 'evaluation' },
    ...changes,
  };
}

/** What is to be told, and the Events that go with it. The time is a moment after `NOW`, when a status is written. */
export function told(changes: Partial<JobView>): {
  status: ArenaJobStatus;
  events: ReturnType<typeof eventsOf>;
  decision: Decision;
} {
  const known = view(changes);
  const { runs, skipped } = runsOf(known);
  const decision = decide(known, runs);
  const { start } = decision;
  const all = start === undefined ? runs : [startedRun(`shop/nightly/01234567/${start.number}`, known.now), ...runs];
  const status = statusOf({ view: known, runs: all, decision });
  return { status, events: eventsOf(known.before, status, decision, skipped), decision };
}

/** A job with a run that is open. `null`: nobody has answered yet. */
export const running = (of: Partial<Progress> | null = {}, more: Partial<JobView> = {}): Partial<JobView> => ({
  before: { phase: 'Running', run: RUN, runs: [{ id: RUN, phase: 'Running', startTime: at(-10) }] },
  runs: [{ id: RUN, state: { open: true, startedAt: NOW - 10_000 }, ...(of && { progress: progress(of) }) }],
  ...more,
});

/** A job whose run has just ended. */
export const ended = (of: Partial<JobResult>, more: Partial<JobView> = {}): Partial<JobView> => ({
  ...running(),
  runs: [
    {
      id: RUN,
      state: { open: false, startedAt: NOW - 10_000, how: 'completed', result: result(of), closedAt: NOW - 1000 },
    },
  ],
  ...more,
});

/** A job whose run ended without a result. */
export const broken = (
  how: 'failed' | 'cancelled' | 'terminated' | 'timedOut',
  code: 'invalid_input' | 'internal',
  message: string,
): Partial<JobView> => ({
  ...running(),
  runs: [{ id: RUN, state: { open: false, startedAt: NOW - 10_000, how, code, message, closedAt: NOW - 1000 } }],
});
