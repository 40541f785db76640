/** Everything a running job or a limiter can be asked or told. Small answers only; handlers never wait for an activity. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Control } from '../src/core/control.js';
import type { LimiterState } from '../src/core/limiter.js';
import type { Lease, LeaseAsk } from '../src/core/limiter-messages.js';
import type { LaneReady, WorkAsk, WorkLease } from '../src/core/load/lane.js';
import type { LoadControl } from '../src/core/load/load-control.js';
import type { FailedItem, Progress } from '../src/core/run.js';

/** How far the run is. */
export const progressQuery = defineQuery<Progress>('progress');

/** The first failed items, at most 20. */
export const failuresQuery = defineQuery<FailedItem[]>('failures');

/** What running shards and lanes have to know; asked by workers once a second. */
export const controlQuery = defineQuery<Control>('control');

/**
 * Asks all providers that are down at once, rather than when their time has come. Returns how many there are; refused
 * where none is.
 */
export const tryHeldUpdate = defineUpdate<number>('tryHeld');

/**
 * Runs the items again that have failed so far; the other results stay. Returns how many there are in shards that have
 * ended; what fails in those in flight runs again when they come in. Refused once the run reports, and by load tests.
 */
export const retryFailedUpdate = defineUpdate<number>('retryFailed');

/**
 * Lets calls in flight end and begins nothing new until `resume`; the clock of a load test stands meanwhile. Refused once
 * the run reports.
 */
export const pauseUpdate = defineUpdate<void>('pause');

/** Goes on after `pause`; nothing happens where the run is not paused. Refused once the run reports. */
export const resumeUpdate = defineUpdate<void>('resume');

/**
 * How many worker processes share the run now, 1..1000: sizes its window, and its calls in flight where they are said per
 * worker; a load test has as many lanes. Refused once the run reports.
 */
export const setWorkersUpdate = defineUpdate<void, [number]>('setWorkers');

/** Another target of a load test, in requests a second or virtual users, reached in a straight line over a time. */
export interface RateChange {
  /** Requests a second in the open model, virtual users in the closed one; 0 or more. */
  target: number;
  /** Milliseconds. Default: 0, at once. */
  overMs?: number;
}

/** What is added to the budget of a load test, to bounds that it has. */
export interface BudgetRaise {
  /** US dollars, above 0. */
  usd?: number;
  /** Tokens of requests and answers, 1 or more. */
  tokens?: number;
}

/** Steers the load of a load test from two seconds ahead on. Refused with the reason where that cannot be. */
export const setRateUpdate = defineUpdate<void, [RateChange]>('setRate');

/** Ends a load test before its time: nothing more begins, conversations in flight have the time of `gracefulStop` to end. */
export const stopEarlyUpdate = defineUpdate<void>('stopEarly');

/** Raises the budget of a load test, and goes on where it was held for it. Returns what the budget is now. */
export const addBudgetUpdate = defineUpdate<BudgetRaise, [BudgetRaise]>('addBudget');

/** A lane of a load test could begin, or has begun again elsewhere. Asked by workers; returns how the test stands. */
export const laneReadyUpdate = defineUpdate<LoadControl, [LaneReady]>('laneReady');

/**
 * A lane of a load test tells what it has used, and wants conversations or budget. Asked by workers; returns a block of
 * what is left.
 */
export const leaseWorkUpdate = defineUpdate<WorkLease, [WorkAsk]>('leaseWork');

/** Times to send requests at, leased by a limiter to a worker. */
export const leaseUpdate = defineUpdate<Lease, [LeaseAsk]>('lease');

/** What a limiter knows: limits, pace, workers. */
export const limiterQuery = defineQuery<LimiterState>('limiter');
