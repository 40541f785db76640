/** What is to be done for a job, given what is known of it. Pure: nothing here asks or changes anything. */
import { type Refusal, waitOf } from '../../../src/cluster/refusal.js';
import { isOver, type JobRun, nextNumber, numberOf } from './arena-job-runs.js';
import { isHeld, isRecurring, type JobView } from './arena-job-view.js';

/** Objects may be applied in any order: what a new job names is waited for so long, in milliseconds. */
const ORDER_GRACE_MS = 15_000;

/** What may still be on its way to the API server. */
const MAY_COME: ReadonlySet<string> = new Set(['ProviderNotFound', 'AgentNotFound', 'ToolRegistryNotFound']);

/** An open run is looked at once more although nobody has told anything. */
const SAFETY_MS = 30_000;

/** Firings that people trigger in Temporal are heard of; this is for those that were missed. */
const SCHEDULE_LOOK_MS = 60_000;

/** A firing is there a moment after it was due. */
const FIRING_MS = 1_000;

/** Timers of more than 24 days fire at once. */
const DAY_MS = 24 * 3_600_000;

export type StartReason = 'first' | 'retry' | 'trigger' | 'again';

export interface Decision {
  start?: { number: number; why: StartReason; retryOf?: string };
  cancel: string[];
  pause: string[];
  resume: string[];
  /** Runs whose failed items run again. */
  retryFailed: string[];
  /** The object has outlived its time. */
  remove: boolean;
  /** Why nothing starts although something should: `passing` when it may start by itself later. */
  hindrance?: { reason: string; message: string; passing: boolean };
  /** The annotation and the digest that have been dealt with after this. */
  handled: { retry?: string; trigger?: string };
  /** Nothing of the last run is left to run again. */
  nothingToRetry?: true;
  afterMs?: number;
}

export function decide(view: JobView, runs: readonly JobRun[]): Decision {
  const { before } = view;
  const open = runs.filter((run) => run.open);
  const decision: Decision = {
    ...{ cancel: [], pause: [], resume: [], retryFailed: [], remove: false },
    handled: { retry: before.lastHandledRetry, trigger: before.lastHandledTrigger },
  };
  steer(view, open, decision);
  const wish = open.length > 0 ? undefined : wishOf(view, runs, decision);
  if (wish !== undefined) begin(view, runs, wish, decision);
  if (view.scheduleFault !== undefined) {
    decision.hindrance = { reason: 'InvalidSchedule', message: view.scheduleFault, passing: false };
  }
  decision.remove = isExpired(view, runs, decision);
  decision.afterMs = lookAgainMs(view, runs, decision);
  return decision;
}

/** Open runs follow the spec. */
function steer({ spec, before, retry }: JobView, open: readonly JobRun[], decision: Decision): void {
  const wasSuspended = before.conditions?.find(({ type }) => type === 'Progressing')?.reason === 'Suspended';
  for (const { id, fresh } of open) {
    if (spec.cancelled === true) decision.cancel.push(id);
    // A run that answers no question takes no order either.
    else if (fresh?.progress === undefined) continue;
    else if (spec.suspend === true && fresh.progress.paused !== true) decision.pause.push(id);
    // People may pause a run in Temporal: that is theirs to undo.
    else if (spec.suspend !== true && fresh.progress.paused === true && wasSuspended) decision.resume.push(id);
  }
  const [latest] = open;
  if (latest?.fresh?.progress === undefined || !isNewRetry(retry, before.lastHandledRetry)) return;
  if (spec.type === 'evaluation') decision.retryFailed.push(latest.id);
  else decision.nothingToRetry = true;
  decision.handled.retry = retry;
}

const isNewRetry = (retry: string | undefined, handled: string | undefined): boolean =>
  retry !== undefined && retry !== '' && retry !== handled;

/** Why a run should start; undefined: none should. No run is open. */
function wishOf(view: JobView, runs: readonly JobRun[], decision: Decision): StartReason | undefined {
  const [latest] = runs;
  if (latest === undefined) return firstWish(view, decision);
  if (view.spec.cancelled === true) return undefined;
  if (latest.lost) return 'again';
  const { before, retry, spec } = view;
  if (isUntold(latest, before)) {
    // It was started for what is asked for, and has ended in the meantime.
    if (retry !== undefined) decision.handled.retry = retry;
    const ran = latest.fresh?.result?.bundle.origin?.digest;
    if (spec.trigger !== undefined) decision.handled.trigger = ran ?? sourceDigest(view);
    return undefined;
  }
  if (isNewRetry(retry, before.lastHandledRetry)) {
    const { failed = 0, pending = 0 } = before.progress ?? {};
    // Load that was made, and data that is there, have no items to run again.
    const hasItems = spec.type === 'evaluation';
    if (hasItems && (latest.phase !== 'Succeeded' || failed > 0 || pending > 0)) return 'retry';
    decision.handled.retry = retry;
    decision.nothingToRetry = true;
  }
  const digest = sourceDigest(view);
  if (spec.trigger === undefined || digest === undefined) return undefined;
  return digest === before.lastHandledTrigger ? undefined : 'trigger';
}

/** Started for the job, but no status tells of it. */
const isUntold = ({ id }: JobRun, { runs = [] }: JobView['before']): boolean =>
  numberOf(id) > 0 && !runs.some((run) => run.id === id);

const sourceDigest = ({ resolution }: JobView): string | undefined =>
  resolution !== undefined && 'job' in resolution ? resolution.job.source.digest : undefined;

function firstWish({ spec, before, retry, generation }: JobView, decision: Decision): StartReason | undefined {
  // Whoever makes a job with the annotation has nothing yet to run again; a job that was refused is looked at once more.
  const retries = isNewRetry(retry, before.lastHandledRetry);
  if (retries) decision.handled.retry = retry;
  if (spec.schedule !== undefined || spec.cancelled === true || before.phase === 'Cancelled') return undefined;
  const wasRefused = before.phase === 'Failed' && before.observedGeneration === generation;
  return wasRefused && !retries ? undefined : 'first';
}

/** Starts the run, or says what is in the way. */
function begin(view: JobView, runs: readonly JobRun[], why: StartReason, decision: Decision): void {
  const { spec, resolution, retry } = view;
  if (spec.suspend === true) {
    const message = 'spec.suspend holds the job: set it to false to start it';
    decision.hindrance = { reason: 'Suspended', message, passing: true };
    return;
  }
  if (resolution === undefined) return;
  if ('refusals' in resolution) {
    decision.hindrance = hindranceOf(view, resolution.refusals);
    return;
  }
  const [latest] = runs;
  if (why === 'again' && latest !== undefined) decision.start = { number: numberOf(latest.id), why };
  else decision.start = { number: nextNumber(runs), why, ...(why === 'retry' ? retryOf(view, latest) : {}) };
  if (why === 'retry') decision.handled.retry = retry;
  decision.handled.trigger = resolution.job.source.digest;
}

/** A run that was refused has no results to go on from. */
function retryOf({ before }: JobView, latest: JobRun | undefined): { retryOf?: string } {
  const planned = latest?.fresh?.result !== undefined || (before.progress?.total ?? 0) > 0;
  return latest === undefined || !planned ? {} : { retryOf: latest.id };
}

function hindranceOf({ createdAt, now, before }: JobView, refusals: readonly Refusal[]): Decision['hindrance'] {
  const wait = waitOf(refusals);
  const reason = (wait ?? refusals[0])?.reason ?? 'InvalidSpec';
  const message = refusals.map((refusal) => refusal.message).join('\n');
  const isNew = now < createdAt + ORDER_GRACE_MS && before.startTime === undefined;
  const passing = wait !== undefined || (isNew && refusals.every((refusal) => MAY_COME.has(refusal.reason)));
  return { reason, message, passing };
}

function isExpired({ spec, before, now }: JobView, runs: readonly JobRun[], decision: Decision): boolean {
  const { ttlSecondsAfterFinished: seconds } = spec;
  if (seconds === undefined || isRecurring(spec) || decision.start !== undefined) return false;
  const [latest] = runs;
  if (runs.some((run) => run.open || run.lost)) return false;
  const endedAt =
    latest?.endedAt ?? (before.completionTime === undefined ? undefined : Date.parse(before.completionTime));
  return endedAt !== undefined && (latest === undefined || isOver(latest)) && endedAt + seconds * 1000 <= now;
}

function lookAgainMs(view: JobView, runs: readonly JobRun[], decision: Decision): number | undefined {
  const { spec, now, schedule, createdAt } = view;
  const times: number[] = [];
  if (decision.start !== undefined || runs.some((run) => run.open)) times.push(SAFETY_MS);
  const { hindrance } = decision;
  if (hindrance?.passing && MAY_COME.has(hindrance.reason)) times.push(createdAt + ORDER_GRACE_MS - now);
  if (spec.schedule !== undefined && !isHeld(spec)) {
    const dueMs = schedule?.nextAt === undefined ? SCHEDULE_LOOK_MS : schedule.nextAt + FIRING_MS - now;
    times.push(Math.min(SCHEDULE_LOOK_MS, Math.max(FIRING_MS, dueMs)));
  }
  const ttlMs = spec.ttlSecondsAfterFinished === undefined ? undefined : spec.ttlSecondsAfterFinished * 1000;
  if (ttlMs !== undefined) {
    for (const { endedAt } of isRecurring(spec) ? runs.slice(1) : runs.slice(0, 1)) {
      if (endedAt !== undefined && endedAt + ttlMs > now) times.push(endedAt + ttlMs - now);
    }
  }
  return times.length === 0 ? undefined : Math.max(1, Math.min(DAY_MS, ...times));
}
