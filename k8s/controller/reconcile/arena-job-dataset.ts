/** A data set as the status of its job tells it. Pure. */
import type { DatasetFigures } from '../../../src/core/datagen/dataset-summary.js';
import { recordsCell } from '../../../src/core/datagen/expected-records.js';
import type { Counts } from '../../../src/core/run.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';

interface Told {
  dataset: DatasetFigures;
  counts: Counts;
}

/** In records. None has failed as long as another conversation may give it. `~`: guessed, until the round is over. */
export function datasetProgress({ dataset, counts }: Told, isOver: boolean): NonNullable<ArenaJobStatus['progress']> {
  const { count, records } = dataset;
  const missing = Math.max(0, count - records);
  return {
    ...{ total: count, completed: records, failed: isOver ? missing : 0, pending: isOver ? 0 : missing },
    text: isOver ? `${records}/${count}` : recordsCell(dataset, counts),
  };
}

export function datasetTold({ dataset, counts }: Told): string {
  const { count, records, rounds, left } = dataset;
  const ended = counts.passed + counts.failed + counts.errored;
  const lost = Object.entries(left).filter(([why, number]) => number > 0 && why !== 'surplus');
  const losses = lost.map(([why, number]) => `, ${number} ${WORDS[why as keyof typeof WORDS]}`).join('');
  return `${records} of ${count} records after ${rounds} round${rounds === 1 ? '' : 's'}${losses}; ${ended} of ${counts.total} conversations`;
}

const WORDS = {
  errored: 'could not be held',
  failedChecks: 'failed their checks',
  invalid: 'invalid',
  exactDuplicates: 'duplicates',
  nearDuplicates: 'near duplicates',
} as const;

/** Under names of the same kind as those that dashboards know. */
export function datasetMeasures({ count, records, left, rounds }: DatasetFigures): { [name: string]: string } {
  const measures = {
    ...{ records, recordsWanted: count, rounds },
    ...{ erroredItems: left.errored, failedChecks: left.failedChecks, invalidRecords: left.invalid },
    ...{ exactDuplicates: left.exactDuplicates, nearDuplicates: left.nearDuplicates, surplusRecords: left.surplus },
  };
  return Object.fromEntries(Object.entries(measures).map(([name, number]) => [name, String(number)]));
}
