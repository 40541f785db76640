import { failedItemOf } from '../src/core/failed-item.js';
import type { LoadStop } from '../src/core/load/load-state.js';
import type { LoadRow } from '../src/core/load/load-summary.js';
import { decideLoadVerdict } from '../src/core/load/load-verdict.js';
import { type LoadOutcome, summarizeLoad } from '../src/core/load/summarize-load.js';
import { withMeasures } from '../src/core/measures.js';
import type { FailedItem, RunSummary, Tally } from '../src/core/run.js';
import { summaryKey } from '../src/core/store-keys.js';
import { readLoadSamples } from '../src/io/runs/load-samples.js';
import type { ActivityDeps } from './deps.js';
import { readMerged } from './read-load.js';
import { readPlan } from './run-plan.js';

/** Failures told in the summary. */
const MAX_FAILURES = 100;

export interface AggregateLoadInput extends LoadOutcome {
  run: string;
  ended: 'completed' | 'cancelled' | 'deadline';
  /** Why nothing more began before the end of the course. */
  stop?: LoadStop;
  /** When the workflow was started, milliseconds since the epoch. */
  startedAt: number;
}

/** Sums up what the lanes of a load test measured, and decides the verdict. Writing it again changes nothing. */
export async function aggregateLoad(deps: ActivityDeps, input: AggregateLoadInput): Promise<void> {
  const { run, ended, stop, startedAt } = input;
  const record = await readPlan(deps.store, run);
  if (record.load === undefined) throw new Error(`run ${run} is not a load test`);
  const load = summarizeLoad(record.load, await readMerged(deps.store, run), input, ended === 'completed');
  const { all } = load;
  const { passed, failed, errored } = all.conversations;
  const done = passed + failed + errored;
  const counts = { total: record.load.conversations ?? load.conversations.begun, passed, failed, errored, reused: 0 };
  const failures = await sampledFailures(deps, run);
  const verdict = decideLoadVerdict({ run, load, ended, stop, failures, failOn: record.settings.failOn });
  const summary: RunSummary = {
    schemaVersion: 1,
    run,
    job: record.job,
    type: 'loadtest',
    ...verdict,
    bundle: record.bundle,
    startedAt,
    endedAt: Date.now(),
    counts,
    passRate: done === 0 ? undefined : passed / done,
    usage: all.usage,
    costUsd: all.costUsd,
    latency: all.latency,
    calls: load.requests.sent,
    providers: load.providers.map((row) => tallyOf(row, row.provider ?? '')),
    scenarios: load.scenarios.map((row) => tallyOf(row, row.scenario ?? '')),
    cells: load.cells.map((row) => tallyOf(row, `${row.scenario}/${row.provider}`)),
    failures,
    load,
    warnings: record.warnings,
    reports: [],
  };
  const told = withMeasures(summary, record.resolved?.metrics);
  await deps.store.put(summaryKey(run), Buffer.from(JSON.stringify(told)));
}

/** Failed conversations among those that were kept: a few of each kind. */
async function sampledFailures({ store }: ActivityDeps, run: string): Promise<FailedItem[]> {
  const failures: FailedItem[] = [];
  for await (const record of readLoadSamples(store, run)) {
    const failure = failedItemOf(record);
    if (failure !== undefined && failures.push(failure) === MAX_FAILURES) break;
  }
  return failures;
}

function tallyOf({ conversations, usage, costUsd, latency }: LoadRow, key: string): Tally {
  const { passed, failed, errored } = conversations;
  const cost = costUsd === undefined ? {} : { costUsd };
  return { key, total: passed + failed + errored, passed, failed, errored, usage, ...cost, latency };
}
