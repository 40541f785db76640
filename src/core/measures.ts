import type { RunSummary, Tally } from './run.js';

type Measured = Pick<Tally, 'usage' | 'costUsd' | 'cached' | 'latency' | 'avgDurationMs'>;

/**
 * A summary that tells only these groups of measures: latency, tokens, cost, quality (the pass rate); absent: all of them. What is left out is as if it had not been
 * measured, for whoever reads the summary. Counts and verdicts always stay, and so do the records of the conversations.
 */
export function withMeasures(summary: RunSummary, groups: readonly string[] | undefined): RunSummary {
  if (groups === undefined) return summary;
  const only = <T extends Measured>(row: T): T => {
    const { costUsd, cached, avgDurationMs, ...rest } = row;
    return {
      ...rest,
      ...(groups.includes('cost') ? { costUsd, ...(cached === undefined ? {} : { cached }) } : {}),
      ...(groups.includes('tokens') ? {} : { usage: {} }),
      ...(groups.includes('latency')
        ? avgDurationMs === undefined
          ? {}
          : { avgDurationMs }
        : { latency: { count: 0 } }),
    } as T;
  };
  const { passRate, ...rest } = only(summary);
  return {
    ...rest,
    ...(groups.includes('quality') ? { passRate } : {}),
    providers: summary.providers.map(only),
    scenarios: summary.scenarios.map(only),
    cells: summary.cells.map(only),
    metrics: [...groups],
  };
}
