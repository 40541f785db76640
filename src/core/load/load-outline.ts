/** What the workflow has to know of the plan of a load test; at most 8 KiB. The rest lies in the store. */
import type { Course } from './course.js';

export interface LoadOutline {
  model: 'open' | 'closed';
  course: Course;
  /** Conversations in all, where the test ends with them: `course` then says nothing of its end. */
  conversations?: number;
  /** Virtual users of each lane, where the target grows with their number. */
  usersPerLane?: number;
  /** Thresholds whose loss ends the test, by their places in the plan. */
  aborts: AbortRule[];
  budget?: { usd?: number; tokens?: number; onLimit: 'stop' | 'hold' };
}

export interface AbortRule {
  /** Place of the threshold in the plan. */
  place: number;
  /** Milliseconds of the test's clock in which it may be lost. */
  graceMs: number;
  /** The threshold in words. */
  text: string;
}
