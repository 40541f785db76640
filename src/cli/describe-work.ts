/** What a run is about to do, in one line. Pure. */
import type { DataGenInput } from '../schema/data-gen.js';
import { describeLoad, estimateLoad } from './describe-load.js';
import { count, describeMatrix } from './describe-matrix.js';
import { type Estimate, type EstimateOptions, estimate, formatCost } from './estimate.js';
import type { JobOptions } from './job-input.js';
import type { ReadyBundle } from './read-bundle.js';

/** As the input of a job says. */
const DEFAULT_RECORDS = 100;

export function describeWork(
  ready: ReadyBundle,
  options: EstimateOptions & Pick<JobOptions, 'kind' | 'workers'>,
): string {
  const { dataGen, loadTest } = options.kind ?? {};
  if (loadTest !== undefined) {
    const expected = estimateLoad(ready, loadTest, options.workers, options);
    return `${describeLoad(ready, loadTest, options.workers)}${expected === undefined ? '' : priced(expected)}`;
  }
  if (dataGen !== undefined)
    return `${wantedRecords(ready, dataGen)}${priced(estimateRecords(ready, dataGen, options))}`;
  return `${describeMatrix(ready.matrix)}${priced(estimate(ready.bundle, ready.matrix, options))}`;
}

const priced = (expected: Estimate): string => (expected.costUsd?.high ? `   est. ${formatCost(expected)}` : '');

/** `500 records of 2 scenarios and 1 provider`. */
function wantedRecords({ matrix }: Pick<ReadyBundle, 'matrix'>, { count: records }: DataGenInput): string {
  const providers = new Set(matrix.cells.flatMap((cell) => cell.providers)).size;
  const from = `${count(matrix.cells.length, 'scenario')} and ${count(providers, 'provider')}`;
  return `${count(records ?? DEFAULT_RECORDS, 'record')} of ${from}`;
}

/** With one conversation a record: those that give none come on top. */
export function estimateRecords(
  { bundle, matrix }: Pick<ReadyBundle, 'bundle' | 'matrix'>,
  { count: records = DEFAULT_RECORDS, weights = {} }: DataGenInput,
  options: EstimateOptions,
): Estimate {
  const parts = matrix.cells.map((cell) => {
    const share = Object.hasOwn(weights, cell.scenario) ? (weights[cell.scenario] ?? 1) : 1;
    const each = estimate(bundle, { ...matrix, regions: [''], cells: [{ ...cell, trials: 1 }] }, options);
    return { share, each };
  });
  const all = parts.reduce((sum, { share }) => sum + share, 0);
  const unpriced = new Set(parts.flatMap(({ each }) => each.unpriced));
  const sumOf = (read: (each: Estimate) => number | undefined): number =>
    parts.reduce((sum, { share, each }) => {
      const one = each.conversations === 0 ? 0 : (read(each) ?? 0) / each.conversations;
      return all === 0 ? sum : sum + (records * share * one) / all;
    }, 0);
  const isPriced = parts.some(({ each }) => each.costUsd !== undefined);
  return {
    conversations: records,
    calls: Math.round(sumOf(({ calls }) => calls)),
    ...(isPriced
      ? { costUsd: { low: sumOf((one) => one.costUsd?.low), high: sumOf((one) => one.costUsd?.high) } }
      : {}),
    unpriced: [...unpriced],
  };
}
