/** The load section of a run's summary, from everything that the lanes have written. */

import { quantile } from '../histogram.js';
import { type Course, targetAt } from './course.js';
import { changeAt, type LoadControl } from './load-control.js';
import { loadLatency } from './load-latency.js';
import type { LoadBin } from './load-picture.js';
import { sumOf } from './load-picture.js';
import type { LoadPlan } from './load-plan.js';
import { endOfLoad, judgeAll } from './load-standing.js';
import type { LoadEvent, LoadPoint, LoadRow, LoadSummary } from './load-summary.js';
import type { LoadTally } from './load-tally.js';
import type { MergedLoad } from './merged-load.js';
import { pausesOf } from './timeline.js';

const MAX_ROWS = 200;

/** How the workflow left a load test. */
export interface LoadOutcome {
  /** Absent: it had not begun. */
  control?: LoadControl;
  events: LoadEvent[];
  lanes: number;
  budget?: LoadSummary['budget'];
}

/** `completed`: nothing cut the test short but a stop that `control` tells. */
export function summarizeLoad(
  plan: LoadPlan,
  merged: MergedLoad,
  { control, events, lanes, budget }: LoadOutcome,
  completed: boolean,
): LoadSummary {
  const { picture } = merged;
  const { bins, binSeconds } = picture;
  const all = sumOf(picture, () => true);
  const total = (key: 'begun' | 'sent' | 'dropped') => bins.reduce((sum, bin) => sum + bin[key], 0);
  const axis = axisOf(events, bins.length * binSeconds);
  const seconds = loadSeconds({ plan, control, bins, binSeconds, axis, completed });
  const sent = total('sent');
  const begun = total('begun');
  const { passed, failed, errored } = all.conversations;
  const { interrupted } = picture;
  const untold = Math.max(0, begun - passed - failed - errored - interrupted);
  // Of a test that ends with its trials, those that a lost worker was given are begun by nobody else.
  const runsOut = completed && control?.stopAtMs === undefined;
  const lost = runsOut ? Math.max(0, (plan.conversations ?? 0) - begun) : 0;
  const { usage } = all;
  return {
    model: plan.model,
    arrivals: plan.arrivals,
    course: plan.course,
    seconds,
    rps: seconds === 0 ? 0 : rounded(sent / seconds),
    requests: { sent, ...all.requests, unknown: picture.unknown.requests },
    conversations: {
      begun,
      ...all.conversations,
      dropped: total('dropped') + lost,
      interrupted,
      unknown: Math.max(picture.unknown.conversations, untold),
    },
    late: loadLatency(picture.late),
    all: rowOf({}, all),
    ...tablesOf(plan, merged),
    pointSeconds: binSeconds,
    series: bins.map((bin, place) => pointOf(bin, place * binSeconds, binSeconds, targetOf(plan, control, axis))),
    thresholds: judgeAll(plan, merged),
    ...(budget === undefined
      ? {}
      : {
          budget: {
            ...budget,
            usedTokens: (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0),
            ...(all.unpriced === 0 ? { usedUsd: all.costUsd } : {}),
          },
        }),
    events,
    lanes,
  };
}

/** Milliseconds of the test's clock at a second of the wall clock, which goes on while the test is paused. */
type Axis = (second: number) => number;

function axisOf(events: readonly LoadEvent[], endSecond: number): Axis {
  const pauses = pausesOf(events, endSecond);
  return (second) =>
    1000 *
    (second - pauses.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, second) - Math.max(0, from)), 0));
}

function targetOf(plan: LoadPlan, control: LoadControl | undefined, axis: Axis): (second: number) => number {
  if (control === undefined) return () => 0;
  const end = control.stopAtMs ?? Infinity;
  return (second) => {
    const clockMs = axis(second);
    const course: Course = changeAt(control.changes, clockMs)?.course ?? plan.course;
    return clockMs >= end ? 0 : targetAt(course, clockMs);
  };
}

interface Stretch {
  plan: LoadPlan;
  control: LoadControl | undefined;
  bins: readonly LoadBin[];
  binSeconds: number;
  axis: Axis;
  completed: boolean;
}

function loadSeconds({ plan, control, bins, binSeconds, axis, completed }: Stretch): number {
  if (control === undefined) return 0;
  const last = bins.findLastIndex(({ sent, begun, dropped }) => sent + begun + dropped > 0);
  const made = axis((last + 1) * binSeconds) / 1000;
  const end = endOfLoad(control) / 1000;
  const isKnown = completed && (plan.conversations === undefined || control.stopAtMs !== undefined);
  return rounded(isKnown ? end : Math.min(made, end));
}

function pointOf(bin: LoadBin, second: number, seconds: number, target: (second: number) => number): LoadPoint {
  const per = (count: number) => rounded(count / seconds);
  const { latency } = bin;
  const times = { p50Ms: quantile(latency, 0.5), p95Ms: quantile(latency, 0.95), p99Ms: quantile(latency, 0.99) };
  return {
    second,
    target: rounded(target(second + seconds / 2)),
    sent: per(bin.sent),
    ended: per(bin.ended),
    failed: per(bin.failed),
    rateLimited: per(bin.rateLimited),
    dropped: per(bin.dropped),
    open: per(bin.openSeconds),
    inFlight: per(bin.inFlightSeconds),
    ...(latency.count === 0 ? {} : times),
  };
}

function tablesOf(
  { cells }: LoadPlan,
  { picture }: MergedLoad,
): Pick<LoadSummary, 'scenarios' | 'providers' | 'cells'> {
  const rows = (names: { scenario?: string; provider?: string }[]): LoadRow[] => {
    const distinct = new Map(names.map((name) => [JSON.stringify(name), name]));
    const made = [...distinct.values()].map((name) => {
      const isIn = (place: number): boolean => {
        const cell = cells[place];
        if (cell === undefined) return false;
        return (name.scenario ?? cell.scenario) === cell.scenario && (name.provider ?? cell.provider) === cell.provider;
      };
      return rowOf(name, sumOf(picture, isIn));
    });
    return made.length <= MAX_ROWS ? made : made.sort((a, b) => b.requests.ended - a.requests.ended).slice(0, MAX_ROWS);
  };
  return {
    scenarios: rows(cells.map(({ scenario }) => ({ scenario }))),
    providers: rows(cells.map(({ provider }) => ({ provider }))),
    cells: rows(cells.map(({ scenario, provider }) => ({ scenario, provider }))),
  };
}

function rowOf(name: { scenario?: string; provider?: string }, tally: LoadTally): LoadRow {
  const { requests, conversations, turns, latency, ttft, wait, errors, usage, costUsd, unpriced } = tally;
  return {
    ...name,
    requests,
    conversations,
    turns,
    latency: loadLatency(latency),
    ...(ttft.count === 0 ? {} : { ttft: loadLatency(ttft) }),
    wait: loadLatency(wait),
    errors,
    usage,
    ...(unpriced === 0 ? { costUsd } : {}),
  };
}

/** Three digits behind the point are more than anybody reads. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
