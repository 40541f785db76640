/** All timeouts and retries of a run, in one place. */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/**
 * A shard runs as long as it takes; its heartbeats tell whether it lives. It has no attempt limit: pollers of a worker
 * that was cut off swallow attempts, and the shard itself gives up on an item that keeps killing its worker.
 * On cancellation it returns what it has finished.
 */
export const SHARD: ActivityOptions = {
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
};

/**
 * A lane of a load test: like a shard, but its work is of the moment, so that one whose worker died is missed, and taken up
 * elsewhere, within seconds. Processes that left it to others are attempts too: they must not make the wait longer.
 */
export const LANE: ActivityOptions = {
  startToCloseTimeout: '30 days',
  heartbeatTimeout: '5 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '500 milliseconds' },
};

/** Merges what the lanes have written since the last time: milliseconds, unless the store is slow. */
export const READING: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  // A worker that was lost may have taken it along, and until somebody reads nobody misses its lane.
  heartbeatTimeout: '4 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
};

/** What passes by itself passes within some minutes; a fault of our own is not tried for ever. */
const BOUNDED_RETRY = {
  initialInterval: '500 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '30 seconds',
  maximumAttempts: 15,
} as const;

/** Reads a bundle and writes a plan: seconds. Under a heavy load it happens that Temporal has given it out and no worker got it. */
export const PLAN: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  retry: BOUNDED_RETRY,
};

/** Reads a bundle, and what an ArenaConfig names: a fault of ours is told soon, and looked at again later. */
export const CHECK: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { ...BOUNDED_RETRY, maximumAttempts: 5 },
};

/** Reads every record of the run and writes the reports: minutes when there are very many. */
export const REPORT: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: BOUNDED_RETRY,
};

/** The time of a look is in the source and at most an hour; a worker that dies is noticed by its heartbeats. */
export const SYNC: ActivityOptions = {
  startToCloseTimeout: '65 minutes',
  heartbeatTimeout: '20 seconds',
  retry: BOUNDED_RETRY,
};

/** Lists and deletes a few objects of the store. */
export const SWEEP: ActivityOptions = {
  startToCloseTimeout: '10 minutes',
  retry: { ...BOUNDED_RETRY, maximumAttempts: 3 },
};

/** Lists the runs of a job and removes up to a hundred of them, each of which may have very many records. */
export const RUN_SWEEP: ActivityOptions = { ...REPORT };

/** Copies the reports to the user's place: in the end without them, rather than never. */
export const DELIVERY: ActivityOptions = { ...REPORT, scheduleToCloseTimeout: '2 hours' };

/** Wait before an item is dispatched again: 5 s, 10 s, 20 s … up to 5 min, or what the provider asked for. */
export function retryDelayMs(attempt: number, retryAfterMs: number): number {
  return Math.max(retryAfterMs, Math.min(5 * 60_000, 5_000 * 2 ** Math.max(0, attempt - 1)));
}
