import { EXIT } from '../exit-codes.js';
import { decideVerdict, type RunEnd, type RunVerdict } from '../run-verdict.js';
import type { DatasetFigures } from './dataset-summary.js';

type Left = keyof DatasetFigures['left'];

/** What cost records, and what helps. */
const LEFT: { readonly [why in Exclude<Left, 'surplus'>]: readonly [what: string, next: string] } = {
  errored: ['could not be held', 'mend the cause, which the report names'],
  failedChecks: ['failed their checks', 'see the checks in the report, write keep: all, or raise dataGen.attempts'],
  invalid: [
    'gave no valid record',
    'see the reasons in the report, make the prompt ask for that form, or raise dataGen.attempts',
  ],
  exactDuplicates: [
    'said what another record says',
    'add personas, variables or perturbations, or raise dataGen.attempts',
  ],
  nearDuplicates: [
    'said nearly what another record says',
    'add personas, variables or perturbations, raise dedupe.near, or raise dataGen.attempts',
  ],
};

/**
 * The verdict of the generation of data: whether all records are there. Where the job or the Arena file says what makes
 * a run fail (`failOn`), a complete set is judged by it as well.
 */
export function datasetVerdict(figures: DatasetFigures, end: RunEnd): RunVerdict {
  const { count, records } = figures;
  const have = `${records} of ${count} records`;
  if (end.ended === 'cancelled') {
    const message = `cancelled with ${have}, which are kept; start the job again for a whole set`;
    return { phase: 'Cancelled', reason: 'Cancelled', message, exitCode: EXIT.cancelled };
  }
  if (records < count) {
    if (end.ended === 'deadline') {
      const message = `out of time with ${have}, which are kept; raise timeouts.run and start the job again`;
      return { phase: 'Failed', reason: 'DeadlineExceeded', message, exitCode: EXIT.timedOut };
    }
    const message = `${have}: ${whyMissing(figures)}`;
    return { phase: 'Failed', reason: 'RecordsMissing', message, exitCode: EXIT.incomplete };
  }
  const judged = decideVerdict({ ...end, ended: 'completed' });
  if (judged.phase === 'Failed') return judged;
  return { phase: 'Succeeded', reason: 'RecordsComplete', message: `all ${count} records`, exitCode: EXIT.ok };
}

/** The cause that cost most, and the next step. */
function whyMissing({ left }: DatasetFigures): string {
  const causes = Object.entries(LEFT).map(([why, words]) => ({ number: left[why as Left], words }));
  const most = causes.reduce((one, other) => (other.number > one.number ? other : one));
  const all = Object.values(left).reduce((sum, number) => sum + number, 0);
  if (most.number === 0) return 'the other conversations were not held; start the job again';
  const [what, next] = most.words;
  return `${most.number} of ${all} conversations that gave none ${what}; ${next}`;
}
