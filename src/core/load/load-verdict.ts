/** How a load test ended, by its cause. */
import { formatDurationMs } from '../duration.js';
import { EXIT } from '../exit-codes.js';
import type { EndReason, FailedItem } from '../run.js';
import type { RunVerdict } from '../run-verdict.js';
import { errorFigures } from './end-figures.js';
import type { LoadStop } from './load-state.js';
import type { LoadSummary } from './load-summary.js';
import { budgetText, errorsText, thresholdText } from './load-words.js';
import type { ThresholdResult } from './thresholds.js';

export interface LoadEnd {
  run: string;
  load: LoadSummary;
  ended: 'completed' | 'cancelled' | 'deadline';
  stop?: LoadStop;
  /** Some of the failures, for what they said. */
  failures?: readonly FailedItem[];
  /** As written in the job or the Arena file; absent: failed checks and errors alone fail nothing. */
  failOn?: readonly string[];
}

/** Thresholds named in a message at most. */
const MAX_NAMED = 3;

/** Somebody's wish to end it comes first, then what the test was to show, then what it was allowed to use. */
export function decideLoadVerdict(end: LoadEnd): RunVerdict {
  const { run, load, ended, stop } = end;
  const made = `${load.requests.sent} requests in ${formatDurationMs(load.seconds * 1000)}`;
  if (ended === 'cancelled') {
    const message = `cancelled after ${made}; what was measured is in the report`;
    return { phase: 'Cancelled', reason: 'Cancelled', message, exitCode: EXIT.cancelled };
  }
  if (ended === 'deadline') {
    return failed(
      'DeadlineExceeded',
      `out of time after ${made}; raise timeouts.run, or shorten the test`,
      EXIT.timedOut,
    );
  }
  const lost = load.thresholds.filter(({ state }) => state !== 'passed');
  if (lost.length > 0 || stop === 'threshold')
    return failed('ThresholdsLost', thresholdsMessage(end, lost), EXIT.thresholds);
  const unanswered = noAnswer(end);
  if (unanswered !== undefined) return unanswered;
  if (stop === 'budget' || load.budget?.reached) {
    return failed(
      'BudgetReached',
      `the budget was used up${load.budget === undefined ? '' : ` (${budgetText(load.budget)})`} after ${made}; raise loadTest.budget, or ask for less`,
      EXIT.budget,
    );
  }
  const bad = failedOn(end);
  if (bad !== undefined) return bad;
  if (stop === 'stopped') {
    return { phase: 'Succeeded', reason: 'StoppedEarly', message: `stopped early, after ${made}`, exitCode: EXIT.ok };
  }
  if (load.requests.ended === 0) {
    const message = `no request ended in ${formatDurationMs(load.seconds * 1000)}; look at the workers: arena status ${run}`;
    return failed('ProviderErrors', message, EXIT.infrastructure);
  }
  const { length } = load.thresholds;
  const held = length === 0 ? '' : length === 1 ? '; the threshold held' : `; all ${length} thresholds held`;
  const message = `${made}${failures(load)}${held}`;
  return { phase: 'Succeeded', reason: 'LoadCompleted', message, exitCode: EXIT.ok };
}

function failed(reason: EndReason, message: string, exitCode: number): RunVerdict {
  return { phase: 'Failed', reason, message, exitCode };
}

function thresholdsMessage({ load, stop }: LoadEnd, lost: readonly ThresholdResult[]): string {
  const named = lost
    .slice(0, MAX_NAMED)
    .map((each) => `${thresholdText(each)}${each.state === 'unknown' ? ' (nothing measured)' : ''}`);
  const more = lost.length > MAX_NAMED ? ` and ${lost.length - MAX_NAMED} more` : '';
  const early = stop === 'threshold' ? '; the test was ended early' : '';
  // The one that ended the test may hold again when the last answers are in.
  if (lost.length === 0) return `a threshold was lost while the test ran${early}; see the report`;
  return `${lost.length} of ${load.thresholds.length} thresholds lost: ${named.join(', ')}${more}${early}; see the report`;
}

/** Of a service that answers nothing nothing was measured. */
function noAnswer({ load, failures = [] }: LoadEnd): RunVerdict | undefined {
  const { requests, all } = load;
  if (requests.ended === 0 || requests.failed < requests.ended) return undefined;
  const { errors = {} } = errorFigures(all.errors);
  const [commonest] = Object.keys(errors);
  const sample = failures.find(({ reason }) => reason === commonest);
  const said = sample === undefined ? '' : `: ${sample.message.replace(/\.$/, '')}`;
  const hint = sample?.hint ?? 'look at the failures in the report';
  const message = `none of ${requests.ended} requests was answered (${errorsText(errors)})${said}; ${hint}`;
  return failed('ProviderErrors', message, EXIT.infrastructure);
}

/** Failed conversations count only where somebody wrote that they do. */
function failedOn({ load, failOn = [] }: LoadEnd): RunVerdict | undefined {
  const { failed: checks, errored } = load.conversations;
  const ends = load.conversations.passed + checks + errored;
  if (checks > 0 && (failOn.includes('assertion_failure') || failOn.includes('validation_error'))) {
    return failed(
      'AssertionsFailed',
      `${checks} of ${ends} conversations failed their checks; see the report`,
      EXIT.assertions,
    );
  }
  const codes = Object.keys(load.all.errors);
  const timeouts = codes.length > 0 && codes.every((code) => code === 'call_timeout' || code === 'item_timeout');
  if (errored === 0 || !failOn.includes(timeouts ? 'timeout' : 'provider_error')) return undefined;
  const message = `${errored} of ${ends} conversations could not be held; see the report`;
  return failed(timeouts ? 'TimedOut' : 'ProviderErrors', message, EXIT.infrastructure);
}

function failures({ requests, conversations }: LoadSummary): string {
  const parts = [
    ...(requests.failed > 0 ? [`${requests.failed} failed`] : []),
    ...(conversations.failed > 0 ? [`${conversations.failed} conversations did not pass their checks`] : []),
    ...(conversations.dropped > 0 ? [`${conversations.dropped} conversations could not begin in time`] : []),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}
