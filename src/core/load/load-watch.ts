/** What follows from a reading of what the lanes wrote down: thresholds that end the test, a budget that is used up. */
import { hearLanes } from './lane-shares.js';
import { compareWith } from './load-budget.js';
import type { LoadOutline } from './load-outline.js';
import type { LoadReading } from './load-reading.js';
import { clockOf, type LoadState } from './load-state.js';
import { budgetReached, stopLoad } from './load-steering.js';

/** Shortest time between two readings, in milliseconds, and the most readings of a test: each costs events. */
const READ_EVERY_MS = 2_000;
const MOST_READINGS = 500;

/** Milliseconds until the next reading. `endMs`: end of the course; undefined where nobody knows it. */
export function readingPause(clockMs: number, endMs: number | undefined): number {
  // A test without an end is read ever more seldom.
  return Math.max(READ_EVERY_MS, endMs === undefined ? clockMs / (MOST_READINGS / 5) : endMs / MOST_READINGS);
}

/** `askedAt`: when the reading was asked for. */
export function takeReading(
  state: LoadState,
  outline: LoadOutline,
  reading: LoadReading,
  askedAt: number,
  now: number,
): void {
  state.reading = reading;
  hearLanes(state, outline, askedAt, now);
  for (const { place, graceMs, text } of outline.aborts) {
    if (reading.states[place] !== 'failed' || clockOf(state, askedAt) < graceMs) continue;
    stopLoad(state, 'threshold', `${text} is lost`, now);
  }
  if (state.budget !== undefined && compareWith(state.budget, reading)) budgetReached(state, outline, now);
}
