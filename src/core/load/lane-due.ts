import { dueBy } from './course.js';
import type { LoadChange } from './load-control.js';

/** Requests that were due of a lane in fromMs ≤ t < toMs of the test's clock. */
export function dueOfLane(changes: readonly LoadChange[], lane: number, fromMs: number, toMs: number): number {
  return changes.reduce((sum, { atMs, course, lanes }, i) => {
    if (!lanes.includes(lane)) return sum;
    // What is due before the first change is of that one.
    const begins = Math.max(fromMs, i === 0 ? -Infinity : atMs);
    const ends = Math.min(toMs, changes[i + 1]?.atMs ?? Infinity);
    return ends <= begins ? sum : sum + (dueBy(course, ends) - dueBy(course, begins)) / lanes.length;
  }, 0);
}
