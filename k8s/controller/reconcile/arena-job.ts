import type { ObjectKey } from '../../../src/cluster/cluster-reader.js';
import { checkObject } from '../../../src/cluster/read-object.js';
import type { AgentSettings } from '../../../src/cluster/resolve-agents.js';
import { runName } from '../../../src/cluster/run-names.js';
import { ArenaError } from '../../../src/core/errors.js';
import type { ArenaJobObject } from '../../../src/schema/cluster/arena-job.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import type { RunningJobs } from '../engine/running-jobs.js';
import { KubeError } from '../kube-http.js';
import type { KubeObject, Outcome, Reconciler, ReconcilerDeps } from '../ports.js';
import { JobWorkers } from '../workers/job-workers.js';
import type { WorkerSettings } from '../workers/worker-settings.js';
import { jobsConcernedBy } from './arena-job-concerned.js';
import { type Decision, decide } from './arena-job-decide.js';
import { eventsOf } from './arena-job-events.js';
import { budgetRaise, loadEvents } from './arena-job-load.js';
import { JobObserver, runRequest } from './arena-job-observe.js';
import { JobRemoval } from './arena-job-removal.js';
import { sweepOf } from './arena-job-retention.js';
import { type JobRun, runsOf, startedRun } from './arena-job-runs.js';
import { refusedStatus, statusOf } from './arena-job-status.js';
import type { JobView } from './arena-job-view.js';
import { StatusPace } from './status-pace.js';

/** Time until a job is looked at anew when something has changed while it was looked at. */
const AGAIN_MS = 100;

export interface ArenaJobDeps extends ReconcilerDeps {
  /** Asks open runs how far they are. */
  running: RunningJobs;
  agents: AgentSettings;
  workers: WorkerSettings;
}

/**
 * Keeps the runs of an ArenaJob as its spec asks: starts them, pauses, cancels, schedules, gives them workers, and tells
 * how they stand. It may be away at any time: what a run is called follows from the job, so none is started twice.
 */
export class ArenaJobReconciler implements Reconciler {
  readonly kind = 'ArenaJob';
  private readonly observer: JobObserver;
  private readonly workers: JobWorkers;
  private readonly removal: JobRemoval;
  private readonly pace: StatusPace;
  /** Budgets of specs that open runs were told of. */
  private readonly budgets = new Map<string, string>();

  constructor(private readonly deps: ArenaJobDeps) {
    this.observer = new JobObserver(deps);
    this.workers = new JobWorkers(deps, deps.workers);
    this.removal = new JobRemoval(deps);
    this.pace = new StatusPace(deps.now);
  }

  concernedBy(changed: KubeObject): ObjectKey[] {
    return jobsConcernedBy(changed, this.deps.cluster);
  }

  /** Runs of a job have started or ended. */
  heard(uid: string): void {
    this.observer.forgetSettled(uid);
  }

  async reconcile(key: ObjectKey): Promise<Outcome> {
    const { cluster } = this.deps;
    const object = cluster.get('ArenaJob', key);
    if (object === undefined) return {};
    if (object.metadata.deletionTimestamp !== undefined) {
      this.forget(object);
      return this.removal.reconcile(object);
    }
    const read = checkObject('ArenaJob', object);
    if ('faults' in read) return this.refuse(object, `${read.faults}; correct the job`);
    const refusal = this.workers.refusal(read.object);
    if (refusal !== undefined) return this.refuse(object, refusal);
    await cluster.setFinalizer(object, true);
    return this.follow(object, read.object);
  }

  private async follow(object: KubeObject, job: ArenaJobObject): Promise<Outcome> {
    const { cluster } = this.deps;
    const workers = await this.workers.state(job);
    const view = await this.observer.observe(object, job, workers);
    const known = runsOf(view);
    const decision = decide(view, known.runs);
    await this.steer(object, decision);
    await this.makeWorkers(job, known.runs, decision);
    const runs = await this.started(view, known.runs, decision);
    if (runs === undefined) return { afterMs: AGAIN_MS };
    const open = runs.filter((run) => run.open);
    await this.tellWorkers(view, open);
    await this.raiseBudgets(view, open);
    const status = statusOf({ view, runs, decision });
    // Before the status forgets them.
    const sweep = sweepOf(view, status, decision);
    if (sweep !== undefined) await this.deps.engine.start(sweep);
    const skipped = known.skipped.filter((run) => isNews(view, run));
    const waitMs = await this.write(object, status, () => {
      const [latest] = runs;
      const load = latest?.fresh?.progress?.load ?? latest?.fresh?.result?.load;
      const news = [...eventsOf(view.before, status, decision, skipped), ...loadEvents(view.before, latest?.id, load)];
      for (const { type, reason, message } of news) {
        cluster.event(object, type, reason, message);
      }
    });
    if (decision.remove) await cluster.delete(object);
    return outcomeOf(decision.afterMs, workers?.lookAgainMs, waitMs);
  }

  /** Asks open runs to end, to wait, to go on. */
  private async steer(object: KubeObject, { cancel, pause, resume, retryFailed }: Decision): Promise<void> {
    for (const run of cancel) await this.deps.engine.cancel(run);
    for (const run of pause) await this.order(run, 'pause');
    for (const run of resume) await this.order(run, 'resume');
    for (const run of retryFailed) {
      const refused = await this.order(run, 'retryFailed');
      if (refused !== undefined) this.deps.cluster.event(object, 'Normal', 'NothingToRetry', refused);
    }
  }

  /** Why the run does not do it: it may have ended since it was looked at. */
  private async order(
    run: string,
    name: 'pause' | 'resume' | 'retryFailed' | 'addBudget',
    args: unknown[] = [],
  ): Promise<string | undefined> {
    try {
      await this.deps.engine.update(run, name, args);
      return undefined;
    } catch (error) {
      if (!(error instanceof ArenaError) || error.code !== 'invalid_input') throw error;
      this.deps.log.debug({ run, why: error.message }, `the run takes no ${name}`);
      return error.message;
    }
  }

  /** Before a run starts: one that the API server refuses the pods of does not start. */
  private async makeWorkers(job: ArenaJobObject, runs: readonly JobRun[], decision: Decision): Promise<void> {
    const open = runs.filter((run) => run.open).map((run) => run.fresh?.progress);
    try {
      await this.workers.follow(job, decision.start === undefined ? open : [...open, undefined]);
    } catch (error) {
      if (!isRefusal(error) || decision.start === undefined) throw error;
      delete decision.start;
      const message = `the API server refuses the workers of the job: ${error.message}; correct spec.workers`;
      decision.hindrance = { reason: 'WorkersRefused', message, passing: false };
    }
  }

  /** The runs, with one that starts now. Undefined: there is one of that name, started by another controller, and to be looked at. */
  private async started(view: JobView, runs: readonly JobRun[], { start }: Decision): Promise<JobRun[] | undefined> {
    if (start === undefined) return [...runs];
    const id = runName(view.job, start.number);
    const isNew = await this.deps.engine.start(runRequest(view.job, id, start.retryOf));
    this.observer.forgetSettled(view.job.uid);
    if (!isNew) return undefined;
    this.deps.running.progressOf(id, view.job);
    return [startedRun(id, view.now), ...runs.filter((run) => run.id !== id)];
  }

  private async tellWorkers({ readyWorkers = 0 }: JobView, open: readonly JobRun[]): Promise<void> {
    if (readyWorkers === 0) return;
    for (const { id, fresh } of open) {
      const capacity = fresh?.progress?.capacity;
      if (capacity === undefined || capacity.workers === readyWorkers) continue;
      try {
        await this.deps.engine.update(id, 'setWorkers', [readyWorkers]);
      } catch (error) {
        if (!(error instanceof ArenaError)) throw error;
        this.deps.log.debug({ run: id, why: error.message }, 'the run takes no number of workers');
      }
    }
  }

  /** The budget of a load test is the one part of it that may change while it runs. */
  private async raiseBudgets({ spec }: JobView, open: readonly JobRun[]): Promise<void> {
    for (const { id, fresh } of open) {
      const raise = budgetRaise(spec.loadTest, fresh?.progress?.load);
      const { budgetLimit, budgetTokens } = spec.loadTest ?? {};
      const wanted = `${budgetLimit} ${budgetTokens}`;
      // What is known of a run is some seconds old: told twice, the budget would be raised twice.
      if (raise === undefined || this.budgets.get(id) === wanted) continue;
      await this.order(id, 'addBudget', [raise]);
      this.budgets.set(id, wanted);
    }
  }

  /** A job that cannot be read, or cannot be had here, starts nothing; what runs goes on. */
  private async refuse(object: KubeObject, message: string): Promise<Outcome> {
    const before = (object.status ?? {}) as ArenaJobStatus;
    if (before.run !== undefined) return {};
    const status = refusedStatus(before, message, object.metadata.generation, this.deps.now());
    await this.write(object, status, () => {
      if (before.phase === 'Failed' && before.observedGeneration === object.metadata.generation) return;
      this.deps.cluster.event(object, 'Warning', 'JobFailed', message);
    });
    return {};
  }

  /** Milliseconds until the status may be written, when it is too soon. */
  private async write(object: KubeObject, status: ArenaJobStatus, onWritten: () => void): Promise<number | undefined> {
    const before = (object.status ?? {}) as ArenaJobStatus;
    const waitMs = this.pace.waitMs(object.metadata.uid, before, status);
    if (waitMs !== undefined) return waitMs;
    await this.deps.cluster.applyStatus(object, status);
    onWritten();
    return undefined;
  }

  private forget({ metadata, status }: KubeObject): void {
    this.observer.forget(metadata.uid);
    this.pace.forget(metadata.uid);
    this.workers.forget(metadata.uid);
    for (const { id } of ((status ?? {}) as ArenaJobStatus).runs ?? []) {
      this.deps.running.forget(id);
      this.budgets.delete(id);
    }
  }
}

/** A firing that had nothing to do is told of once. */
function isNews({ before, schedule }: JobView, { id }: JobRun): boolean {
  if (before.runs?.some((run) => run.id === id)) return true;
  const dueAt = schedule?.recent.find(({ workflowId }) => workflowId === id)?.dueAt ?? 0;
  return before.lastScheduleTime === undefined || dueAt > Date.parse(before.lastScheduleTime);
}

function outcomeOf(...times: (number | undefined)[]): Outcome {
  const known = times.filter((ms) => ms !== undefined);
  return known.length === 0 ? {} : { afterMs: Math.min(...known) };
}

/** The manifest is no Deployment, whoever asks and whenever. Of fields that it does not know the API server says 500. */
function isRefusal(error: unknown): error is KubeError {
  if (!(error instanceof KubeError)) return false;
  return error.status === 400 || error.status === 422 || error.message.includes('failed to create typed patch object');
}
