/** How a load test stands, for the workflow. Plain data: it travels through continue-as-new. */
import type { LoadChange } from './load-control.js';
import type { LoadReading } from './load-reading.js';
import type { LoadEvent } from './load-summary.js';

/** A lane that is dispatched and has not ended. */
export interface LaneState {
  lane: number;
  /** Process and attempt that announced themselves last; absent: none has so far. */
  worker?: string;
  attempt?: number;
  /** It does not share the load: it has not announced itself, or has fallen silent. */
  out?: true;
  /** When it announced itself, or took its share again, in milliseconds since the epoch. */
  since?: number;
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
  /** Nothing is left; with `hold` the test is paused until there is. */
  reached?: true;
}

/** Why nothing more begins, where that is before the end of the course. */
export type LoadStop = 'stopped' | 'budget' | 'threshold';

export interface LoadState {
  /** When the test's clock stood at 0, in milliseconds since the epoch; absent: the test has not begun. */
  startedAt?: number;
  /** Oldest first; each course is cut to what holds between its change and the next. */
  changes: LoadChange[];
  pausedMs: number;
  pausedAt?: number;
  /** Pauses that are over, in milliseconds since the epoch. */
  pauses: [from: number, to: number][];
  stopAtMs?: number;
  stop?: LoadStop;
  lanes: LaneState[];
  /** Lanes that were ever made: the number of the next one. */
  lanesMade: number;
  /** Lanes at most that shared the load. */
  lanesAtMost: number;
  budget?: BudgetState;
  /** Number of the next conversation, in a test that ends with its trials. */
  nextConversation: number;
  events: LoadEvent[];
  /** Places of the thresholds that have been told to be lost. */
  lost: number[];
  reading?: LoadReading;
}
