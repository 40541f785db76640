import { Context } from '@temporalio/activity';
import { figuresOfSet } from '../src/core/datagen/dataset-summary.js';
import { endFigures } from '../src/core/load/end-figures.js';
import { PlanIndex } from '../src/core/plan.js';
import type { JobResult, RunSummary, Tally } from '../src/core/run.js';
import { finalKey, reportFolder, summaryKey } from '../src/core/store-keys.js';
import { readLoadSamples } from '../src/io/runs/load-samples.js';
import type { RunResults } from '../src/io/runs/run-results.js';
import type { Store } from '../src/io/stores/store.js';
import { readJson } from '../src/io/stores/stored-json.js';
import { RecordLine } from '../src/report/record-line.js';
import type { ReportOutput } from '../src/report/report-output.js';
import { writeReports } from '../src/report/write-reports.js';
import type { ActivityDeps } from './deps.js';
import type { MergedResults } from './merged-results.js';
import { readPlan } from './run-plan.js';

/** Rows that a result carries; the summary has all of them. */
const MAX_PROVIDERS = 50;
const MAX_SCENARIOS = 30;
const MAX_CHECKS = 30;
const MAX_FAILURES = 20;
/** The manifest stands before the parts of a very large run. */
const MAX_REPORTS = 100;

/** Writes the reports and the record of the run that outlives its history. Writing them again changes nothing. */
export async function publishRun(
  deps: ActivityDeps,
  merged: MergedResults,
  { run }: { run: string },
): Promise<JobResult> {
  const plan = await readPlan(deps.store, run);
  const summary = await readJson<RunSummary>(deps.store, summaryKey(run));
  if (summary === undefined) throw new Error(`${deps.store.locate(summaryKey(run))} is missing`);
  const records =
    summary.load === undefined
      ? lines(await merged.reuse(run, new PlanIndex(plan.plan).size))
      : sampleLines(deps.store, run);
  const { formats, reports: options } = plan.settings;
  const folder = reportFolder(run);
  summary.reports = await writeReports(formats, summary, records, storeOutput(deps.store, folder), options);
  summary.endedAt = Date.now();
  await deps.store.put(finalKey(run), Buffer.from(JSON.stringify(summary)));
  return resultOf(summary, deps.store.locate(folder));
}

/** The summary without its long tables. `stored`: where the reports lie in the store. */
export function resultOf(summary: RunSummary, stored: string): JobResult {
  const { run, job, phase, reason, message, exitCode, counts, costUsd, cached, usage, latency } = summary;
  const { name, digest, source, origin } = summary.bundle;
  return {
    schemaVersion: 1,
    run,
    job,
    phase,
    reason,
    message,
    exitCode,
    bundle: { name, digest, source, ...(origin === undefined ? {} : { origin }) },
    counts,
    costUsd,
    ...(cached === undefined ? {} : { cached }),
    usage,
    latency,
    ...(summary.avgDurationMs === undefined ? {} : { avgDurationMs: summary.avgDurationMs }),
    providers: summary.providers.slice(0, MAX_PROVIDERS),
    scenarios: worst(summary.scenarios, MAX_SCENARIOS),
    ...(summary.checks === undefined ? {} : { checks: summary.checks.slice(0, MAX_CHECKS) }),
    trials: summary.trials && { groups: summary.trials.groups },
    ...(summary.load === undefined ? {} : { load: endFigures(summary.load) }),
    ...(summary.dataset === undefined ? {} : { dataset: figuresOfSet(summary.dataset) }),
    failures: summary.failures.slice(0, MAX_FAILURES),
    rows: {
      ...{ providers: summary.providers.length, scenarios: summary.scenarios.length },
      ...{ checks: summary.checks?.length ?? 0, failures: summary.failures.length },
    },
    ...(summary.metrics === undefined ? {} : { metrics: summary.metrics }),
    reportUrl: summary.reportUrl ?? stored,
    ...(summary.undelivered === undefined ? {} : { undelivered: summary.undelivered }),
    reports: summary.reports.slice(0, MAX_REPORTS),
    startedAt: summary.startedAt,
    endedAt: summary.endedAt,
  };
}

/** In their order, where not all have room those in which most failed. */
function worst(rows: readonly Tally[], max: number): Tally[] {
  const failed = (row: Tally): number => row.failed + row.errored;
  const kept = new Set([...rows].sort((a, b) => failed(b) - failed(a)).slice(0, max));
  return rows.filter((row) => kept.has(row));
}

async function* lines(results: RunResults): AsyncGenerator<RecordLine> {
  let told = 0;
  for await (const { item, line } of results.lines()) {
    if (item >= told) {
      Context.current().heartbeat({ reported: item });
      told = item + 1000;
    }
    yield RecordLine.ofLine(line);
  }
}

/** Of a load test few conversations are kept. */
async function* sampleLines(store: Store, run: string): AsyncGenerator<RecordLine> {
  for await (const record of readLoadSamples(store, run)) {
    Context.current().heartbeat({ reported: record.id });
    yield RecordLine.ofRecord(record);
  }
}

function storeOutput(store: Store, folder: string): ReportOutput {
  return { open: (path) => store.write(`${folder}/${path}`) };
}
