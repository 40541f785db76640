/** The runs of a job: which there are, how they stand, which number the next one has. */
import type { JobResult, Progress } from '../../../src/core/run.js';
import { shorten } from '../../../src/core/shorten.js';
import type { ArenaJobRun, JobPhase } from '../../../src/schema/cluster/arena-job-status.js';
import type { WorkflowState } from '../ports.js';
import type { JobView, RunView } from './arena-job-view.js';
import { timeOf } from './conditions.js';

/** Runs that a status tells of, and open ones among them; more of these are known by their schedule. */
const MAX_RUNS = 10;
const MAX_OPEN = 20;

/** UTF-16 units. */
const MAX_RUN_MESSAGE = 120;

/** A firing ends so when there is nothing to do for it: no news of the job. */
const SKIPPED = /^(ConfigSuspended|Unchanged): /;

/** `ProviderNotFound: there is no …`: what could not be resolved begins with its reason. */
const REASON = /^([A-Z][A-Za-z]{1,60}): /;

export interface JobRun {
  id: string;
  phase: JobPhase;
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt?: number;
  message?: string;
  /** Temporal has it open. */
  open: boolean;
  /** Looked at just now; else it is told as the status has it. */
  fresh?: {
    reason: string;
    result?: JobResult;
    progress?: Progress;
    /** Refused for what it was asked for. */
    invalid?: true;
  };
  /** Not over, but Temporal knows nothing of it: its history is gone, or it was never started. */
  lost?: true;
  /** A firing that ended because there was nothing to do. */
  skipped?: string;
}

/** All runs, newest first; firings that had nothing to do are told apart. */
export function runsOf(view: JobView): { runs: JobRun[]; skipped: JobRun[] } {
  const known = new Map<string, JobRun>();
  for (const run of view.before.runs ?? []) known.set(run.id, asTold(run));
  for (const seen of view.runs) {
    const run = asSeen(seen, known.get(seen.id), view.now);
    if (run !== undefined) known.set(run.id, run);
  }
  const all = [...known.values()].sort((a, b) => b.startedAt - a.startedAt || numberOf(b.id) - numberOf(a.id));
  return {
    runs: all.filter((run) => run.skipped === undefined),
    skipped: all.filter((run) => run.skipped !== undefined),
  };
}

/** A run that was started a moment ago. */
export const startedRun = (id: string, now: number): JobRun => ({
  ...{ id, phase: 'Running', startedAt: now, open: true },
  fresh: { reason: 'Starting' },
});

function asTold({ id, phase, startTime, completionTime, message }: ArenaJobRun): JobRun {
  return {
    ...{ id, phase, open: false },
    startedAt: startTime === undefined ? 0 : Date.parse(startTime),
    ...(completionTime === undefined ? {} : { endedAt: Date.parse(completionTime) }),
    ...(message === undefined ? {} : { message }),
  };
}

function asSeen({ id, state, progress }: RunView, told: JobRun | undefined, now: number): JobRun | undefined {
  if (state === undefined) return told === undefined || isOver(told) ? told : lost(told, now);
  const startedAt = told?.startedAt || progress?.startedAt || state.startedAt;
  if (state.open) {
    const reason = progress === undefined ? 'Starting' : 'Running';
    return { id, phase: 'Running', startedAt, open: true, fresh: { reason, progress } };
  }
  return { id, startedAt: Math.min(startedAt, now), open: false, ...endOf(state) };
}

/** One of the job's own is started again: it goes on from what the store has of it. A firing is history. */
function lost(told: JobRun, now: number): JobRun {
  if (numberOf(told.id) > 0) return { ...told, lost: true };
  const message = 'Temporal does not know the run any more';
  return { ...told, phase: 'Failed', endedAt: now, message, fresh: { reason: 'RunLost' } };
}

type End = Pick<JobRun, 'phase' | 'endedAt' | 'message' | 'fresh' | 'skipped'>;

function endOf(state: Extract<WorkflowState, { open: false }>): End {
  const { closedAt: endedAt } = state;
  if (state.how === 'completed') {
    const result = state.result as JobResult;
    const { phase, reason, message } = result;
    return { phase, endedAt, message, fresh: { reason, result } };
  }
  const { how, code, hint } = state;
  const message = hint === undefined ? state.message : `${state.message}: ${hint}`;
  if (how === 'cancelled') return { phase: 'Cancelled', endedAt, message, fresh: { reason: 'Cancelled' } };
  if (SKIPPED.test(message)) {
    return { phase: 'Failed', endedAt, message, skipped: message, fresh: { reason: 'Skipped' } };
  }
  if (how === 'failed' && (code === 'invalid_input' || code === 'no_scenarios')) {
    const reason = REASON.exec(message)?.[1] ?? (code === 'no_scenarios' ? 'NoScenarios' : 'InvalidBundle');
    return { phase: 'Failed', endedAt, message, fresh: { reason, invalid: true } };
  }
  const reason = how === 'terminated' ? 'Terminated' : how === 'timedOut' ? 'TimedOut' : 'InternalError';
  return { phase: 'Failed', endedAt, message: `the run failed: ${message}`, fresh: { reason } };
}

export const isOver = ({ phase }: { phase: JobPhase }): boolean => phase !== 'Running' && phase !== 'Pending';

/** Number of a run that was started for the job itself; 0 for the firing of a schedule. */
export function numberOf(id: string): number {
  const last = id.slice(id.lastIndexOf('/') + 1);
  return /^\d{1,9}$/.test(last) ? Number(last) : 0;
}

/** Never that of an earlier run: numbers name results. */
export const nextNumber = (runs: readonly { id: string }[]): number =>
  1 + Math.max(0, ...runs.map(({ id }) => numberOf(id)));

/**
 * What a status keeps of the runs. Those of a job that recurs go after its time to live; the newest stays, and so does the
 * one with the highest number, which the next number is made from.
 */
export function keptRuns(runs: readonly JobRun[], ttlMs: number | undefined, now: number): ArenaJobRun[] {
  const [latest] = runs;
  const highest = Math.max(0, ...runs.map(({ id }) => numberOf(id)));
  const isExpired = ({ endedAt, open }: JobRun): boolean =>
    !open && ttlMs !== undefined && endedAt !== undefined && endedAt + ttlMs <= now;
  const isNeeded = (run: JobRun): boolean =>
    run === latest || run.open || (highest > 0 && numberOf(run.id) === highest);
  const living = runs.filter((run) => isNeeded(run) || !isExpired(run));
  const shown = living.filter((run, at) => at < MAX_RUNS || (isNeeded(run) && (at < MAX_OPEN || numberOf(run.id) > 0)));
  return shown.map(({ id, phase, startedAt, endedAt, message }) => ({
    ...{ id, phase, startTime: timeOf(startedAt) },
    ...(endedAt === undefined ? {} : { completionTime: timeOf(endedAt) }),
    ...(message === undefined ? {} : { message: shorten(message, MAX_RUN_MESSAGE) }),
  }));
}
