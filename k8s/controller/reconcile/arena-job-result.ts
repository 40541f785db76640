/** Figures of a run as a status tells them: numbers for programs, texts for columns that cannot compute. */
import type { Counts, JobResult, Progress } from '../../../src/core/run.js';
import { formatUsd } from '../../../src/core/usd.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import { datasetMeasures, datasetProgress } from './arena-job-dataset.js';
import { detailsOf, percent, tokensOf } from './arena-job-details.js';
import { loadMeasures, loadProgress } from './arena-job-load.js';

/** Bytes of `details`: a status is small. */
const MAX_DETAILS = 2_500;

/** `isOver`: nothing more comes. */
export function progressOf(
  told: Pick<Progress, 'counts' | 'dataset' | 'load'> | undefined,
  isOver: boolean,
): NonNullable<ArenaJobStatus['progress']> {
  const { counts, dataset, load } = told ?? {};
  if (counts !== undefined && load !== undefined) return loadProgress(load, counts, isOver);
  if (counts !== undefined && dataset !== undefined) return datasetProgress({ counts, dataset }, isOver);
  const { total = 0, passed = 0, failed = 0, errored = 0 }: Partial<Counts> = counts ?? {};
  const ended = passed + failed + errored;
  return {
    ...{ total, completed: passed, failed: failed + errored, pending: Math.max(0, total - ended) },
    text: `${ended}/${total}`,
  };
}

/** What the run has taken so far. A cost that is unknown, and measures that nobody wants to be told, are left out. */
export function spentSoFar({ spent, metrics }: Progress): Pick<ArenaJobStatus, 'cost' | 'tokens'> {
  if (spent === undefined) return {};
  const { costUsd, ...usage } = spent;
  const isTold = (group: string): boolean => metrics === undefined || metrics.includes(group);
  return taken(isTold('cost') ? costUsd : undefined, isTold('tokens') ? usage : {});
}

/** What the run took in all. */
export const spentInAll = ({ costUsd, usage }: JobResult): Pick<ArenaJobStatus, 'cost' | 'tokens'> =>
  taken(costUsd, usage);

function taken(costUsd: number | undefined, usage: JobResult['usage']): Pick<ArenaJobStatus, 'cost' | 'tokens'> {
  const tokens = tokensOf(usage);
  return {
    ...(costUsd === undefined ? {} : { cost: formatUsd(costUsd) }),
    ...(tokens === undefined ? {} : { tokens }),
  };
}

export function resultOf(result: JobResult): NonNullable<ArenaJobStatus['result']> {
  return { url: result.reportUrl, summary: summaryOf(result) };
}

/** A map of texts under the names that dashboards know. */
function summaryOf(result: JobResult): { [name: string]: string } {
  const { counts, usage, costUsd, latency, avgDurationMs, metrics, reason, dataset, load } = result;
  const failed = counts.failed + counts.errored;
  const tokens = tokensOf(usage);
  const inMs = (name: string, ms: number | undefined) => (ms === undefined ? {} : { [name]: String(Math.round(ms)) });
  return {
    ...(metrics === undefined || metrics.includes('quality')
      ? { passRate: percent(counts.passed, counts.passed + failed) }
      : {}),
    totalItems: String(counts.total),
    passedItems: String(counts.passed),
    failedItems: String(failed),
    ...inMs('avgDurationMs', avgDurationMs),
    ...(tokens === undefined ? {} : { totalTokens: String(tokens) }),
    ...(costUsd === undefined ? {} : { totalCost: costUsd.toFixed(4) }),
    ...inMs('latencyP50Ms', latency.p50Ms),
    ...inMs('latencyP95Ms', latency.p95Ms),
    ...(dataset === undefined ? {} : datasetMeasures(dataset)),
    ...(load === undefined ? {} : loadMeasures(load)),
    reason,
    details: detailsOf(result, MAX_DETAILS),
  };
}
