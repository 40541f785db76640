import type { BundleCheckRequest } from '../src/core/bundle-check.js';
import type { LaneInput } from '../src/core/load/lane.js';
import type { ReadLoadInput } from '../src/core/load/load-reading.js';
import type { RunSweepRequest } from '../src/core/run-sweep.js';
import type { SyncRequest } from '../src/core/source-sync.js';
import { FetchTurns } from '../src/io/sources/fetch-turns.js';
import { type AggregateLoadInput, aggregateLoad } from './aggregate-load.js';
import { type AggregateRunInput, aggregateRun } from './aggregate-run.js';
import { beating } from './beating.js';
import { checkBundle } from './check-bundle.js';
import { deliverReports } from './deliver-reports.js';
import type { ActivityDeps } from './deps.js';
import { inTemporalTerms } from './failure-mapping.js';
import { LimiterLink } from './limits/limiter-link.js';
import { ProcessLimits } from './limits/process-limits.js';
import { LanePlaces } from './load/lane-places.js';
import { LoadedRuns } from './loaded-runs.js';
import { MergedResults } from './merged-results.js';
import { type PlanRunInput, planRun } from './plan-run.js';
import { publishRun } from './publish-run.js';
import { readLoad } from './read-load.js';
import { runLane } from './run-lane.js';
import { type RunShardInput, runShard } from './run-shard.js';
import { type SelectRecordsInput, selectRecords } from './select-records.js';
import { ShardProcess } from './shard/shard-process.js';
import { sweepArtifacts } from './sweep-artifacts.js';
import { sweepRuns } from './sweep-runs.js';
import { syncSource } from './sync-source.js';
import { writeDataset } from './write-dataset.js';

/** Sources that are fetched at a time. */
const FETCHES = 4;

/** A reading that a lost worker took is missed within seconds, in milliseconds. */
const READING_BEAT_MS = 1_000;

/** The activities of one worker process. Workflows import only their type. */
export function createActivities(deps: ActivityDeps) {
  const limiters = new LimiterLink(deps.client, deps.runLimiters);
  const limits = new ProcessLimits({ worker: deps.worker, ask: (key, ask) => limiters.ask(key, ask) });
  const runs = new LoadedRuns(deps, limits);
  const process = new ShardProcess();
  const places = new LanePlaces();
  const fetches = new FetchTurns(FETCHES);
  const merged = new MergedResults(deps.store);
  return {
    /** Reads and pins the bundle, expands the matrix, writes the plan. */
    planRun: (input: PlanRunInput) => inTemporalTerms(() => beating(() => planRun(deps, runs, input))),
    /** Runs one shard, or the rest of it. */
    runShard: (input: RunShardInput) => inTemporalTerms(() => runShard(deps, runs, process, input)),
    /** Makes a part of the load of a test. */
    runLane: (input: LaneInput) => inTemporalTerms(() => runLane(deps, runs, process, places, input)),
    /** Merges what the lanes of a load test have written, and judges its thresholds. */
    readLoad: (input: ReadLoadInput) =>
      inTemporalTerms(() => beating(() => readLoad(deps, runs, input), READING_BEAT_MS)),
    /** Merges what the shards committed into the run's summary. */
    aggregateRun: (input: AggregateRunInput) => inTemporalTerms(() => aggregateRun(deps, runs, merged, input)),
    /** Sums up what the lanes of a load test measured. */
    aggregateLoad: (input: AggregateLoadInput) => inTemporalTerms(() => aggregateLoad(deps, input)),
    /** Writes the reports and the final record. */
    publishRun: (input: { run: string }) => inTemporalTerms(() => publishRun(deps, merged, input)),
    /** Chooses the records of a set among the conversations held so far, and plans those that are still needed. */
    selectRecords: (input: SelectRecordsInput) => inTemporalTerms(() => selectRecords(deps, input)),
    /** Writes the files of the chosen records. */
    writeDataset: (input: { run: string }) => inTemporalTerms(() => writeDataset(deps, input)),
    /** Copies the reports to the run's output. */
    deliverReports: (input: { run: string }) => inTemporalTerms(() => deliverReports(deps, input)),
    /** Looks whether a job of an ArenaConfig could run. */
    checkBundle: (input: BundleCheckRequest) => inTemporalTerms(() => beating(() => checkBundle(deps, input))),
    /** Looks at an ArenaSource and fetches what is new. */
    syncSource: (input: SyncRequest) => inTemporalTerms(() => syncSource(deps, fetches, input)),
    /** Removes runs of an ArenaJob that have had their time. */
    sweepRuns: (input: RunSweepRequest) =>
      inTemporalTerms(() => beating((cancelled) => sweepRuns(deps, input, cancelled))),
    /** Removes artifacts that an ArenaSource no longer keeps. */
    sweepArtifacts: (input: SyncRequest) => inTemporalTerms(() => sweepArtifacts(deps, input)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
