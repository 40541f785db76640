/** One second of one lane, as the lane writes it down: one line of JSON, never changed afterwards. */
import { emptyHistogram, type Histogram } from '../histogram.js';
import { emptyTally, type LoadTally } from './load-tally.js';

export interface LoadSlice {
  /** Seconds since the test began, by the clock on the wall: 0 is the first one. */
  second: number;
  /**
   * For which time of the test's clock the lane has begun what was due. Slices of a lane join; where they do not, nobody
   * worked. Of no length while the test is paused, or while the lane may not begin anything.
   */
  clock: { fromMs: number; toMs: number };
  /** The lane may not begin anything: its heartbeats have not been acknowledged for too long. */
  stalled?: true;
  /** The lane has ended in order: nothing of it is open. */
  last?: true;
  /** Conversations that began. */
  begun: number;
  /** Requests that were sent. */
  sent: number;
  /** Conversations that were due and did not begin: too many were in flight, or the process was too far behind. */
  dropped: number;
  /** Requests that the dropped conversations would have made. */
  droppedRequests: number;
  /** Conversations that were cut off when the test was over. */
  interrupted: number;
  /** Conversations and requests that had begun and not ended at the end of the second. */
  open: number;
  inFlight: number;
  /** Milliseconds by which conversations began late. */
  late: Histogram;
  /** What ended in the second, by the number of the cell in the plan. */
  cells: { [cell: string]: LoadTally };
}

export function emptySlice(second: number): LoadSlice {
  const none = { begun: 0, sent: 0, dropped: 0, droppedRequests: 0, interrupted: 0, open: 0, inFlight: 0 };
  return { second, clock: { fromMs: 0, toMs: 0 }, ...none, late: emptyHistogram(), cells: {} };
}

export function tallyOf(slice: LoadSlice, cell: number): LoadTally {
  const there = slice.cells[cell];
  if (there !== undefined) return there;
  const tally = emptyTally();
  slice.cells[cell] = tally;
  return tally;
}
