import { Context } from '@temporalio/activity';
import type { Bundle } from '../src/bundle/bundle.js';
import { replacedBy } from '../src/bundle/cluster-setup.js';
import { variantAt, variantCount } from '../src/bundle/variants.js';
import type { ConversationRecord } from '../src/core/conversation.js';
import { datasetVerdict } from '../src/core/datagen/dataset-verdict.js';
import { failedItemOf } from '../src/core/failed-item.js';
import { withMeasures } from '../src/core/measures.js';
import { PlanIndex } from '../src/core/plan.js';
import type { FailedItem, RunSummary } from '../src/core/run.js';
import { decideVerdict } from '../src/core/run-verdict.js';
import { summaryKey } from '../src/core/store-keys.js';
import { Summarizer } from '../src/core/summarize.js';
import { Trials, type VariantList } from '../src/core/trials.js';
import { readDataset } from '../src/io/runs/dataset-store.js';
import type { RunResults } from '../src/io/runs/run-results.js';
import type { ActivityDeps } from './deps.js';
import type { LoadedRuns } from './loaded-runs.js';
import type { MergedResults } from './merged-results.js';
import { type PlanRecord, readPlan } from './run-plan.js';

export interface AggregateRunInput {
  run: string;
  ended: 'completed' | 'cancelled' | 'deadline';
  /** When the workflow was started, milliseconds since the epoch. */
  startedAt: number;
  /** How long providers were held, in milliseconds; those that never were are left out. */
  held?: { provider: string; ms: number }[];
}

/** Failures told in the summary; all of them stand in the results. */
const MAX_FAILURES = 100;

/** Merges what the shards committed into the run's summary, and decides the verdict. Writing it again changes nothing. */
export async function aggregateRun(
  deps: ActivityDeps,
  runs: LoadedRuns,
  merged: MergedResults,
  { run, ended, startedAt, held }: AggregateRunInput,
): Promise<void> {
  const plan = await readPlan(deps.store, run);
  const index = new PlanIndex(plan.plan);
  const results = await merged.open(run, index.size);
  const summarizer = new Summarizer();
  const trials = await trialsOf(runs, plan);
  const failed: number[] = [];
  for await (const { row, reused } of results.rows()) {
    const item = index.at(row.item);
    summarizer.add(item, row, reused);
    trials.add(item, row);
    if (row.verdict !== 'passed') failed.push(row.item);
    if (row.item % 1000 === 0) Context.current().heartbeat();
  }
  const tolerated = trials.tolerated();
  for (const item of tolerated) summarizer.tolerate(item);
  await results.tolerate(tolerated.map((item) => item.index));
  const { total, providers, scenarios, cells } = summarizer.tables();
  const counts = summarizer.counts(index.size);
  const done = counts.passed + counts.failed + counts.errored;
  const { settings, bundle, job } = plan;
  const end = { run, counts, causes: summarizer.causes, failOn: settings.failOn, ended };
  const dataset = settings.dataGen && (await readDataset(deps.store, run));
  const verdict = dataset === undefined ? decideVerdict(end) : datasetVerdict(dataset, end);
  const summary: RunSummary = {
    schemaVersion: 1,
    run,
    job,
    type: dataset === undefined ? 'evaluation' : 'datagen',
    ...verdict,
    bundle,
    retryOf: plan.retryOf,
    startedAt,
    endedAt: Date.now(),
    counts,
    passRate: done === 0 ? undefined : counts.passed / done,
    usage: total.usage,
    costUsd: total.costUsd,
    ...(total.cached === undefined ? {} : { cached: total.cached }),
    latency: total.latency,
    ...(total.avgDurationMs === undefined ? {} : { avgDurationMs: total.avgDurationMs }),
    calls: summarizer.calls,
    providers: inOrder(
      providers,
      plan.plan.cells.flatMap((cell) => cell.providers),
    ),
    scenarios: inOrder(
      scenarios,
      plan.plan.cells.map((cell) => cell.scenario),
    ),
    cells,
    checks: summarizer.checks(),
    trials: trials.summary(),
    ...(dataset === undefined ? {} : { dataset }),
    ...(held === undefined ? {} : { held }),
    failures: await failures(results, failed, new Set(tolerated.map((item) => item.index))),
    warnings: plan.warnings,
    reports: [],
  };
  const told = withMeasures(summary, plan.resolved?.metrics);
  await deps.store.put(summaryKey(run), Buffer.from(JSON.stringify(told)));
}

async function trialsOf(runs: LoadedRuns, { plan, resolved }: PlanRecord): Promise<Trials> {
  const { scenarios } = await runs.bundle(plan.bundle, replacedBy(resolved));
  // Records of a scenario are many conversations rather than one that is repeated.
  const cells = plan.dataGen === undefined ? plan.cells : [];
  return new Trials(cells, plan.regions.length, (id) => variantsOf(scenarios.get(id)));
}

function variantsOf(scenario: ReturnType<Bundle['scenarios']['get']>): VariantList {
  if (scenario === undefined) return { count: 1, at: () => ({}) };
  return { count: variantCount(scenario.spec), at: (index) => variantAt(scenario.spec, index) };
}

/** Those that make the run fail come first. */
async function failures(results: RunResults, failed: number[], tolerated: ReadonlySet<number>): Promise<FailedItem[]> {
  const told: FailedItem[] = [];
  const inOrder = failed.sort((a, b) => Number(tolerated.has(a)) - Number(tolerated.has(b)) || a - b);
  for (const item of inOrder.slice(0, MAX_FAILURES)) {
    const line = await results.line(item);
    if (line === undefined) continue;
    const failure = failedItemOf(JSON.parse(Buffer.from(line).toString('utf8')) as ConversationRecord);
    if (failure !== undefined) told.push(failure);
  }
  return told;
}

/** Rows in the order of the bundle. */
function inOrder<T extends { key: string }>(rows: T[], order: string[]): T[] {
  const rank = new Map([...new Set(order)].map((key, i) => [key, i]));
  return rows.sort((a, b) => (rank.get(a.key) ?? 0) - (rank.get(b.key) ?? 0));
}
