import type { Counts } from '../run.js';
import type { DatasetFigures } from './dataset-summary.js';

/**
 * Records that there may be at this moment: those that are kept, and of the conversations that ended since then as many
 * as gave one before. What is kept is found out when a round is over. `exact`: nothing is guessed.
 */
export function expectedRecords(
  { count, records, left }: DatasetFigures,
  { passed, failed, errored }: Pick<Counts, 'passed' | 'failed' | 'errored'>,
): { records: number; exact: boolean } {
  const seen = records + Object.values(left).reduce((sum, number) => sum + number, 0);
  const ended = passed + failed + errored;
  const fresh = Math.max(0, ended - seen);
  if (fresh === 0) return { records, exact: true };
  // Before the first look nobody knows whether failed ones are kept.
  const [gave, of] = seen > 0 ? [records + left.surplus, seen] : [passed, ended];
  return { records: Math.min(count, records + Math.floor((fresh * gave) / of)), exact: false };
}

/** `about 123 of 300 records`. */
export function describeRecords(dataset: DatasetFigures, ended: Pick<Counts, 'passed' | 'failed' | 'errored'>): string {
  const { records, exact } = expectedRecords(dataset, ended);
  return `${exact ? '' : 'about '}${records} of ${dataset.count} records`;
}
