/** What a load test is about to do, in one line. Pure. */
import { formatDurationMs, parseDurationMs } from '../core/duration.js';
import { type Course, dueBy, endOf, peakOf } from '../core/load/course.js';
import { settleCourse } from '../core/load/settle-course.js';
import type { LoadTestInput } from '../schema/load-test.js';
import { count } from './describe-matrix.js';
import { type Estimate, type EstimateOptions, estimate } from './estimate.js';
import type { ReadyBundle } from './read-bundle.js';

type Ready = Pick<ReadyBundle, 'bundle' | 'matrix'>;

/** The course of the load; undefined where the settings make none. `workers`: how many share it. */
export function courseOfLoad(
  { targetRPS, concurrency, vusPerWorker, model, stages, rampUp, ramp, duration }: LoadTestInput,
  workers: number,
): ReturnType<typeof settleCourse> {
  const ms = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseDurationMs(text));
  return settleCourse({
    ...{ targetRPS, concurrency, vusPerWorker, model, workers },
    stages: stages?.map((stage) => ({ durationMs: ms(stage.duration) ?? 0, target: stage.target })),
    rampUpMs: ms(rampUp ?? ramp?.up),
    rampDownMs: ms(ramp?.down),
    durationMs: ms(duration),
  });
}

/** `2 scenarios and 1 provider, up to 100 requests a second for 10m`. */
export function describeLoad({ matrix }: Pick<Ready, 'matrix'>, loadTest: LoadTestInput, workers: number): string {
  const providers = new Set(matrix.cells.flatMap((cell) => cell.providers)).size;
  const whom = `${count(matrix.cells.length, 'scenario')} and ${count(providers, 'provider')}`;
  const settled = courseOfLoad(loadTest, workers);
  if ('faults' in settled) return whom;
  const { model, course, endsWithTrials } = settled;
  const peak = peakOf(course);
  const load = model === 'open' ? `${count(peak, 'request')} a second` : count(peak, 'user');
  const how = isLevel(course) ? load : `up to ${load}`;
  return `${whom}, ${how} ${endsWithTrials ? 'until all trials are held' : `for ${formatDurationMs(endOf(course))}`}`;
}

/** Undefined where nobody can know how many requests there will be: that depends on how fast they are answered. */
export function estimateLoad(
  { bundle, matrix }: Ready,
  loadTest: LoadTestInput,
  workers: number,
  options: EstimateOptions,
): Estimate | undefined {
  const settled = courseOfLoad(loadTest, workers);
  if ('faults' in settled) return undefined;
  const once = estimate(bundle, matrix, options);
  if (settled.endsWithTrials) return once;
  if (settled.model === 'closed' || once.calls === 0) return undefined;
  const times = dueBy(settled.course, endOf(settled.course)) / once.calls;
  const { costUsd, unpriced } = once;
  return {
    conversations: Math.round(once.conversations * times),
    calls: Math.round(once.calls * times),
    ...(costUsd === undefined ? {} : { costUsd: { low: costUsd.low * times, high: costUsd.high * times } }),
    unpriced,
  };
}

const isLevel = (course: Course): boolean => course.every(({ from, to }) => from === to && from === course[0]?.from);
