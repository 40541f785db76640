/** How a load test stands, for the workflow. Plain data: it travels through continue-as-new. */
import type { LoadChange, LoadControl } from './load-control.js';
import { testTime } from './load-control.js';
import type { LoadOutline } from './load-outline.js';
import type { LoadReading } from './load-reading.js';
import type { LoadEvent } from './load-summary.js';

/** What is told takes effect so far ahead, in milliseconds: by then every lane has heard of it. */
export const AHEAD_MS = 2_000;

/** Events that are kept; those that steer a test are refused beyond. */
export const MAX_EVENTS = 300;

/** A lane that is dispatched and has not ended. */
export interface LaneState {
  lane: number;
  /** Process and attempt that announced themselves last; absent: none has so far. */
  worker?: string;
  attempt?: number;
  /** When it announced itself last, in milliseconds since the epoch. */
  since?: number;
  /** It has fallen silent, and has no share until it is heard of. */
  silent?: true;
  /** It waits for a process that makes no lane, to take over from one in a process that makes several. */
  spare?: true;
  /** It is to end, since there are fewer workers, or another lane takes over from it. */
  leaving?: true;
}

export interface BudgetState {
  /** What may be used, raises included. */
  usd?: number;
  tokens?: number;
  /** What lanes have told that they used. */
  used: { usd: number; tokens: number };
  /** What lanes may use until they ask again, by lane. */
  leased: { [lane: string]: { usd: number; tokens: number } };
  /** Of leases of attempts that were lost: what may have been used and was not told. */
  lapsed: { usd: number; tokens: number };
  /** Nothing is left: the test ends, or stands until there is more. */
  reached?: true;
}

/** Why nothing more begins, where that is before the end of the course. */
export type LoadStop = 'stopped' | 'budget' | 'threshold';

export interface LoadState {
  /** When the test's clock stood at 0, in milliseconds since the epoch; absent: the test has not begun. */
  startedAt?: number;
  /** Oldest first; each course is cut to what holds between its change and the next. */
  changes: LoadChange[];
  /** Milliseconds for which the clock has stood, pauses that are over. */
  pausedMs: number;
  pausedAt?: number;
  stopAtMs?: number;
  stop?: LoadStop;
  lanes: LaneState[];
  /** Lanes that were ever made: the number of the next one. */
  lanesMade: number;
  /** Lanes at most that shared the load. */
  lanesAtMost: number;
  /** Number of lanes that the newest course is meant for, where the target grows with it. */
  scaledFor: number;
  budget?: BudgetState;
  /** Number of the next conversation, in a test that ends with its trials, and those that were given back. */
  nextConversation: number;
  returned: { from: number; to: number }[];
  events: LoadEvent[];
  reading?: LoadReading;
}

/** A test that has not begun. */
export function newLoad({ budget }: LoadOutline): LoadState {
  const none = { usd: 0, tokens: 0 };
  return {
    changes: [],
    pausedMs: 0,
    lanes: [],
    lanesMade: 0,
    lanesAtMost: 0,
    scaledFor: 1,
    ...(budget === undefined
      ? {}
      : { budget: { usd: budget.usd, tokens: budget.tokens, used: { ...none }, leased: {}, lapsed: { ...none } } }),
    nextConversation: 0,
    returned: [],
    events: [],
  };
}

/** What lanes are told. */
export function controlOf(state: LoadState, now: number): LoadControl {
  const { startedAt, changes, pausedMs, pausedAt, stopAtMs } = state;
  return {
    startedAt: startedAt ?? now + AHEAD_MS,
    ...(startedAt === undefined ? { waiting: true as const } : {}),
    changes,
    pausedMs,
    ...(pausedAt === undefined ? {} : { pausedAt }),
    ...(stopAtMs === undefined ? {} : { stopAtMs }),
  };
}

/** The test's clock, in milliseconds. */
export const clockOf = (state: LoadState, now: number): number => testTime(controlOf(state, now), now);

/** Writes down what happened; what people and thresholds do is bounded by `MAX_EVENTS`, lanes come and go unheard beyond. */
export function tell(state: LoadState, what: LoadEvent['what'], text: string, now: number, aheadMs = 0): void {
  if (what === 'lanes' && state.events.length >= MAX_EVENTS) return;
  state.events.push({ clockMs: clockOf(state, now) + aheadMs, at: now + aheadMs, what, text });
}
