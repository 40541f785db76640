/** What Prometheus is told. Figures of objects are taken from the copies at the moment of the question. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { observeLoad } from './load-metrics.js';
import type { KubeObject, WatchedKind } from './ports.js';
import { fieldOf, numberAt, textAt } from './status-fields.js';

/** What is asked for when somebody wants the figures. */
export interface MetricSources {
  /** Objects of the kind that are known, all namespaces together. */
  counts(): Partial<Record<WatchedKind, number>>;
  jobs(): KubeObject[];
  sources(): KubeObject[];
  queue: { readonly depth: number; readonly waiting: number };
  leads(): boolean;
}

const JOB = ['namespace', 'job'] as const;

/** Seconds. A reconcile asks an API server and Temporal; the largest bucket is a call that ran out of time. */
const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class ControllerMetrics {
  readonly registry = new Registry();
  private readonly reconciles: Histogram<'kind'>;
  private readonly errors: Counter<'kind'>;
  private readonly requests: Counter<'verb' | 'code'>;
  private readonly restarts: Counter<'kind' | 'reason'>;
  private readonly dropped: Counter;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.reconciles = new Histogram({
      name: 'arena_controller_reconcile_duration_seconds',
      help: 'Time that one look at an object took.',
      labelNames: ['kind'],
      buckets: RECONCILE_BUCKETS,
      registers,
    });
    this.errors = new Counter({
      name: 'arena_controller_reconcile_errors_total',
      help: 'Looks at an object that failed and are made again.',
      labelNames: ['kind'],
      registers,
    });
    this.requests = new Counter({
      name: 'arena_controller_api_requests_total',
      help: 'Requests to the Kubernetes API server; code 0: no answer.',
      labelNames: ['verb', 'code'],
      registers,
    });
    this.restarts = new Counter({
      name: 'arena_controller_watch_restarts_total',
      help: 'Watches that had to begin again before their time was over.',
      labelNames: ['kind', 'reason'],
      registers,
    });
    this.dropped = new Counter({
      name: 'arena_controller_events_dropped_total',
      help: 'Events that were not written: too many, or the API server did not take them.',
      registers,
    });
  }

  reconciled(kind: string, seconds: number, failed: boolean): void {
    this.reconciles.observe({ kind }, seconds);
    if (failed) this.errors.inc({ kind });
  }

  requested(verb: string, status: number | undefined): void {
    this.requests.inc({ verb, code: String(status ?? 0) });
  }

  watchRestarted(kind: string, reason: string): void {
    this.restarts.inc({ kind, reason });
  }

  eventDropped(): void {
    this.dropped.inc();
  }

  /** Once, when there is something to ask. */
  observe(sources: MetricSources): void {
    const { queue } = sources;
    this.gauge('arena_controller_leader', 'Whether this controller is the one that works.', [], (set) =>
      set({}, sources.leads() ? 1 : 0),
    );
    this.gauge('arena_controller_queue_depth', 'Objects that could be looked at now.', [], (set) =>
      set({}, queue.depth),
    );
    this.gauge('arena_controller_queue_waiting', 'Objects that are looked at again later.', [], (set) =>
      set({}, queue.waiting),
    );
    this.gauge('arena_controller_objects', 'Objects that are known.', ['kind'], (set) => {
      for (const [kind, count] of Object.entries(sources.counts())) set({ kind }, count);
    });
    this.observeJobs(sources);
    observeLoad((...gauge) => this.gauge(...gauge), sources.jobs);
    this.gauge(
      'arena_source_ready',
      'Whether the source has an artifact and its last look went well.',
      ['namespace', 'source'],
      (set) => {
        for (const { metadata, status } of sources.sources()) {
          const labels = { namespace: metadata.namespace, source: metadata.name };
          set(labels, textAt(status, 'phase') === 'Ready' ? 1 : 0);
        }
      },
    );
  }

  private observeJobs({ jobs }: MetricSources): void {
    const each = (name: string, help: string, of: (status: unknown) => number | undefined): void =>
      this.gauge(name, help, [...JOB], (set) => {
        for (const { metadata, status } of jobs()) {
          const value = of(status);
          if (value !== undefined) set({ namespace: metadata.namespace, job: metadata.name }, value);
        }
      });
    this.gauge('arena_job_phase', '1 for the phase that the job is in.', [...JOB, 'phase'], (set) => {
      for (const { metadata, status } of jobs()) {
        set({ namespace: metadata.namespace, job: metadata.name, phase: textAt(status, 'phase') ?? 'Pending' }, 1);
      }
    });
    this.gauge(
      'arena_job_status',
      '1 for each condition of the job that is true, else 0.',
      [...JOB, 'condition'],
      (set) => {
        for (const { metadata, status } of jobs()) {
          const conditions: unknown = fieldOf(status, 'conditions');
          for (const condition of Array.isArray(conditions) ? conditions : []) {
            const labels = { namespace: metadata.namespace, job: metadata.name };
            const name = textAt(condition, 'type') ?? '';
            set({ ...labels, condition: name }, textAt(condition, 'status') === 'True' ? 1 : 0);
          }
        }
      },
    );
    for (const part of ['total', 'completed', 'failed', 'pending']) {
      const help = `Conversations of the latest run: ${part}.`;
      each(`arena_job_progress_${part}`, help, (status) => numberAt(fieldOf(status, 'progress'), part));
    }
    each('arena_job_active_workers', 'Workers that the job has for itself.', (status) =>
      numberAt(status, 'activeWorkers'),
    );
    each('arena_job_duration_seconds', 'Time that the latest run took, or has taken so far.', durationOf);
  }

  private gauge(
    name: string,
    help: string,
    labelNames: string[],
    collect: (set: (labels: { [name: string]: string }, value: number) => void) => void,
  ): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      // What is no longer there must not be told any more.
      collect: () => {
        gauge.reset();
        collect((labels, value) => gauge.set(labels, value));
      },
    });
  }
}

function durationOf(status: unknown): number | undefined {
  const began = Date.parse(textAt(status, 'startTime') ?? '');
  if (Number.isNaN(began)) return undefined;
  const ended = Date.parse(textAt(status, 'completionTime') ?? '');
  return ((Number.isNaN(ended) ? Date.now() : ended) - began) / 1000;
}
