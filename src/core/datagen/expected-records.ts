import type { Counts } from '../run.js';
import { type DatasetFigures, lookedAt } from './dataset-summary.js';

/**
 * Records that there may be at this moment: those that are kept, and of the conversations that ended since then as many
 * as gave one before. What is kept is found out when a round is over. `exact`: nothing is guessed.
 */
export function expectedRecords(
  dataset: DatasetFigures,
  { passed, failed, errored }: Pick<Counts, 'passed' | 'failed' | 'errored'>,
): { records: number; exact: boolean } {
  const { count, records, left } = dataset;
  const seen = lookedAt(dataset);
  const ended = passed + failed + errored;
  const fresh = Math.max(0, ended - seen);
  if (fresh === 0) return { records, exact: true };
  // Before the first look nobody knows whether failed ones are kept.
  const [gave, of] = seen > 0 ? [records + left.surplus, seen] : [passed, ended];
  return { records: Math.min(count, records + Math.floor((fresh * gave) / of)), exact: false };
}

/** For a cell of a table: `123/300`, or `~123/300` before the round is over. */
export function recordsCell(dataset: DatasetFigures, ended: Pick<Counts, 'passed' | 'failed' | 'errored'>): string {
  const { records, exact } = expectedRecords(dataset, ended);
  return `${exact ? '' : '~'}${records}/${dataset.count}`;
}

/** `about 123 of 300 records`. */
export function describeRecords(dataset: DatasetFigures, ended: Pick<Counts, 'passed' | 'failed' | 'errored'>): string {
  const { records, exact } = expectedRecords(dataset, ended);
  return `${exact ? '' : 'about '}${records} of ${dataset.count} records`;
}
