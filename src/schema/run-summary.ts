/** `summary.json`. Fields may be added within a schemaVersion. */
import { z } from 'zod';
import type { RunSummary } from '../core/run.js';
import { datasetSummarySchema } from './dataset-summary.js';
import { jsonValue } from './json-value.js';
import { loadSummarySchema } from './load-summary.js';
import { cached, count, epochMs, ms, rate, usage, usd } from './result-parts.js';

const counts = z.object({
  total: count.describe('Conversations of the plan.'),
  passed: count.describe('Passed.'),
  failed: count.describe('Failed their checks.'),
  errored: count.describe('Could not be held. total minus these three = not run.'),
  reused: count.describe('Taken over from an earlier run; counted in their verdict as well.'),
  tolerated: count.optional().describe('Of the failed ones those that a pass_threshold allows for. Absent = none.'),
});

const latency = z
  .object({
    count: count.describe('Calls measured.'),
    p50Ms: ms.optional().describe('Median, in milliseconds.'),
    p90Ms: ms.optional().describe('90th percentile, in milliseconds.'),
    p95Ms: ms.optional().describe('95th percentile, in milliseconds.'),
    p99Ms: ms.optional().describe('99th percentile, in milliseconds.'),
    maxMs: ms.optional().describe('The slowest call, in milliseconds.'),
  })
  .describe('Time of single calls. Percentiles are absent when nothing was measured.');

const avgDurationMs = ms
  .optional()
  .describe('Mean time of a whole conversation, waiting included, in milliseconds. Absent where none ended.');

const tally = z.object({
  key: z.string().describe('Whose row this is.'),
  total: count.describe('Conversations planned.'),
  passed: count.describe('Passed.'),
  failed: count.describe('Failed their checks.'),
  errored: count.describe('Could not be held.'),
  tolerated: count.optional().describe('Of the failed ones those that a pass_threshold allows for. Absent = none.'),
  usage,
  costUsd: usd.optional().describe('US dollars; missing when any part is unknown.'),
  cached: cached.optional(),
  latency,
  avgDurationMs,
});

const checkTally = z.object({
  type: z.string().describe('As written in the bundle.'),
  passed: count.describe('How often such a check held.'),
  failed: count.describe('How often it did not.'),
});

const checkRate = z.object({
  type: z.string().describe('As written in the bundle.'),
  source: z.string().optional().describe('Where it stands in the bundle, `file:line:col`.'),
  threshold: rate.describe('Share of the trials in which it must pass, 0 to 1.'),
  passed: count.describe('Trials in which it passed.'),
  judged: count.describe('Trials that came to it.'),
  holds: z.boolean().describe('passed / judged is at least the threshold.'),
});

const perturbation = z.record(z.string(), jsonValue);

const trialGroup = z.object({
  key: z.string().describe('`scenario/provider[/region][/vN]`, N being the variant.'),
  scenario: z.string().describe('Id of the scenario.'),
  provider: z.string().describe('Id of the provider.'),
  perturbation: perturbation.optional().describe('The variant of a scenario with perturbations, value by key.'),
  verdict: z
    .enum(['passed', 'failed', 'errored'])
    .describe('failed = a trial failed and no pass_threshold allows for it; else errored = one could not be held.'),
  trials: count.describe('Trials planned.'),
  passed: count.describe('Passed.'),
  failed: count.describe('Failed their checks.'),
  errored: count.describe('Could not be held.'),
  tolerated: count.describe('Of the failed ones those that a pass_threshold allows for.'),
  passRate: rate.describe('passed / (passed + failed + errored).'),
  flaky: z.literal(true).optional().describe('True when some trials passed and some failed.'),
  checks: z.array(checkRate).optional().describe('Checks with a pass_threshold.'),
});

const sensitivity = z.object({
  key: z.string().describe('`scenario/provider[/region]`.'),
  scenario: z.string().describe('Id of the scenario.'),
  provider: z.string().describe('Id of the provider.'),
  variants: count.describe('Variants that were held.'),
  lowest: rate.describe('Lowest pass rate of a variant.'),
  highest: rate.describe('Highest pass rate of a variant.'),
  spread: rate.describe('highest minus lowest; 0 = the wording made no difference.'),
  values: z
    .array(
      z.object({
        key: z.string().describe('What is varied.'),
        value: jsonValue.describe('One of its values.'),
        passed: count.describe('Conversations with it that passed.'),
        ended: count.describe('Conversations with it that were held.'),
        passRate: rate.describe('passed / ended.'),
      }),
    )
    .describe('By each value that the scenario varies; at most 100.'),
});

const trials = z.object({
  groups: z
    .object({
      total: count.describe('Groups of more than one trial of which one has ended.'),
      passed: count.describe('Passed, within their thresholds.'),
      failed: count.describe('Failed.'),
      errored: count.describe('Not failed, but a trial could not be held.'),
      flaky: count.describe('With passed and failed trials.'),
    })
    .describe('Groups of trials by how they ended.'),
  table: z.array(trialGroup).describe('At most 1,000: those that did not pass first, then the flaky ones.'),
  sensitivity: z.array(sensitivity).describe('Pass rates by perturbation; at most 1,000, the most sensitive first.'),
});

const failedItem = z.object({
  id: z.string().describe('Id of the conversation.'),
  index: count.describe('Position in the plan, from 0.'),
  verdict: z.enum(['failed', 'errored']).describe('As in the record.'),
  reason: z.string().describe('Type of the first failed assertion, or error code.'),
  message: z.string().describe('What was found.'),
  hint: z.string().optional().describe('What to do about it.'),
  source: z.string().optional().describe('Where it stands in the bundle, `file:line:col`.'),
  tolerated: z.literal(true).optional().describe('A pass_threshold allows for it: the run does not fail by it.'),
});

const reportFile = z.object({
  path: z.string().describe('Path below the report folder.'),
  bytes: count.describe('Size in bytes.'),
  format: z.string().describe('json, jsonl, csv, junit, markdown or html.'),
});

export const runSummarySchema = z
  .object({
    schemaVersion: z.literal(1).describe('Rises when a field changes its meaning or goes away.'),
    run: z.string().describe('Id of the run, `<job>/<n>`.'),
    job: z.string().describe('Name of the job.'),
    type: z.enum(['evaluation', 'loadtest', 'datagen']).describe('Kind of run.'),
    phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled']).describe('How the run stands.'),
    reason: z
      .enum([
        'AllPassed',
        'LoadCompleted',
        'ThresholdsLost',
        'BudgetReached',
        'StoppedEarly',
        'RecordsComplete',
        'RecordsMissing',
        'WithinThresholds',
        'NothingFailedOn',
        'AssertionsFailed',
        'InvalidBundle',
        'ProviderErrors',
        'TimedOut',
        'DeadlineExceeded',
        'Cancelled',
      ])
      .describe('Why the run ended as it did.'),
    message: z.string().describe('One sentence with the next step.'),
    exitCode: z.int().min(0).max(255).describe('Exit code of the command line for this run.'),
    bundle: z
      .object({
        name: z.string().describe('Name of the bundle.'),
        digest: z.string().describe('SHA-256 of the packed bundle, hex.'),
        source: z.string().describe('Where it came from.'),
        origin: z
          .object({
            namespace: z.string().describe('Its namespace.'),
            name: z.string().describe('Its name.'),
            revision: z.string().describe('What was run of it.'),
            digest: z.string().describe('SHA-256 of its files at that revision, in hex.'),
          })
          .optional()
          .describe('The ArenaSource that it was taken from; absent elsewhere than in a cluster.'),
        namespace: z.string().optional().describe('Namespace of the Arena file.'),
        labels: z.record(z.string(), z.string()).optional().describe('Labels of the Arena file.'),
        annotations: z.record(z.string(), z.string()).optional().describe('Annotations of the Arena file.'),
      })
      .describe('What was run.'),
    retryOf: z.string().optional().describe('The earlier run whose results were taken over.'),
    startedAt: epochMs,
    endedAt: epochMs,
    counts: counts.describe('Conversations by how they ended.'),
    passRate: rate.optional().describe('passed / (passed + failed + errored); absent when nothing ran.'),
    usage,
    costUsd: usd.optional().describe('US dollars; missing when any part is unknown.'),
    cached: cached.optional(),
    latency,
    avgDurationMs,
    calls: count.describe('Calls to providers and agents.'),
    providers: z.array(tally).describe('By provider.'),
    scenarios: z.array(tally).describe('By scenario.'),
    cells: z.array(tally).describe('By `scenario/provider`; at most 10,000.'),
    checks: z
      .array(checkTally)
      .optional()
      .describe('Checks by their type, those that failed most often first; at most 200.'),
    trials: trials.optional().describe('Conversations that repeat one another, where there are any.'),
    dataset: datasetSummarySchema.optional().describe('Of the generation of data.'),
    load: loadSummarySchema.optional(),
    held: z
      .array(
        z.object({
          provider: z.string().describe('Id of the provider.'),
          ms: ms.describe('How long it was down in all, in milliseconds.'),
        }),
      )
      .optional()
      .describe('Providers that were down for a time in which their conversations waited, where there were any.'),
    failures: z
      .array(failedItem)
      .describe('At most 100, those within a pass_threshold last; all of them stand in results.jsonl.'),
    metrics: z
      .array(z.string())
      .optional()
      .describe(
        'Groups of measures that are told, where not all are; the others look as if they had not been measured.',
      ),
    warnings: z.array(z.string()).describe('What the reader should know about this run.'),
    reports: z.array(reportFile).describe('The files beside this one.'),
    reportUrl: z
      .string()
      .optional()
      .describe('Where they were delivered. Absent in summary.json itself, which is written before.'),
    undelivered: z
      .string()
      .optional()
      .describe('Why they could not be delivered where they should; they lie in the store. Absent in summary.json.'),
  })
  .describe('summary.json: a run as a whole.') satisfies z.ZodType<RunSummary>;
