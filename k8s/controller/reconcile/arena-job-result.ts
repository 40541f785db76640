/** Figures of a run as a status tells them: numbers for programs, texts for columns that cannot compute. */
import type { Usage } from '../../../src/core/conversation.js';
import type { Counts, JobResult, Tally } from '../../../src/core/run.js';
import { shorten } from '../../../src/core/shorten.js';
import { formatUsd } from '../../../src/core/usd.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';

/** Rows of `details`; the reports have all of them. */
const MAX_PROVIDERS = 8;
const MAX_ERRORS = 4;
const MAX_ERROR = 160;

/** Characters of `details`: a status is small. */
const MAX_DETAILS = 1800;

export function progressOf(counts: Counts | undefined): NonNullable<ArenaJobStatus['progress']> {
  const { total = 0, passed = 0, failed = 0, errored = 0 } = counts ?? {};
  const ended = passed + failed + errored;
  return {
    ...{ total, completed: passed, failed: failed + errored, pending: Math.max(0, total - ended) },
    text: `${ended}/${total}`,
  };
}

export function costOf({ costUsd }: JobResult): string | undefined {
  return costUsd === undefined ? undefined : formatUsd(costUsd);
}

export function resultOf(result: JobResult): NonNullable<ArenaJobStatus['result']> {
  return { url: result.reportUrl, summary: summaryOf(result) };
}

/** A map of texts under the names that dashboards know. */
function summaryOf(result: JobResult): { [name: string]: string } {
  const { counts, usage, costUsd, latency, metrics, reason } = result;
  const failed = counts.failed + counts.errored;
  const tokens = tokensOf(usage);
  return {
    ...(metrics === undefined || metrics.includes('quality')
      ? { passRate: rateOf(counts.passed, counts.passed + failed) }
      : {}),
    totalItems: String(counts.total),
    passedItems: String(counts.passed),
    failedItems: String(failed),
    ...(tokens > 0 ? { totalTokens: String(tokens) } : {}),
    ...(costUsd === undefined ? {} : { totalCost: costUsd.toFixed(4) }),
    ...(latency.p50Ms === undefined ? {} : { latencyP50Ms: String(Math.round(latency.p50Ms)) }),
    ...(latency.p95Ms === undefined ? {} : { latencyP95Ms: String(Math.round(latency.p95Ms)) }),
    reason,
    details: detailsOf(result),
  };
}

const tokensOf = ({ inputTokens = 0, outputTokens = 0 }: Usage): number => inputTokens + outputTokens;

const rateOf = (passed: number, ended: number): string => (ended === 0 ? '0.0' : ((100 * passed) / ended).toFixed(1));

function detailsOf({ providers, failures }: JobResult): string {
  const errors = failures.slice(0, MAX_ERRORS).map(({ id, reason, message }) => ({
    message: shorten(`${reason}: ${message}`, MAX_ERROR),
    count: 1,
    workItemIds: [id],
  }));
  // Fewer rows until it is short enough: half a row is of no use to anybody.
  for (let rows = MAX_PROVIDERS; ; rows -= 1) {
    const text = JSON.stringify({ providers: providers.slice(0, rows).map(rowOf), errors: errors.slice(0, rows) });
    if (text.length <= MAX_DETAILS || rows === 0) return text;
  }
}

function rowOf({ key, total, passed, failed, errored, usage, costUsd, latency }: Tally): object {
  return {
    ...{ name: key, total, passed, failed: failed + errored, passRate: rateOf(passed, passed + failed + errored) },
    totalTokens: tokensOf(usage),
    ...(costUsd === undefined ? {} : { totalCost: costUsd.toFixed(4) }),
    ...(latency.p50Ms === undefined ? {} : { latencyP50Ms: Math.round(latency.p50Ms) }),
  };
}
