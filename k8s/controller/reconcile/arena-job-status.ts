/** The status of a job, made from what is known of it. Pure. */
import type { ArenaJobStatus, JobPhase } from '../../../src/schema/cluster/arena-job-status.js';
import { bounded } from './arena-job-bounds.js';
import { conditionsOfJob, type JobState, refusedConditions } from './arena-job-conditions.js';
import { loadMeasured } from './arena-job-load.js';
import { progressOf, resultOf, spentInAll, spentSoFar } from './arena-job-result.js';
import { isOver, type JobRun, keptRuns } from './arena-job-runs.js';
import { isRecurring } from './arena-job-view.js';
import { timeOf } from './conditions.js';

export function statusOf(state: JobState): ArenaJobStatus {
  const { view, runs, decision } = state;
  const { before, generation, spec, schedule, readyWorkers = 0, now } = view;
  const [latest] = runs;
  const ttlMs = spec.ttlSecondsAfterFinished === undefined ? undefined : spec.ttlSecondsAfterFinished * 1000;
  const phase = phaseOf(state);
  const status: ArenaJobStatus = {
    phase,
    conditions: conditionsOfJob({ ...state, phase }),
    observedGeneration: generation,
    ...figuresOf(before, latest),
    ...timesOf(state, phase),
    ...scheduleTimes(state),
    activeWorkers: readyWorkers,
    ...(latest === undefined ? {} : { run: latest.id, workflowId: latest.id }),
    runs: keptRuns(runs, isRecurring(spec) ? ttlMs : undefined, now),
    ...sourceOf(state),
    ...(decision.handled.retry === undefined ? {} : { lastHandledRetry: decision.handled.retry }),
    ...(decision.handled.trigger === undefined ? {} : { lastHandledTrigger: decision.handled.trigger }),
  };
  if (schedule === undefined && spec.schedule === undefined) delete status.nextScheduleTime;
  return bounded(status);
}

function phaseOf({ view: { spec, before, generation }, runs, decision }: JobState): JobPhase {
  const [latest] = runs;
  if (latest !== undefined) return latest.lost ? 'Running' : latest.phase;
  if (decision.hindrance?.passing === false) return 'Failed';
  if (spec.cancelled === true) return 'Cancelled';
  // Nothing has happened since the job was refused.
  const stays =
    before.phase === 'Failed' && before.observedGeneration === generation && decision.hindrance === undefined;
  return stays ? 'Failed' : 'Pending';
}

/** Progress, cost and tokens are those of the latest run, the result is that of the latest run that ended with one. */
function figuresOf(before: ArenaJobStatus, latest: JobRun | undefined): Partial<ArenaJobStatus> {
  const { result, progress } = latest?.fresh ?? {};
  if (result !== undefined) {
    const measured = result.load === undefined ? {} : { load: loadMeasured(result.load) };
    return { progress: progressOf(result, true), result: resultOf(result), ...measured, ...spentInAll(result) };
  }
  const told = before.result === undefined ? {} : { result: before.result };
  if (progress !== undefined) {
    const { load } = progress;
    const measured = load === undefined ? {} : { load: loadMeasured(load) };
    return { progress: progressOf(progress, false), ...told, ...measured, ...spentSoFar(progress) };
  }
  const isSame = latest !== undefined && before.run === latest.id;
  if (!isSame || before.progress === undefined) return { progress: progressOf(undefined, false), ...told };
  const { cost, tokens, load } = before;
  return {
    progress: before.progress,
    ...told,
    ...(load === undefined ? {} : { load }),
    ...(cost === undefined ? {} : { cost }),
    ...(tokens === undefined ? {} : { tokens }),
  };
}

function timesOf({ view: { before, now }, runs }: JobState, phase: JobPhase): Partial<ArenaJobStatus> {
  const [latest] = runs;
  if (latest !== undefined) {
    const { startedAt, endedAt, open, lost } = latest;
    const isRunning = open || lost;
    return {
      startTime: timeOf(startedAt),
      ...(endedAt === undefined || isRunning ? {} : { completionTime: timeOf(endedAt) }),
    };
  }
  if (!isOver({ phase })) return {};
  return { completionTime: before.phase === phase && before.completionTime ? before.completionTime : timeOf(now) };
}

function scheduleTimes({ view: { before, schedule, spec } }: JobState): Partial<ArenaJobStatus> {
  const last = schedule?.recent.at(-1)?.dueAt;
  const { lastScheduleTime } = before;
  return {
    ...(last === undefined ? (lastScheduleTime ? { lastScheduleTime } : {}) : { lastScheduleTime: timeOf(last) }),
    ...(spec.schedule === undefined || schedule?.nextAt === undefined
      ? {}
      : { nextScheduleTime: timeOf(schedule.nextAt) }),
  };
}

function sourceOf({ view: { spec, before, resolution }, runs }: JobState): Partial<ArenaJobStatus> {
  const [latest] = runs;
  const isSame = latest !== undefined && before.run === latest.id && before.source?.revision !== undefined;
  const job = resolution !== undefined && 'job' in resolution ? resolution.job : undefined;
  const told = isSame || job === undefined ? before.source : sourceTold(spec.sourceRef.kind, job);
  const source = told ?? { name: spec.sourceRef.name };
  const ran = latest?.fresh?.result?.bundle.origin;
  if (ran === undefined || ran.revision === source.revision) return { source };
  // The source moved on between looking and planning.
  const { name, revision, digest } = ran;
  return { source: { kind: source.kind, name, revision, digest: `sha256:${digest}` } };
}

function sourceTold(
  kind: string | undefined,
  { source, config }: { source: { name: string; revision: string; digest: string }; config?: string },
): NonNullable<ArenaJobStatus['source']> {
  return {
    kind: kind ?? (config === undefined ? 'ArenaSource' : 'ArenaConfig'),
    ...{ name: source.name, revision: source.revision, digest: `sha256:${source.digest}` },
  };
}

/** Of a job that cannot be read, so that nothing else is known of it. */
export function refusedStatus(
  before: ArenaJobStatus,
  message: string,
  generation: number,
  now: number,
): ArenaJobStatus {
  const isKnown = before.phase === 'Failed' && before.observedGeneration === generation;
  return bounded({
    phase: 'Failed',
    conditions: refusedConditions(before, message, generation, now),
    observedGeneration: generation,
    progress: progressOf(undefined, true),
    completionTime: isKnown && before.completionTime !== undefined ? before.completionTime : timeOf(now),
    activeWorkers: 0,
    runs: [],
  });
}
