/** A load test as it is told: while it runs, and in `summary.json` when it has ended. */
import type { Usage } from '../conversation.js';
import type { LatencySummary } from '../run.js';
import type { ArrivalKind } from './arrivals.js';
import type { Course } from './course.js';
import type { ThresholdResult } from './thresholds.js';

/** Times with the tail that load tests look at. */
export interface LoadLatency extends LatencySummary {
  meanMs?: number;
  p999Ms?: number;
}

/** What people, thresholds or the budget did to a test while it ran. */
export interface LoadEvent {
  /** The test's clock, in milliseconds. */
  clockMs: number;
  /** Milliseconds since the epoch. */
  at: number;
  what:
    | 'started'
    | 'setRate'
    | 'paused'
    | 'resumed'
    | 'stopped'
    | 'budgetReached'
    | 'budgetRaised'
    | 'thresholdLost'
    | 'lanes';
  /** One sentence for people. */
  text: string;
}

/** All requests and conversations, or those of a scenario, a provider, a cell of the matrix. */
export interface LoadRow {
  /** Absent: of all. */
  scenario?: string;
  provider?: string;
  requests: { ended: number; failed: number; rateLimited: number };
  conversations: { passed: number; failed: number; errored: number };
  turns: number;
  latency: LoadLatency;
  /** Absent: nothing was streamed. */
  ttft?: LoadLatency;
  /** Waiting for paces and permits of ours, never part of the latency. */
  wait: LoadLatency;
  /** Failed requests by error code. */
  errors: { [code: string]: number };
  usage: Usage;
  /** Missing when any cost in it is unknown. */
  costUsd?: number;
}

/** A stretch of the test, on all lanes. */
export interface LoadPoint {
  /** Its beginning, in seconds since the test began, by the clock on the wall. */
  second: number;
  /** Requests a second, or virtual users; in a pause the target stays. */
  target: number;
  /** Requests a second. */
  sent: number;
  ended: number;
  failed: number;
  rateLimited: number;
  /** Conversations a second that were due and did not begin. */
  dropped: number;
  /** Mean number of conversations and requests in flight. */
  open: number;
  inFlight: number;
  /** Milliseconds; absent where nothing ended. */
  p50Ms?: number;
  p95Ms?: number;
  p99Ms?: number;
}

/** The load section of a run's summary. */
export interface LoadSummary {
  model: 'open' | 'closed';
  arrivals: ArrivalKind;
  /** As planned; what was changed while it ran stands in `events`. */
  course: Course;
  /** Seconds for which load was made, without pauses. */
  seconds: number;
  /** Mean number of requests a second that were sent over these. */
  rps: number;
  requests: {
    sent: number;
    ended: number;
    failed: number;
    rateLimited: number;
    /** Sent, as far as can be told, by workers that were lost before they told how they ended. */
    unknown: number;
  };
  conversations: {
    begun: number;
    passed: number;
    failed: number;
    errored: number;
    /** Due and not begun. */
    dropped: number;
    /** Cut off when the test was over. */
    interrupted: number;
    unknown: number;
  };
  /** How late conversations began, in milliseconds. */
  late: LoadLatency;
  all: LoadRow;
  /** By scenario, by provider, by both; at most 200 of each, those with most requests first. */
  scenarios: LoadRow[];
  providers: LoadRow[];
  cells: LoadRow[];
  /** Seconds that a point of the series spans. */
  pointSeconds: number;
  /** At most 1,200. */
  series: LoadPoint[];
  thresholds: ThresholdResult[];
  budget?: { usd?: number; tokens?: number; usedUsd?: number; usedTokens: number; reached: boolean };
  events: LoadEvent[];
  /** Lanes at most that made load at the same time. */
  lanes: number;
}

/** How a load test stands this moment: part of the answer of the `progress` query; at most 4 KiB. */
export interface LoadFigures {
  model: 'open' | 'closed';
  /** The test's clock, in milliseconds; below 0 before it starts. */
  clockMs: number;
  /** Its end, in milliseconds of that clock; absent: it ends with its trials. */
  endMs?: number;
  /** Requests a second, or virtual users, now. */
  target: number;
  /** Its clock stands: it was paused, or waits for more budget. */
  paused?: true;
  lanes: number;
  /** Requests a second in the last seconds that are known. */
  rps: number;
  requests: { sent: number; ended: number; failed: number; rateLimited: number; unknown: number };
  conversations: { begun: number; passed: number; failed: number; errored: number; dropped: number };
  /** User turns that were answered. */
  turns: number;
  /** Failed requests by error code, those that are most frequent first, at most 8; absent: none has failed. */
  errors?: { [code: string]: number };
  open: number;
  inFlight: number;
  latency: LoadLatency;
  ttft?: LoadLatency;
  /** Waiting for paces and permits of ours; absent: of 20 requests 19 did not wait for a millisecond. */
  wait?: LoadLatency;
  usage: Usage;
  costUsd?: number;
  /** At most 20, those that are lost first. */
  thresholds: ThresholdResult[];
  budget?: LoadSummary['budget'];
  /** The newest ones, at most 5. */
  events: LoadEvent[];
}
