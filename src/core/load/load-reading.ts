/** What the lanes of a load test have written, merged: asked for again and again while it runs, and once at its end. */
import type { LoadControl } from './load-control.js';
import type { LoadFigures } from './load-summary.js';
import type { ThresholdResult, ThresholdState } from './thresholds.js';

/** Input of the activity `readLoad`. It may be repeated: what was merged once is not merged again. */
export interface ReadLoadInput {
  run: string;
  /** As the lanes know it, with all changes since the beginning: tells what was due where no lane was. */
  control: LoadControl;
  /** All lanes have ended for good: what has not told its end never will, and what was not begun is dropped. */
  final?: true;
}

/** Of the figures what is measured; the rest is the workflow's own. */
export type MeasuredFigures = Pick<
  LoadFigures,
  | 'rps'
  | 'requests'
  | 'conversations'
  | 'turns'
  | 'errors'
  | 'open'
  | 'inFlight'
  | 'latency'
  | 'ttft'
  | 'wait'
  | 'usage'
  | 'costUsd'
>;

/** Result of the activity `readLoad`; at most 4 KiB. */
export interface LoadReading {
  figures: MeasuredFigures;
  /** At most 20, those that are lost first, then those that are unknown. */
  thresholds: ThresholdResult[];
  /** Of all thresholds, by their places in the plan. */
  states: ThresholdState[];
  /** Lanes that have written something; `lastSecond`: the newest one, in seconds of the wall clock since the test began. */
  lanes: { lane: number; lastSecond: number }[];
  /** What all requests have cost as far as it is known, those of judges and personas included. */
  usedUsd: number;
  usedTokens: number;
}
