/** The conditions of a job: what `kubectl wait` waits for, and why things are as they are. Pure. */
import { waitOf } from '../../../src/cluster/refusal.js';
import type { Progress } from '../../../src/core/run.js';
import { shorten } from '../../../src/core/shorten.js';
import type { JobPhase } from '../../../src/schema/cluster/arena-job-status.js';
import type { Condition } from '../../../src/schema/cluster/object-meta.js';
import { datasetTold } from './arena-job-dataset.js';
import type { Decision } from './arena-job-decide.js';
import { budgetHeld, loadTold } from './arena-job-load.js';
import { isOver, type JobRun } from './arena-job-runs.js';
import type { JobView } from './arena-job-view.js';
import { conditionsOf, timeOf, type Wanted } from './conditions.js';

export interface JobState {
  view: JobView;
  /** Newest first, with one that was started just now. */
  runs: readonly JobRun[];
  decision: Decision;
}

/** What happens, as one word and one sentence. */
interface Told {
  reason: string;
  message: string;
}

/** UTF-16 units: the conditions that everybody reads have room for every fault, the others for the first. */
const MAX_MAIN = 1500;
const MAX_OTHER = 200;

const MAIN = new Set(['Ready', 'Failed']);

export function conditionsOfJob(state: JobState & { phase: JobPhase }): Condition[] {
  const { view, runs } = state;
  const { before, generation, now } = view;
  const [latest] = runs;
  const isOld = latest !== undefined && latest.fresh === undefined && !latest.lost && before.run === latest.id;
  const wanted = isOld ? asTold(state) : wantedOf(state, tellOf(state));
  const short = wanted.map((one) => ({
    ...one,
    message: shorten(one.message, MAIN.has(one.type) ? MAX_MAIN : MAX_OTHER),
  }));
  return conditionsOf(short, before.conditions, generation, now);
}

/** What ended before stays as it was told; only what hinders the next run is new. */
function asTold({ view, decision }: JobState): Wanted[] {
  const { hindrance } = decision;
  return (view.before.conditions ?? []).map(({ type, status, reason, message }) => {
    if (type === 'Progressing' && hindrance !== undefined) return { type, status: 'False', ...toldOf(hindrance) };
    if (type === 'ConfigValid') return configValid(view, undefined) ?? { type, status, reason, message };
    return { type, status, reason, message };
  });
}

const toldOf = ({ reason, message }: Told): Told => ({ reason, message });

/** The one thing to know about the job. */
function tellOf(state: JobState & { phase: JobPhase }): Told {
  const { view, runs, decision, phase } = state;
  const { spec, schedule, before } = view;
  const [latest] = runs;
  if (latest !== undefined) {
    return latest.open || latest.lost ? tellOfOpen(view, latest) : endTold(latest);
  }
  if (decision.hindrance !== undefined) return toldOf(decision.hindrance);
  if (phase === 'Cancelled') return { reason: 'Cancelled', message: 'cancelled before a run was started' };
  if (phase === 'Failed') {
    const ready = before.conditions?.find(({ type }) => type === 'Ready');
    return toldOf(ready ?? { reason: 'Failed', message: 'refused' });
  }
  if (spec.schedule === undefined) return { reason: 'Pending', message: 'the job is being looked at' };
  if (spec.suspend === true) return { reason: 'Suspended', message: 'spec.suspend holds the schedule' };
  if (schedule?.paused) return { reason: 'Paused', message: 'the schedule was paused in Temporal: resume it there' };
  const next = schedule?.nextAt === undefined ? 'its schedule' : timeOf(schedule.nextAt);
  return { reason: 'Scheduled', message: `the next run is due at ${next}` };
}

function endTold({ fresh, message = '', phase }: JobRun): Told {
  return { reason: fresh?.reason ?? phase, message };
}

function tellOfOpen(view: JobView, { id, fresh, lost }: JobRun): Told {
  const { spec, workerTrouble } = view;
  const progress = fresh?.progress;
  if (spec.cancelled === true) return { reason: 'Cancelling', message: 'what has finished is being reported' };
  if (isStuck(view) && workerTrouble !== undefined) return toldOf(workerTrouble);
  if (lost || progress === undefined || progress.stage === 'planning') {
    return { reason: 'Starting', message: `the run ${id} waits for a worker that plans it` };
  }
  const done = [countsTold(progress), ...(workerTrouble === undefined ? [] : [workerTrouble.message])].join('; ');
  if (spec.suspend === true) return { reason: 'Suspended', message: `spec.suspend holds the run; ${done}` };
  const waits = progress.stage === 'running' ? budgetHeld(progress.load) : undefined;
  if (waits !== undefined) return { reason: 'BudgetPaused', message: `${waits}; ${done}` };
  if (progress.paused) return { reason: 'Paused', message: `the run was paused in Temporal: resume it there; ${done}` };
  if (progress.held.length > 0) return { reason: 'ProviderHeld', message: `${heldTold(progress)}; ${done}` };
  if (progress.waitingForRetry > 0) {
    return { reason: 'Retrying', message: `${progress.waitingForRetry} wait to be tried again; ${done}` };
  }
  return { reason: 'Running', message: done };
}

/** No conversation goes on, because none of the job's own workers is there and those to come have a trouble. */
const isStuck = ({ workerTrouble, readyWorkers = 0, spec }: JobView): boolean =>
  workerTrouble !== undefined && readyWorkers === 0 && spec.suspend !== true;

function countsTold({ counts, dataset, load }: Progress): string {
  if (load !== undefined) return loadTold(load);
  if (dataset !== undefined) return datasetTold({ counts, dataset });
  const { total, passed, failed, errored } = counts;
  return `${passed + failed + errored} of ${total} conversations, ${passed} passed, ${failed + errored} failed`;
}

/** Providers that are down. */
function heldTold({ held }: Progress): string {
  const [first] = held;
  if (first === undefined) return '';
  const more = held.length > 1 ? ` and ${held.length - 1} more` : '';
  const hint = first.hint === undefined ? '' : `, ${first.hint}`;
  return `${first.provider}${more} held: ${shorten(first.message, 120)}${shorten(hint, 120)}; ${first.items} wait`;
}

const HOLDS: ReadonlySet<string> = new Set(['Suspended', 'Paused', 'Cancelling', 'BudgetPaused']);

function wantedOf({ view, runs, phase }: JobState & { phase: JobPhase }, told: Told): Wanted[] {
  const [latest] = runs;
  const { spec } = view;
  const over = isOver({ phase });
  const stuck = latest?.open === true && told.reason === view.workerTrouble?.reason;
  const yes = (type: string, is: boolean, other: Told = told): Wanted => {
    return { type, status: is ? 'True' : 'False', ...(is ? told : other) };
  };
  // Of what has not come to pass there is nothing to tell.
  const not = { reason: over ? phase : told.reason, message: '' };
  const isReady =
    phase === 'Succeeded' ||
    (spec.schedule !== undefined && !over && !stuck && told.reason !== 'Suspended' && !isHindered(view));
  return [
    yes('Ready', isReady),
    configValid(view, latest) ?? { type: 'ConfigValid', status: 'Unknown', ...told },
    latest === undefined
      ? { type: 'JobCreated', status: 'False', ...told }
      : { type: 'JobCreated', status: 'True', reason: 'RunStarted', message: `workflow ${latest.id}` },
    yes('Progressing', !over && latest !== undefined && !stuck && !HOLDS.has(told.reason)),
    yes('Complete', phase === 'Succeeded', not),
    yes('Failed', phase === 'Failed', not),
    yes('Cancelled', phase === 'Cancelled', not),
    yes('Finished', over, not),
    yes('Stalled', phase === 'Failed' || stuck, not),
  ];
}

const isHindered = ({ resolution, scheduleFault }: JobView): boolean =>
  scheduleFault !== undefined || (resolution !== undefined && 'refusals' in resolution);

/** Undefined: nothing new is known. */
function configValid({ resolution, before }: JobView, latest: JobRun | undefined): Wanted | undefined {
  const type = 'ConfigValid';
  if (latest?.fresh?.invalid) {
    return { type, status: 'False', reason: latest.fresh.reason, message: latest.message ?? '' };
  }
  if (resolution !== undefined && 'refusals' in resolution) {
    const { refusals } = resolution;
    const wait = waitOf(refusals);
    const { reason = 'InvalidSpec' } = wait ?? refusals[0] ?? {};
    const message = refusals.map((refusal) => refusal.message).join('\n');
    return { type, status: wait === undefined ? 'False' : 'Unknown', reason, message };
  }
  if (resolution !== undefined) {
    const { source, warnings } = resolution.job;
    const message = [`ArenaSource ${source.name} at ${source.revision}`, ...warnings].join('; ');
    return { type, status: 'True', reason: 'Resolved', message };
  }
  if (latest?.fresh === undefined) return undefined;
  // What was found when the run began is what it was planned from, warnings and all.
  const known = before.conditions?.find((condition) => condition.type === type && condition.status === 'True');
  const message = known?.message ?? `what the job names was found when the run ${latest.id} was planned`;
  return { type, status: 'True', reason: 'Resolved', message };
}

/** Of a job that was refused before anything was looked at. */
export function refusedConditions(
  before: { conditions?: Condition[] },
  message: string,
  generation: number,
  now: number,
): Condition[] {
  const told = { reason: 'InvalidSpec', message: shorten(message, MAX_MAIN) };
  const no = ['Ready', 'ConfigValid', 'JobCreated', 'Progressing', 'Complete', 'Cancelled'];
  const yes = ['Failed', 'Finished', 'Stalled'];
  const wanted = [
    ...no.map((type) => ({ type, status: 'False' as const })),
    ...yes.map((type) => ({ type, status: 'True' as const })),
  ];
  return conditionsOf(
    wanted.map((one) => ({ ...one, ...told })),
    before.conditions,
    generation,
    now,
  );
}
