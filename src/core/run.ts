/** A run as a whole: what it is asked, how it stands, how it ended. */
import type { CachedCalls, Usage } from './conversation.js';
import type { DatasetFigures, DatasetSummary } from './datagen/dataset-summary.js';
import type { HeldItems, HeldRow } from './hold.js';
import type { LoadFigures, LoadSummary } from './load/load-summary.js';
import type { Spent } from './spent.js';
import type { TrialSummary } from './trial-summary.js';

/** What kind of run it is. */
export type JobType = 'evaluation' | 'loadtest' | 'datagen';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Cancelled';

/** What a run is doing at the moment. */
export type Stage = 'accepting' | 'planning' | 'running' | 'aggregating' | 'publishing' | 'done';

/** Why a run ended as it did: a closed list, shared by results, conditions and exit codes. */
export type EndReason =
  | 'AllPassed'
  /** Load tests: all thresholds held, or there were none. */
  | 'LoadCompleted'
  | 'ThresholdsLost'
  | 'BudgetReached'
  /** Load tests: it was stopped before its end, on request. */
  | 'StoppedEarly'
  /** Data: all records were made, or not. */
  | 'RecordsComplete'
  | 'RecordsMissing'
  | 'WithinThresholds'
  | 'NothingFailedOn'
  | 'AssertionsFailed'
  | 'ProviderErrors'
  | 'InvalidBundle'
  | 'TimedOut'
  | 'DeadlineExceeded'
  | 'Cancelled';

/** Items by how they ended. pending = total − the rest. `reused` items are counted in their verdict as well. */
export interface Counts {
  total: number;
  passed: number;
  failed: number;
  errored: number;
  reused: number;
  /** Of the failed ones those that the pass_threshold of their checks allows for; absent = none. */
  tolerated?: number;
}

export interface LatencySummary {
  /** Calls measured; the percentiles are absent when it is 0. */
  count: number;
  p50Ms?: number;
  p90Ms?: number;
  p95Ms?: number;
  p99Ms?: number;
  maxMs?: number;
}

/** One row of a breakdown: all items of a provider, a scenario, or one cell of the matrix. */
export interface Tally {
  key: string;
  total: number;
  passed: number;
  failed: number;
  errored: number;
  /** Of the failed ones those that a pass_threshold allows for; absent = none. */
  tolerated?: number;
  usage: Usage;
  /** Missing when any cost in it is unknown. */
  costUsd?: number;
  /** What came from the cache, beside usage and cost; absent = nothing. */
  cached?: CachedCalls;
  latency: LatencySummary;
  /** Mean time of a whole conversation, waiting included, in milliseconds; absent where none ended. */
  avgDurationMs?: number;
}

/** How often checks of one type were made in a run, and how often they held. */
export interface CheckTally {
  /** As written in the bundle. */
  type: string;
  passed: number;
  failed: number;
}

/** A failed or errored item in one line, for people. */
export interface FailedItem {
  id: string;
  index: number;
  verdict: 'failed' | 'errored';
  /** Assertion type or error code. */
  reason: string;
  message: string;
  hint?: string;
  source?: string;
  /** It does not make the run fail: a pass_threshold allows for it. */
  tolerated?: true;
}

/** Answer of the `progress` query; small at any size of the run. */
export interface Progress {
  run: string;
  phase: Phase;
  stage: Stage;
  counts: Counts;
  /** Items that wait behind a durable timer for their next dispatch. */
  waitingForRetry: number;
  /** Providers that are down, whose conversations wait. */
  held: HeldRow[];
  /** Nothing new begins until it is resumed. */
  paused?: true;
  shards: { done: number; inFlight: number; toDo: number };
  /** By provider, as far as committed; at most 100 rows, the rest summed under `(others)`. */
  providers: { provider: string; passed: number; failed: number; errored: number }[];
  /** What the conversations that have ended took, taken-over ones included; absent = unknown. */
  spent?: Spent;
  /** Groups of measures that are to be told, where not all are. */
  metrics?: string[];
  /** Milliseconds since the epoch. */
  startedAt: number;
  /**
   * Once the run is planned: the worker processes that it has been told of, and the calls in flight that it may have, of
   * the whole run (with `perWorker`: to begin with) or of each worker.
   */
  capacity?: { workers?: number; concurrency: number; perWorker?: number };
  /** Of a load test. */
  load?: LoadFigures;
  /** Of the generation of data. */
  dataset?: DatasetFigures;
}

export interface ReportFile {
  /** Path below the report folder. */
  path: string;
  bytes: number;
  format: string;
}

/** Which bundle ran. */
export interface BundleIdentity {
  name: string;
  /** SHA-256 of the packed bundle, hex. */
  digest: string;
  /** Where it came from. */
  source: string;
  /** The ArenaSource that it was taken from, and the files of it at that revision: SHA-256 in hex. */
  origin?: { namespace: string; name: string; revision: string; digest: string };
}

/** What the Arena file says about itself. */
export interface ArenaMetadata {
  namespace?: string;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
}

/** `summary.json`, and the store's `runs/<run>/final`: the record of a run that outlives its history. */
export interface RunSummary {
  schemaVersion: 1;
  run: string;
  job: string;
  type: JobType;
  phase: Phase;
  reason: EndReason;
  /** One sentence with the next step. */
  message: string;
  exitCode: number;
  bundle: BundleIdentity & ArenaMetadata;
  retryOf?: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt: number;
  counts: Counts;
  /** passed / (passed + failed + errored); absent when nothing ran. */
  passRate?: number;
  usage: Usage;
  costUsd?: number;
  /** What came from the cache, beside usage, cost and calls; absent = nothing. */
  cached?: CachedCalls;
  latency: LatencySummary;
  /** Mean time of a whole conversation, waiting included, in milliseconds; absent where none ended. */
  avgDurationMs?: number;
  calls: number;
  providers: Tally[];
  scenarios: Tally[];
  /** key = `scenario/provider`; at most 10,000 cells. */
  cells: Tally[];
  /** Checks by their type, those that failed most often first; at most 200. */
  checks?: CheckTally[];
  /** Where conversations repeat one another. */
  trials?: TrialSummary;
  /** Of a load test. */
  load?: LoadSummary;
  /** Of the generation of data. */
  dataset?: DatasetSummary;
  /** Providers that were down, and how long conversations waited for them, in milliseconds. */
  held?: { provider: string; ms: number }[];
  /** At most 100, those that a pass_threshold allows for last; all of them stand in the results. */
  failures: FailedItem[];
  /** Groups of measures that are told, where not all are. */
  metrics?: string[];
  warnings: string[];
  reports: ReportFile[];
  /** In `final` alone: where the reports were delivered; absent where they lie in the store only. */
  reportUrl?: string;
  /** In `final` alone: why the reports are not where they were to be delivered. */
  undelivered?: string;
}

/** What the workflow returns: the summary without its long tables. At most 64 KiB. */
export interface JobResult {
  schemaVersion: 1;
  run: string;
  job: string;
  phase: Phase;
  reason: EndReason;
  message: string;
  exitCode: number;
  bundle: BundleIdentity;
  counts: Counts;
  costUsd?: number;
  /** What came from the cache, beside usage and cost; absent = nothing. */
  cached?: CachedCalls;
  /** Groups of measures that are told, where not all are. */
  metrics?: string[];
  usage: Usage;
  latency: LatencySummary;
  /** Mean time of a whole conversation, waiting included, in milliseconds; absent where none ended. */
  avgDurationMs?: number;
  /** Of a load test. */
  load?: LoadFigures;
  /** Of the generation of data. */
  dataset?: DatasetFigures;
  /** At most 50 rows. */
  providers: Tally[];
  /** At most 30 rows, those with failures first where there are more. */
  scenarios?: Tally[];
  /** At most 30, those that failed most often first. */
  checks?: CheckTally[];
  trials?: Pick<TrialSummary, 'groups'>;
  /** At most 20 rows. */
  failures: FailedItem[];
  /** How many rows the summary's own tables have. */
  rows?: { providers: number; scenarios: number; checks: number; failures: number };
  /** Where the reports lie: a path of the machine that ran the job, or a store address. */
  reportUrl: string;
  /** Why they do not lie where they were to be delivered. */
  undelivered?: string;
  reports: ReportFile[];
  startedAt: number;
  endedAt: number;
}

/** Heartbeat details of a shard: what `arena run` adds to the committed counts for live progress. */
export interface ShardHeartbeat {
  shard: number;
  /** Process that runs the attempt, for people. */
  worker: string;
  done: number;
  passed: number;
  failed: number;
  errored: number;
  open: number;
  byProvider: { [provider: string]: [passed: number, failed: number, errored: number] };
  /** What its conversations that have ended took; absent = unknown. */
  spent?: Spent;
  /** Newest failures, at most 5. */
  failures: FailedItem[];
  /** Conversations that the shard will hand back because a provider is down. */
  held?: HeldItems[];
}
