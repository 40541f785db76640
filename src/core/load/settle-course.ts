/** The course of a load test from its settings. */
import { type Course, courseOf, type Stage } from './course.js';

/** As in the schema, with times in milliseconds. */
export interface CourseSettings {
  targetRPS?: number;
  concurrency?: number;
  vusPerWorker?: number;
  workers: number;
  model?: 'open' | 'closed';
  stages?: Stage[];
  rampUpMs?: number;
  rampDownMs?: number;
  durationMs?: number;
}

export type SettledCourse = {
  model: 'open' | 'closed';
  course: Course /** The load ends with the trials. */;
  endsWithTrials: boolean;
};

const DEFAULT_RAMP_UP_MS = 30_000;
const DEFAULT_DURATION_MS = 5 * 60_000;
/** In a test that ends with its trials the course has no end of its own. */
const FOREVER_MS = 365 * 24 * 3_600_000;

/** The course, or all that is wrong with the settings: the field and what to do. */
export function settleCourse(
  settings: CourseSettings,
): SettledCourse | { faults: { field: string; message: string }[] } {
  const faults = faultsOf(settings);
  if (faults.length > 0) return { faults };
  const { stages, targetRPS, rampDownMs = 0 } = settings;
  if (stages !== undefined) return { model: settings.model ?? 'open', course: courseOf(stages), endsWithTrials: false };
  const open = targetRPS !== undefined;
  const target = targetRPS ?? settings.concurrency ?? (settings.vusPerWorker ?? 0) * settings.workers;
  const endsWithTrials = !open && settings.durationMs === undefined;
  const durationMs = settings.durationMs ?? (open ? DEFAULT_DURATION_MS : FOREVER_MS);
  const rampUpMs = settings.rampUpMs ?? (open ? Math.min(DEFAULT_RAMP_UP_MS, durationMs - rampDownMs) : 0);
  const course = courseOf([
    { durationMs: rampUpMs, target },
    { durationMs: durationMs - rampUpMs - rampDownMs, target },
    { durationMs: rampDownMs, target: 0 },
  ]);
  return { model: open ? 'open' : 'closed', course, endsWithTrials };
}

type CourseFault = { field: string; message: string };

function faultsOf(settings: CourseSettings): CourseFault[] {
  return [...targetFaults(settings), ...(settings.stages === undefined ? timeFaults(settings) : stageFaults(settings))];
}

function targetFaults({ targetRPS, concurrency, vusPerWorker, stages, model }: CourseSettings): CourseFault[] {
  const faults: CourseFault[] = [];
  const users = concurrency ?? vusPerWorker;
  if (stages === undefined && targetRPS === undefined && users === undefined) {
    const message =
      'says neither how many requests a second nor how many users: write targetRPS, concurrency or stages';
    faults.push({ field: '', message });
  }
  if (targetRPS !== undefined && users !== undefined) {
    const field = concurrency === undefined ? 'vusPerWorker' : 'concurrency';
    faults.push({ field, message: 'is for closed tests: write maxInFlight to bound what is open beside targetRPS' });
  }
  if (stages === undefined && model !== undefined) {
    faults.push({ field: 'model', message: 'is for stages alone: targetRPS is open, concurrency is closed' });
  }
  return faults;
}

function stageFaults({ stages = [], targetRPS, rampUpMs, rampDownMs, durationMs }: CourseSettings): CourseFault[] {
  const beside = { targetRPS, rampUp: rampUpMs, 'ramp.down': rampDownMs, duration: durationMs };
  const faults = Object.entries(beside).flatMap(([field, value]) =>
    value === undefined ? [] : [{ field, message: 'cannot stand beside stages, which say all of it' }],
  );
  if (stages.every(({ target }) => target === 0)) faults.push({ field: 'stages', message: 'make no load at all' });
  if (stages.every((stage) => stage.durationMs === 0)) faults.push({ field: 'stages', message: 'last no time' });
  return faults;
}

function timeFaults({ targetRPS, rampUpMs = 0, rampDownMs = 0, durationMs }: CourseSettings): CourseFault[] {
  if (durationMs === undefined) {
    if (targetRPS !== undefined || rampDownMs === 0) return [];
    return [{ field: 'ramp.down', message: 'needs to know when the test ends: write duration' }];
  }
  if (durationMs === 0) return [{ field: 'duration', message: 'must be longer than 0s' }];
  const fits = rampUpMs + rampDownMs <= durationMs;
  return fits ? [] : [{ field: 'duration', message: 'is shorter than the ramps in it' }];
}
