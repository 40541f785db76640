import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { ArenaError, ERROR_CODES, type ErrorCode, type Failure } from './core/errors.js';

/** The failure that a workflow ended with, without Temporal's wrapping. */
export function endWithoutResult(error: unknown, id: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new ArenaError({
      code: 'invalid_input',
      message: `There is no run ${id}`,
      hint: 'arena status lists the runs',
    });
  }
  if (!(error instanceof WorkflowFailedError)) return error;
  let cause: Error | undefined = error.cause;
  while (cause !== undefined && !(cause instanceof ApplicationFailure) && cause.cause instanceof Error)
    cause = cause.cause;
  if (cause instanceof ApplicationFailure) return new ArenaError(failureOf(cause), { cause: error });
  const message = `The run ${id} ${howEnded(cause)}${cause?.message ? `: ${cause.message}` : ''}`;
  return new ArenaError({ code: 'internal', message }, { cause: error });
}

function howEnded(cause: Error | undefined): string {
  if (cause instanceof TerminatedFailure) return 'was terminated';
  if (cause instanceof CancelledFailure) return 'was cancelled before it could report';
  return cause instanceof TimeoutFailure ? 'ran out of time' : 'failed';
}

function failureOf(failure: ApplicationFailure): Failure {
  const details: unknown = failure.details?.[0];
  const hint = typeof details === 'object' && details !== null && 'hint' in details ? details.hint : undefined;
  const message = typeof details === 'object' && details !== null && 'message' in details ? details.message : undefined;
  return {
    code: isErrorCode(failure.type) ? failure.type : 'internal',
    message: typeof message === 'string' ? message : failure.message,
    ...(typeof hint === 'string' ? { hint } : {}),
  };
}

function isErrorCode(type: string | undefined | null): type is ErrorCode {
  return typeof type === 'string' && Object.hasOwn(ERROR_CODES, type);
}
