import { EXIT } from './exit-codes.js';
import type { FailureCause } from './failure-cause.js';
import type { Counts, EndReason, Phase } from './run.js';

export interface RunVerdict {
  phase: Phase;
  reason: EndReason;
  message: string;
  exitCode: number;
}

export interface RunEnd {
  run: string;
  counts: Counts;
  /** Items by why they did not pass, without those that a pass_threshold allows for. */
  causes: { [cause in FailureCause]?: number };
  failOn: readonly string[];
  ended: 'completed' | 'cancelled' | 'deadline';
}

/** The verdict of a run. A failed check outranks a failed call: it says something about what is evaluated. */
export function decideVerdict({ run, counts, causes, failOn, ended }: RunEnd): RunVerdict {
  const done = counts.passed + counts.failed + counts.errored;
  if (ended === 'cancelled') {
    const message = `cancelled after ${done} of ${counts.total} conversations; run: arena retry ${run} --failed`;
    return { phase: 'Cancelled', reason: 'Cancelled', message, exitCode: EXIT.cancelled };
  }
  if (ended === 'deadline') {
    const message = `out of time after ${done} of ${counts.total} conversations; raise timeouts.run, then: arena retry ${run} --failed`;
    return { phase: 'Failed', reason: 'DeadlineExceeded', message, exitCode: EXIT.timedOut };
  }
  const counted = (cause: FailureCause) =>
    cause === 'invalid_bundle' || failOn.includes(cause) ? (causes[cause] ?? 0) : 0;
  const checks = counted('assertion_failure') + counted('validation_error');
  const errors = counted('provider_error') + counted('timeout') + counted('invalid_bundle');
  if (checks > 0) {
    const message = `${checks} of ${counts.total} conversations failed their checks; see the report, or run: arena retry ${run} --failed`;
    return { phase: 'Failed', reason: 'AssertionsFailed', message, exitCode: EXIT.assertions };
  }
  if (errors > 0) {
    if (counted('invalid_bundle') === errors) {
      const message = `${errors} of ${counts.total} conversations cannot be held as the bundle is written; correct it and run it again`;
      return { phase: 'Failed', reason: 'InvalidBundle', message, exitCode: EXIT.usage };
    }
    const timeouts = counted('timeout') === errors;
    const message = `${errors} of ${counts.total} conversations could not be held; mend the cause, then: arena retry ${run} --failed`;
    return {
      phase: 'Failed',
      reason: timeouts ? 'TimedOut' : 'ProviderErrors',
      message,
      exitCode: EXIT.infrastructure,
    };
  }
  const { tolerated = 0 } = counts;
  if (tolerated > 0 && counts.failed + counts.errored === tolerated) {
    const message = `${counts.passed} of ${counts.total} conversations passed; the others failed within the pass_threshold of their checks`;
    return { phase: 'Succeeded', reason: 'WithinThresholds', message, exitCode: EXIT.ok };
  }
  if (counts.failed + counts.errored > 0) {
    const message = `${counts.failed + counts.errored} of ${counts.total} conversations did not pass, for causes that fail_on leaves out`;
    return { phase: 'Succeeded', reason: 'NothingFailedOn', message, exitCode: EXIT.ok };
  }
  const message = `all ${counts.total} conversations passed`;
  return { phase: 'Succeeded', reason: 'AllPassed', message, exitCode: EXIT.ok };
}
