/**
 * How much load is to be made when: a target that goes in straight lines, in requests a second (open model) or
 * conversations in flight (closed model). Times are milliseconds of the test's own clock, which stands while the test is
 * paused.
 */

/** The target goes from `from` to `to` while the clock goes from `startMs` to `endMs`; `endMs` itself belongs to the next. */
export interface Leg {
  startMs: number;
  endMs: number;
  from: number;
  to: number;
}

/** Legs that follow one another without a gap, from 0. */
export type Course = readonly Leg[];

/** `target` is reached at the end of the stage, in a straight line from where the one before ended; the first from 0. */
export interface Stage {
  durationMs: number;
  target: number;
}

export function courseOf(stages: readonly Stage[]): Leg[] {
  const course: Leg[] = [];
  let at = 0;
  let from = 0;
  for (const { durationMs, target } of stages) {
    // A stage of no length is a jump.
    if (durationMs > 0) course.push({ startMs: at, endMs: at + durationMs, from, to: target });
    at += durationMs;
    from = target;
  }
  return course;
}

/** When load ends, in milliseconds. */
export function endOf(course: Course): number {
  return course.at(-1)?.endMs ?? 0;
}

/** Target at a time; 0 before the test and after it. */
export function targetAt(course: Course, ms: number): number {
  const leg = course.find(({ startMs, endMs }) => ms >= startMs && ms < endMs);
  return leg === undefined ? 0 : targetIn(leg, ms);
}

/** The greatest target of the course. */
export function peakOf(course: Course): number {
  return course.reduce((peak, { from, to }) => Math.max(peak, from, to), 0);
}

/** Requests that are due by a time when the target is their rate a second: the area below the course. */
export function dueBy(course: Course, ms: number): number {
  let sum = 0;
  for (const leg of course) {
    if (ms <= leg.startMs) break;
    sum += areaOf(leg, Math.min(ms, leg.endMs));
  }
  return sum;
}

/** When request number `due` is due, the inverse of `dueBy`; undefined when the test ends before. */
export function timeOf(course: Course, due: number): number | undefined {
  let left = due;
  for (const leg of course) {
    const area = areaOf(leg, leg.endMs);
    if (left < area) return timeIn(leg, left);
    left -= area;
  }
  return undefined;
}

/**
 * The course when another target is set at `atMs`: it goes there in a straight line for `overMs`, and stays there until
 * the test ends as it would have ended.
 */
export function retargeted(course: Course, atMs: number, target: number, overMs: number): Leg[] {
  const end = endOf(course);
  if (atMs >= end) return [...course];
  const before = course
    .filter(({ startMs }) => startMs < atMs)
    .map((leg) => (leg.endMs <= atMs ? leg : { ...leg, endMs: atMs, to: targetIn(leg, atMs) }));
  const from = targetAt(course, atMs);
  const reachedMs = Math.min(end, atMs + overMs);
  const reached = overMs === 0 ? target : from + ((target - from) * (reachedMs - atMs)) / overMs;
  const change = reachedMs > atMs ? [{ startMs: atMs, endMs: reachedMs, from, to: reached }] : [];
  const rest = reachedMs < end ? [{ startMs: reachedMs, endMs: end, from: target, to: target }] : [];
  return [...before, ...change, ...rest];
}

function targetIn({ startMs, endMs, from, to }: Leg, ms: number): number {
  return from + ((to - from) * (ms - startMs)) / (endMs - startMs);
}

function areaOf(leg: Leg, untilMs: number): number {
  return ((leg.from + targetIn(leg, untilMs)) / 2) * ((untilMs - leg.startMs) / 1000);
}

/** Solves areaOf(leg, t) = area for t. The form with the root below the line stays exact where the leg is nearly level. */
function timeIn({ startMs, endMs, from, to }: Leg, area: number): number {
  const slope = (to - from) / ((endMs - startMs) / 1000);
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * area));
  const seconds = from + root === 0 ? 0 : (2 * area) / (from + root);
  return Math.min(endMs, startMs + seconds * 1000);
}
