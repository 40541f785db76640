import { EXIT } from '../exit-codes.js';
import { decideVerdict, type RunEnd, type RunVerdict } from '../run-verdict.js';
import { type DatasetFigures, LOSS_WORDS, lookedAt } from './dataset-summary.js';

type Cause = Exclude<keyof DatasetFigures['left'], 'surplus'>;

/** What helps against what cost records. */
const NEXT: { readonly [why in Cause]: string } = {
  errored: 'mend the cause, which the report names',
  failedChecks: 'see the checks in the report, write keep: all, or raise dataGen.attempts',
  invalid: 'see the reasons in the report, make the prompt ask for that form, or raise dataGen.attempts',
  exactDuplicates: 'add personas, variables or perturbations, or raise dataGen.attempts',
  nearDuplicates: 'add personas, variables or perturbations, raise dedupe.near, or raise dataGen.attempts',
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
  const causes = Object.keys(NEXT) as Cause[];
  const most = causes.reduce((one, other) => (left[other] > left[one] ? other : one));
  if (left[most] === 0) return 'the other conversations were not held; start the job again';
  const all = lookedAt({ records: 0, left });
  return `${left[most]} of ${all} conversations that gave none ${LOSS_WORDS[most]}; ${NEXT[most]}`;
}
