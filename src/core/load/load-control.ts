/** What a load test is told while it runs, as its lanes hear it. */
import type { Course } from './course.js';

/** From `atMs` of the test's clock on, the target follows `course` and is shared by `lanes`, in this order. */
export interface LoadChange {
  atMs: number;
  course: Course;
  /** Numbers of the lanes that share the target; a lane that is not among them ends. */
  lanes: readonly number[];
}

/** Part of the answer of the `control` query. */
export interface LoadControl {
  /** When the test's clock stood at 0, in milliseconds since the epoch; while `waiting`, when it does so at the earliest. */
  startedAt: number;
  /** The test has not begun: its lanes are not all ready. */
  waiting?: true;
  /** Oldest first; each course holds until the next change, and may say nothing of the time beyond or before. */
  changes: readonly LoadChange[];
  /** Milliseconds for which the clock has stood, pauses that are over. */
  pausedMs: number;
  /** Since when the clock stands, in milliseconds since the epoch. */
  pausedAt?: number;
  /** The clock at which nothing more begins, where that is before the end of the course. */
  stopAtMs?: number;
}

/** The test's clock at a moment, in milliseconds: below 0 before the test, standing while it is paused. */
export function testTime({ startedAt, pausedMs, pausedAt }: LoadControl, epochMs: number): number {
  return Math.min(epochMs, pausedAt ?? epochMs) - startedAt - pausedMs;
}

/** What holds at a time of the test's clock. */
export function changeAt(changes: readonly LoadChange[], ms: number): LoadChange | undefined {
  return changes.findLast(({ atMs }) => atMs <= ms) ?? changes[0];
}
