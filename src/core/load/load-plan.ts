/** A load test as it was planned: everything that its lanes and its judges have to know and that never changes. */
import type { ArrivalKind } from './arrivals.js';
import type { Course } from './course.js';
import type { Threshold } from './thresholds.js';

/** A scenario against a provider. */
export interface LoadCell {
  scenario: string;
  provider: string;
  region: string;
  /** Part of the conversations, beside the others'; above 0. */
  weight: number;
  /** Requests that a conversation makes, as far as the bundle tells. */
  requests: number;
}

export interface LoadPlan {
  model: 'open' | 'closed';
  /** Requests a second, or virtual users; where the test ends with its trials, its end is a year away. */
  course: Course;
  arrivals: ArrivalKind;
  cells: LoadCell[];
  /** Conversations in all, where the test ends with them: number n is then item n of the run's plan. */
  conversations?: number;
  /** Conversations in flight over all workers at most. */
  maxInFlight: number;
  /** Virtual users on each worker at most. */
  usersPerWorker?: number;
  thinkMs?: { min: number; max: number };
  thresholds: Threshold[];
  budget?: { usd?: number; tokens?: number; onLimit: 'stop' | 'hold' };
  gracefulStopMs: number;
  seed: number;
}
