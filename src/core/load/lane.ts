/** A lane makes a part of the load of a test, in one worker process: what it is asked, tells while it runs, and returns. */
import type { LatencySummary } from '../run.js';
import type { LoadControl } from './load-control.js';

/** Input of the activity `runLane`. */
export interface LaneInput {
  run: string;
  /** Number of the lane in the run, from 0; the same one after a restart elsewhere. */
  lane: number;
  /** What holds when it is dispatched; `laneReady` answers with what holds then, later it asks the `control` query. */
  control: LoadControl;
  /** For a process that makes no lane of the run: the others hand it back until one has taken it. */
  spare?: true;
}

/** What a lane tells by the update `laneReady` when it could begin; each attempt tells it once. */
export interface LaneReady {
  lane: number;
  /** Process that runs the attempt, for people. */
  worker: string;
  attempt: number;
}

/** Type of the failure by which a process that makes load already leaves a lane to another one. It is no trouble. */
export const LANE_LEFT = 'LaneLeftToOthers';

/** Why a lane has ended. `told`: it is not among the lanes that share the load any more. */
export type LaneEnd = 'course' | 'exhausted' | 'stopped' | 'told' | 'cancelled';

/** Result of the activity `runLane`. What it measured lies in the store. */
export interface LaneResult {
  lane: number;
  ended: LaneEnd;
  /** Numbers of conversations that it was given and did not begin. */
  left?: { from: number; to: number };
}

/** Heartbeat details of a lane: the live figures between two readings of what it has written. */
export interface LaneHeartbeat {
  lane: number;
  /** Process that runs the attempt, for people. */
  worker: string;
  /** The test's clock at which this was so, in milliseconds. */
  clockMs: number;
  /** Requests of this attempt so far. */
  sent: number;
  ended: number;
  failed: number;
  rateLimited: number;
  /** Conversations that were due and did not begin. */
  dropped: number;
  /** Conversations and requests in flight. */
  open: number;
  inFlight: number;
  /** Requests a second that were sent in the last five seconds. */
  rps: number;
  /** Of requests that ended in the last ten seconds. */
  latency: LatencySummary;
  tokens: number;
  costUsd?: number;
}

/** What a lane asks the workflow for, by the update `leaseWork`: small blocks, each to be used before the next one. */
export interface WorkAsk {
  lane: number;
  /** Of what it had so far, used since the last ask. */
  used: { usd: number; tokens: number };
  /** Wants more money or tokens to begin conversations with. */
  budget?: true;
  /** Wants more conversations of a test that ends with its trials. */
  conversations?: true;
}

export interface WorkLease {
  /** May be used until the next ask; 0 = the budget is used up. Absent = there is no such bound. */
  usd?: number;
  tokens?: number;
  /** Numbers `from` ≤ n < `to` of conversations; from = to: there are none any more. */
  conversations?: { from: number; to: number };
}
