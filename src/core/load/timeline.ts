/** Where the events of a load test lie on the axis of its series, and how much of its highest target it made. */
import type { LoadEvent, LoadPoint, LoadSummary } from './load-summary.js';

/** Seconds since the test began, by the clock on the wall, as in the series. */
export function secondOf(event: LoadEvent, events: readonly LoadEvent[]): number {
  const start = events.find(({ what }) => what === 'started') ?? events[0] ?? event;
  return (event.at - start.at + start.clockMs) / 1000;
}

/** Pauses, in seconds as above; one that never ended goes on to `endSecond`. */
export function pausesOf(events: readonly LoadEvent[], endSecond: number): [from: number, to: number][] {
  const pauses: [number, number][] = [];
  let from: number | undefined;
  for (const event of events) {
    if (event.what === 'paused') from ??= secondOf(event, events);
    else if (event.what === 'resumed' && from !== undefined) {
      pauses.push([from, secondOf(event, events)]);
      from = undefined;
    }
  }
  return from === undefined ? pauses : [...pauses, [from, endSecond]];
}

/** What was made while the target was highest. */
export interface Peak {
  /** Requests a second, or virtual users. */
  target: number;
  /** Seconds for which it was asked for, without pauses. */
  seconds: number;
  /** Requests a second that were sent meanwhile. */
  rps: number;
  /** Conversations in flight meanwhile, a mean. */
  open: number;
}

/** Undefined where nothing was ever asked for. */
export function peakOfSeries({ series, events, pointSeconds }: LoadSummary): Peak | undefined {
  const end = (series.at(-1)?.second ?? 0) + pointSeconds;
  const pauses = pausesOf(events, end);
  const runs = ({ second }: LoadPoint): boolean =>
    !pauses.some(([from, to]) => second + pointSeconds > from && second < to);
  const made = series.filter(runs);
  const target = made.reduce((most, point) => Math.max(most, point.target), 0);
  if (target === 0) return undefined;
  // A point in which the target was still rising to the highest one tells of both.
  const held = made.filter((point) => point.target >= 0.999 * target);
  const mean = (of: (point: LoadPoint) => number): number =>
    held.reduce((sum, point) => sum + of(point), 0) / held.length;
  return {
    target,
    seconds: held.length * pointSeconds,
    rps: mean(({ sent }) => sent),
    open: mean(({ open }) => open),
  };
}
