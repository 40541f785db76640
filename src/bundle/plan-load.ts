/** The plan of a load test from the settings of the job and the matrix of the bundle. */
import { MAX_TIMER_MS, parseDurationMs } from '../core/duration.js';
import type { LoadOutline } from '../core/load/load-outline.js';
import type { LoadPlan } from '../core/load/load-plan.js';
import { thresholdText } from '../core/load/load-words.js';
import { type CourseSettings, settleCourse } from '../core/load/settle-course.js';
import type { PlanCell } from '../core/plan.js';
import type { LoadTestInput } from '../schema/load-test.js';
import type { Bundle } from './bundle.js';
import type { Fault } from './fault.js';
import { loadCells } from './load-cells.js';
import { inputFault, type LoadQuestion, measureFaults, settingsFaults } from './load-faults.js';

const DEFAULT_MAX_IN_FLIGHT = 10_000;
const DEFAULT_GRACEFUL_STOP_MS = 30_000;
const DEFAULT_SEED = 1;

export interface LoadWish extends Pick<LoadQuestion, 'bundle' | 'input' | 'settings' | 'isPriced'> {
  /** Of the matrix of the bundle. */
  cells: readonly PlanCell[];
  regions: readonly string[];
  /** Worker processes to begin with. */
  workers: number;
}

/** The cells that load can be made in: what was recorded before is only judged. */
export const conversationCells = (cells: readonly PlanCell[]): PlanCell[] =>
  cells.filter(({ recordings }) => recordings === undefined);

/** The plan, or everything that is wrong with it. */
export function planLoad(wish: LoadWish): { plan: LoadPlan } | { faults: Fault[] } {
  const { bundle, input, settings, regions } = wish;
  const settled = settleCourse(courseSettings(settings, wish.workers));
  const cells = conversationCells(wish.cells);
  const bySettings = 'faults' in settled ? settled.faults : [];
  const open = 'faults' in settled ? settings.targetRPS !== undefined : settled.model === 'open';
  const endsWithTrials = 'endsWithTrials' in settled && settled.endsWithTrials;
  const weightOf = ({ scenario, providers, trials }: PlanCell): number =>
    endsWithTrials ? trials * providers.length : (settings.weights?.[scenario] ?? 1);
  const loaded = loadCells(bundle, cells, regions, weightOf);
  const faults = [
    ...bySettings.map(({ field, message }) => inputFault(field === '' ? 'loadTest' : `loadTest.${field}`, message)),
    ...settingsFaults(settings, open, endsWithTrials),
    ...emptiness(bundle, cells),
    ...measureFaults({ ...wish, cells: loaded }),
    ...longTimes(settings),
  ];
  if (!endsWithTrials && input.trials !== undefined && bySettings.length === 0) {
    const message = 'means nothing in a load test with a duration: it holds as many conversations as fit';
    faults.push(inputFault('trials', message, 'leave it out, or write concurrency without duration'));
  }
  if (faults.length > 0 || 'faults' in settled) return { faults };
  const conversations = cells.reduce((sum, cell) => sum + cell.trials * cell.providers.length, 0) * regions.length;
  const plan: LoadPlan = {
    model: settled.model,
    course: settled.course,
    arrivals: settings.arrivals ?? 'constant',
    cells: loaded,
    ...(endsWithTrials ? { conversations } : {}),
    maxInFlight: settings.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT,
    ...(settings.vusPerWorker === undefined ? {} : { usersPerWorker: settings.vusPerWorker }),
    ...thinkOf(settings),
    thresholds: (settings.thresholds ?? []).map(({ grace, ...threshold }) => {
      return { ...threshold, ...(grace === undefined ? {} : { graceMs: parseDurationMs(grace) ?? 0 }) };
    }),
    ...(settings.budget === undefined
      ? {}
      : { budget: { ...settings.budget, onLimit: settings.budget.onLimit ?? 'stop' } }),
    gracefulStopMs: msOf(settings.gracefulStop) ?? DEFAULT_GRACEFUL_STOP_MS,
    seed: settings.seed ?? DEFAULT_SEED,
  };
  return { plan };
}

/** What the workflow has to know of it. */
export function outlineOf(plan: LoadPlan, { concurrency, stages }: LoadTestInput): LoadOutline {
  const { model, course, conversations, thresholds, budget, usersPerWorker } = plan;
  const scales = usersPerWorker !== undefined && concurrency === undefined && stages === undefined;
  return {
    model,
    course,
    ...(conversations === undefined ? {} : { conversations }),
    ...(scales ? { usersPerLane: usersPerWorker } : {}),
    aborts: thresholds.flatMap((one, place) =>
      one.abortOnFail === true ? [{ place, graceMs: one.graceMs ?? 0, text: thresholdText(one) }] : [],
    ),
    ...(budget === undefined ? {} : { budget }),
  };
}

function courseSettings(settings: LoadTestInput, workers: number): CourseSettings {
  const { targetRPS, concurrency, vusPerWorker, model, stages, ramp } = settings;
  return {
    targetRPS,
    concurrency,
    vusPerWorker,
    workers,
    model,
    stages: stages?.map(({ duration, target }) => ({ durationMs: parseDurationMs(duration) ?? 0, target })),
    rampUpMs: msOf(settings.rampUp ?? ramp?.up),
    rampDownMs: msOf(ramp?.down),
    durationMs: msOf(settings.duration),
  };
}

function thinkOf({ thinkTime }: LoadTestInput): Pick<LoadPlan, 'thinkMs'> {
  if (thinkTime === undefined) return {};
  const { min, max } = typeof thinkTime === 'string' ? { min: thinkTime, max: thinkTime } : thinkTime;
  return { thinkMs: { min: parseDurationMs(min) ?? 0, max: parseDurationMs(max) ?? 0 } };
}

function emptiness(bundle: Bundle, cells: readonly PlanCell[]): Fault[] {
  if (cells.some(({ providers }) => providers.length > 0)) return [];
  const message = 'no conversation is left to make load with; evals of recordings call nobody';
  return [{ severity: 'error', file: bundle.arena.file, message, hint: 'see the selection and the warnings' }];
}

/** A timer of Node that is longer would be over at once. */
function longTimes({ gracefulStop, thinkTime }: LoadTestInput): Fault[] {
  const times = {
    gracefulStop,
    ...(typeof thinkTime === 'object' ? { 'thinkTime.max': thinkTime.max } : { thinkTime }),
  };
  return Object.entries(times).flatMap(([field, text]) =>
    (msOf(text) ?? 0) <= MAX_TIMER_MS ? [] : [inputFault(`loadTest.${field}`, 'is longer than 24 days')],
  );
}

const msOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseDurationMs(text));
