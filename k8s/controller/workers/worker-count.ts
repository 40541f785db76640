/** How many pods of its own a job should have. Pure. */
import type { Progress } from '../../../src/core/run.js';
import type { ArenaJobSpec } from '../../../src/schema/cluster/arena-job.js';

export interface WorkerLimits {
  min: number;
  max: number;
}

/** Requests a second, or users, that one worker of a load test is to make at most where their number follows the load. */
const LOAD_OF_WORKER = 250;

/** Undefined: the shared pool serves the job. Volumes are written by pods of the job's own, so these take at least one. */
export function workerLimits({ workers, output }: ArenaJobSpec): WorkerLimits | undefined {
  if (workers === undefined && output?.type !== 'pvc') return undefined;
  const { replicas, minReplicas, maxReplicas } = workers ?? {};
  if (minReplicas === undefined && maxReplicas === undefined) return { min: replicas ?? 1, max: replicas ?? 1 };
  const min = minReplicas ?? 1;
  return { min, max: Math.max(min, maxReplicas ?? replicas ?? min) };
}

/**
 * Pods for the runs that are open: as many as have something to do, given what is left and what may be in flight. Never
 * the number of waiting tasks: a run has no more of them than its workers can take.
 *
 * @param current pods now; they are taken away only when half of them are idle, because each hands its work to others
 */
export function wantedWorkers(
  { min, max }: WorkerLimits,
  runs: readonly (Progress | undefined)[],
  current: number | undefined,
): number {
  const planned = runs.filter((progress) => progress !== undefined && progress.capacity !== undefined);
  if (planned.every((progress) => progress?.paused === true) && planned.length === runs.length) return 0;
  const before = current === undefined || current === 0 ? undefined : current;
  // What a run will have to do is known when it is planned.
  if (planned.length < runs.length) return before === undefined ? min : clamp(before, min, max);
  const needed = planned.reduce((sum, progress) => sum + workersOf(progress, max), 0);
  const wanted = clamp(needed, min, max);
  const isSmallCut = before !== undefined && wanted < before && wanted > min && wanted > before / 2;
  return isSmallCut ? clamp(before, min, max) : wanted;
}

/**
 * Pods for load tests that are open: by the highest target that the spec asks for, so that they are there before it is
 * reached, and by the target of this moment where somebody steers it beyond. A test that is paused keeps its pods.
 */
export function wantedLoadWorkers(
  { min, max }: WorkerLimits,
  { targetRPS = 0, concurrency = 0, vusPerWorker, stages = [] }: NonNullable<ArenaJobSpec['loadTest']>,
  runs: readonly (Progress | undefined)[],
): number {
  const planned = Math.max(targetRPS, concurrency, ...stages.map(({ target }) => target));
  const peak = Math.max(planned, ...runs.map((progress) => progress?.load?.target ?? 0));
  return clamp(Math.ceil(peak / Math.min(LOAD_OF_WORKER, vusPerWorker ?? LOAD_OF_WORKER)), min, max);
}

function workersOf(progress: Progress | undefined, max: number): number {
  if (progress?.capacity === undefined || progress.paused) return 0;
  const { counts, capacity } = progress;
  const left = Math.max(0, counts.total - counts.passed - counts.failed - counts.errored);
  const { concurrency, perWorker } = capacity;
  if (perWorker !== undefined) return Math.ceil(left / perWorker);
  // What may be in flight is shared by as many as there may be.
  const share = Math.max(1, Math.ceil(concurrency / max));
  return Math.ceil(Math.min(left, concurrency) / share);
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));
