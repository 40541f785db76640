/** The `load` section of `summary.json`. */
import { z } from 'zod';
import { thresholdMetrics, thresholdOperators } from '../core/load/thresholds.js';
import { count, epochMs, ms, usage, usd } from './result-parts.js';

const perSecond = z.number().min(0);

const latency = z
  .object({
    count: count.describe('Times measured.'),
    p50Ms: ms.optional().describe('Median, in milliseconds.'),
    p90Ms: ms.optional().describe('90th percentile, in milliseconds.'),
    p95Ms: ms.optional().describe('95th percentile, in milliseconds.'),
    p99Ms: ms.optional().describe('99th percentile, in milliseconds.'),
    p999Ms: ms.optional().describe('99.9th percentile, in milliseconds.'),
    maxMs: ms.optional().describe('The longest, in milliseconds.'),
    meanMs: ms.optional().describe('Mean, in milliseconds.'),
  })
  .describe('Percentiles are within 1 % of the true value, and absent when nothing was measured.');

const leg = z.object({
  startMs: ms.describe('Where it begins, in milliseconds of the test’s clock, which stands while the test is paused.'),
  endMs: ms.describe('Where it ends.'),
  from: perSecond.describe('Target at its beginning: requests a second (open model) or virtual users (closed model).'),
  to: perSecond.describe('Target at its end, reached in a straight line.'),
});

const row = z.object({
  scenario: z.string().optional().describe('Of this scenario alone. Absent = of all.'),
  provider: z.string().optional().describe('Of this provider or agent alone. Absent = of all.'),
  requests: z
    .object({
      ended: count.describe('Answered or failed.'),
      failed: count.describe('Failed.'),
      rateLimited: count.describe('Of the failed ones those that the other side refused for their number.'),
    })
    .describe('Requests to providers and agents.'),
  conversations: z
    .object({
      passed: count.describe('Passed.'),
      failed: count.describe('Failed their checks.'),
      errored: count.describe('Could not be held.'),
    })
    .describe('Conversations that ended.'),
  turns: count.describe('User turns that were answered.'),
  latency: latency.describe(
    'From when a request was due, or could be sent, to its whole answer; failed ones are not in it.',
  ),
  ttft: latency.optional().describe('To the first token. Absent = nothing was streamed.'),
  wait: latency.describe('Waiting for paces and permits of ours, never part of the latency.'),
  errors: z.record(z.string(), count).describe('Failed requests by error code.'),
  usage,
  costUsd: usd.optional().describe('US dollars; missing when any part is unknown.'),
});

const point = z.object({
  second: z.number().min(0).describe('Its beginning, in seconds since the test began, by the clock on the wall.'),
  target: perSecond.describe('Requests a second, or virtual users; in a pause the target stays.'),
  sent: perSecond.describe('Requests a second that were sent.'),
  ended: perSecond.describe('Requests a second that ended.'),
  failed: perSecond.describe('Requests a second that failed.'),
  rateLimited: perSecond.describe('Of the failed ones those that the other side refused for their number.'),
  dropped: perSecond.describe('Conversations a second that were due and did not begin.'),
  open: perSecond.describe('Mean number of conversations in flight.'),
  inFlight: perSecond.describe('Mean number of requests in flight.'),
  p50Ms: ms.optional().describe('Median latency of what ended in it. Absent = nothing ended.'),
  p95Ms: ms.optional().describe('95th percentile of it.'),
  p99Ms: ms.optional().describe('99th percentile of it.'),
});

const threshold = z.object({
  metric: z.enum(thresholdMetrics).describe('What is measured.'),
  operator: z.enum(thresholdOperators).describe('How it must compare with `value`.'),
  value: z.string().describe('As written: a duration, a share, or US dollars.'),
  scenario: z.string().optional().describe('Of this scenario alone.'),
  provider: z.string().optional().describe('Of this provider or agent alone.'),
  abortOnFail: z.boolean().optional().describe('The test ends when it is lost.'),
  graceMs: ms.optional().describe('Milliseconds from the beginning in which it may be lost.'),
  state: z
    .enum(['passed', 'failed', 'unknown'])
    .describe('unknown = nothing was measured that could tell; it does not pass.'),
  actual: z.number().optional().describe('Milliseconds, a share, or US dollars. Absent = nothing was measured.'),
});

const event = z.object({
  clockMs: z.number().describe('The test’s clock, in milliseconds.'),
  at: epochMs,
  what: z
    .enum([
      'started',
      'setRate',
      'paused',
      'resumed',
      'stopped',
      'budgetReached',
      'budgetRaised',
      'thresholdLost',
      'lanes',
    ])
    .describe('What happened.'),
  text: z.string().describe('One sentence for people.'),
});

export const loadSummarySchema = z
  .object({
    model: z
      .enum(['open', 'closed'])
      .describe('open = requests come at their rate; closed = each user waits for the answer before.'),
    arrivals: z.enum(['constant', 'poisson']).describe('How conversations follow one another in the open model.'),
    course: z.array(leg).readonly().describe('As planned; what was changed while it ran stands in `events`.'),
    seconds: z.number().min(0).describe('Seconds for which load was made, without pauses.'),
    rps: perSecond.describe('Mean number of requests a second that were sent over these.'),
    requests: z
      .object({
        sent: count.describe('Sent.'),
        ended: count.describe('Answered or failed.'),
        failed: count.describe('Failed.'),
        rateLimited: count.describe('Of the failed ones those that the other side refused for their number.'),
        unknown: count.describe(
          'Sent, as far as can be told, by workers that were lost before they told how they ended.',
        ),
      })
      .describe('Requests to providers and agents.'),
    conversations: z
      .object({
        begun: count.describe('Begun.'),
        passed: count.describe('Passed.'),
        failed: count.describe('Failed their checks.'),
        errored: count.describe('Could not be held.'),
        dropped: count.describe('Due and not begun.'),
        interrupted: count.describe('Cut off when the test was over.'),
        unknown: count.describe('Begun by workers that were lost before they told how they ended.'),
      })
      .describe('Conversations by how they ended.'),
    late: latency.describe('How late conversations began, in milliseconds.'),
    all: row.describe('Everything.'),
    scenarios: z.array(row).describe('By scenario; at most 200, those with most requests first.'),
    providers: z.array(row).describe('By provider or agent; at most 200, those with most requests first.'),
    cells: z.array(row).describe('By scenario and provider; at most 200, those with most requests first.'),
    pointSeconds: z.number().gt(0).describe('Seconds that a point of the series spans.'),
    series: z.array(point).describe('The test from its beginning on, without gaps; at most 1,200 points.'),
    thresholds: z.array(threshold).describe('What had to hold, and whether it did.'),
    budget: z
      .object({
        usd: usd.optional().describe('US dollars that it might use.'),
        tokens: count.optional().describe('Tokens that it might use.'),
        usedUsd: usd.optional().describe('US dollars used; missing when any part is unknown.'),
        usedTokens: count.describe('Tokens used.'),
        reached: z.boolean().describe('It was used up.'),
      })
      .optional()
      .describe('Where one was set.'),
    events: z.array(event).describe('What people, thresholds or the budget did while it ran.'),
    lanes: count.describe('Parts of the load that were made at the same time, at most; each in a worker of its own.'),
  })
  .describe('Of a load test: what it was to make, and what it made.');
