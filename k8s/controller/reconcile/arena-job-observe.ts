import type { AgentSettings } from '../../../src/cluster/resolve-agents.js';
import { resolveJob } from '../../../src/cluster/resolve-job.js';
import { firingName, jobScheduleId, type OwnerIdentity, runName } from '../../../src/cluster/run-names.js';
import { ArenaError } from '../../../src/core/errors.js';
import type { ArenaJobObject, ArenaJobSpec } from '../../../src/schema/cluster/arena-job.js';
import type { ArenaJobRun, ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import { cachedReader } from '../cached-reader.js';
import type { RunningJobs } from '../engine/running-jobs.js';
import type { KubeObject, ReconcilerDeps, ScheduleState, StartRequest, WorkflowState } from '../ports.js';
import type { WorkersState } from '../workers/job-workers.js';
import { isOver, nextNumber } from './arena-job-runs.js';
import { isHeld, type JobView, markOf, RETRY_ANNOTATION, type RunView } from './arena-job-view.js';

const OVERLAP = { Forbid: 'SKIP', Allow: 'ALLOW_ALL', Replace: 'CANCEL_OTHER' } as const;

export interface ObserveDeps extends Pick<ReconcilerDeps, 'cluster' | 'engine' | 'now'> {
  running: RunningJobs;
  agents: AgentSettings;
}

/** Asks the cluster's copies and Temporal for what a decision needs, and no more. */
export class JobObserver {
  /**
   * Runs that ended and were looked at since (one that is reset in Temporal is open again), and the next one, as long as
   * there is none of that name.
   */
  private readonly settled = new Map<string, Set<string>>();
  /** When the runs of a job ended that its status tells of, in milliseconds since the epoch: a status has only seconds. */
  private readonly ends = new Map<string, Map<string, number>>();

  constructor(private readonly deps: ObserveDeps) {}

  /** Something has happened to runs of the job. */
  forgetSettled(uid: string): void {
    this.settled.delete(uid);
  }

  /** The job is gone. */
  forget(uid: string): void {
    this.settled.delete(uid);
    this.ends.delete(uid);
  }

  async observe(
    object: KubeObject,
    { metadata, spec }: ArenaJobObject,
    workers: WorkersState | undefined,
  ): Promise<JobView> {
    const { namespace, name, uid } = metadata;
    const job = { namespace, name, uid };
    const before = (object.status ?? {}) as ArenaJobStatus;
    const { generation, creationTimestamp } = object.metadata;
    const plan = await this.scheduleOf(job, spec, before, generation);
    const runs = await this.runsOf(job, before, plan.schedule);
    const view: JobView = {
      ...{ job, generation, spec, before, runs, now: this.deps.now(), createdAt: Date.parse(creationTimestamp) },
      retry: markOf(metadata.annotations?.[RETRY_ANNOTATION]),
      ...plan,
      ...(workers === undefined ? {} : { readyWorkers: workers.ready }),
      ...(workers?.trouble === undefined ? {} : { workerTrouble: workers.trouble }),
    };
    if (!needsResolution(view)) return view;
    const run = runName(job, nextNumber(before.runs ?? []));
    const resolution = await resolveJob(cachedReader(this.deps.cluster), job, { ...this.deps.agents, run });
    return { ...view, resolution };
  }

  /** The schedule in Temporal, made as the spec wants it. */
  private async scheduleOf(
    job: OwnerIdentity,
    { schedule, suspend, cancelled }: ArenaJobSpec,
    before: ArenaJobStatus,
    generation: number,
  ): Promise<{ schedule?: ScheduleState; scheduleFault?: string }> {
    const { engine } = this.deps;
    const id = jobScheduleId(job);
    if (schedule === undefined) {
      // There may be one from before the spec was changed.
      if (before.phase !== undefined && before.observedGeneration !== generation) await engine.deleteSchedule(id);
      return {};
    }
    const note = cancelled ? 'spec.cancelled of the ArenaJob' : 'spec.suspend of the ArenaJob';
    try {
      await engine.ensureSchedule({
        id,
        every: { cron: schedule.cron, timezone: schedule.timezone },
        overlap: OVERLAP[schedule.concurrencyPolicy],
        paused: isHeld({ suspend, cancelled } as ArenaJobSpec),
        note: isHeld({ suspend, cancelled } as ArenaJobSpec) ? note : '',
        action: runRequest(job, firingName(job)),
      });
    } catch (error) {
      if (!(error instanceof ArenaError) || error.code !== 'invalid_input') throw error;
      return { scheduleFault: `spec.schedule: ${error.message}; correct cron and timezone` };
    }
    const found = await engine.schedule(id);
    return found === undefined ? {} : { schedule: found };
  }

  private async runsOf(
    job: OwnerIdentity,
    before: ArenaJobStatus,
    schedule: ScheduleState | undefined,
  ): Promise<RunView[]> {
    const told = new Map((before.runs ?? []).map((run) => [run.id, run]));
    const settled = this.settled.get(job.uid) ?? new Set();
    this.settled.set(job.uid, settled);
    const views: RunView[] = [];
    for (const id of idsToLookAt(before, schedule)) {
      const known = told.get(id);
      const ended = known !== undefined && isOver(known) ? known : undefined;
      if (ended !== undefined && settled.has(id)) continue;
      const view = await this.look(id, job, ended);
      // What is new is looked at again until the status tells it: its write may have to wait, or fail.
      if (view === undefined) settled.add(id);
      else views.push(view);
    }
    const untold = views.some(({ state }) => state?.open) ? undefined : await this.untoldRun(job, before, settled);
    return untold === undefined ? views : [...views, untold];
  }

  /**
   * A run that was started a moment before the controller, or its way to the API server, was lost, so that no status tells
   * of it. Whoever then holds, cancels or deletes the job means that run.
   */
  private async untoldRun(
    job: OwnerIdentity,
    { runs = [] }: ArenaJobStatus,
    settled: Set<string>,
  ): Promise<RunView | undefined> {
    const id = runName(job, nextNumber(runs));
    if (settled.has(id)) return undefined;
    const view = await this.look(id, job, undefined);
    if (view?.state !== undefined) return view;
    settled.add(id);
    return undefined;
  }

  /** Undefined: the run is as it was told, once it had ended. */
  private async look(id: string, job: OwnerIdentity, ended: ArenaJobRun | undefined): Promise<RunView | undefined> {
    const { running } = this.deps;
    const state = await this.stateOf(id, ended !== undefined);
    if (state === 'unknown') return undefined;
    if (state?.open) {
      const progress = running.progressOf(id, job);
      return { id, state, ...(progress === undefined ? {} : { progress }) };
    }
    running.forget(id);
    // One that was reset in Temporal has ended another time.
    if (ended === undefined || this.endedLater(job.uid, ended, state?.closedAt)) return { id, state };
    return undefined;
  }

  private endedLater(uid: string, { id, completionTime }: ArenaJobRun, closedAt: number | undefined): boolean {
    if (closedAt === undefined) return false;
    const told = completionTime === undefined ? 0 : Date.parse(completionTime);
    if (closedAt >= told + 1000) return true;
    const ends = this.ends.get(uid) ?? new Map<string, number>();
    this.ends.set(uid, ends);
    const known = ends.get(id) ?? closedAt;
    ends.set(id, closedAt);
    return known !== closedAt;
  }

  /** What is known to have ended is told as it was, when Temporal cannot be asked. */
  private async stateOf(id: string, hasEnded: boolean): Promise<WorkflowState | 'unknown' | undefined> {
    try {
      return await this.deps.engine.state(id);
    } catch (error) {
      if (hasEnded) return 'unknown';
      throw error;
    }
  }
}

/** Those that may be open, new firings, and the latest, which people may have reset. */
function idsToLookAt(
  { runs = [], run, lastScheduleTime }: ArenaJobStatus,
  schedule: ScheduleState | undefined,
): Set<string> {
  const since = lastScheduleTime === undefined ? 0 : Date.parse(lastScheduleTime);
  const fired = (schedule?.recent ?? []).filter(({ dueAt }) => dueAt >= since).map(({ workflowId }) => workflowId);
  const unfinished = runs.filter((one) => !isOver(one)).map(({ id }) => id);
  return new Set([...(schedule?.running ?? []), ...fired, ...unfinished, ...(run === undefined ? [] : [run])]);
}

/** Only a job that may start something, or that tells of a source, is resolved. */
function needsResolution({ spec, before, runs, retry }: JobView): boolean {
  if (isHeld(spec)) return false;
  if (spec.schedule !== undefined || spec.trigger !== undefined || before.run === undefined) return true;
  if (retry !== undefined && retry !== before.lastHandledRetry) return true;
  return runs.some(({ state }) => state === undefined);
}

/** Everything else is read when the run is planned. */
export function runRequest(job: OwnerIdentity, id: string, retryOf?: string): StartRequest {
  return {
    workflow: 'arenaJob',
    id,
    args: [{ bundle: { arenaJob: { ...job } }, ...(retryOf === undefined ? {} : { retryOf }) }],
    memo: { arena: { kind: 'ArenaJob', ...job } },
    summary: `ArenaJob ${job.namespace}/${job.name}`,
  };
}
