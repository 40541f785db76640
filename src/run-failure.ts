import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { ArenaError } from './core/errors.js';
import { failureOfTravelled } from './core/travelled-failure.js';

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
  if (cause instanceof ApplicationFailure) return new ArenaError(failureOfTravelled(cause), { cause: error });
  const message = `The run ${id} ${howEnded(cause)}${cause?.message ? `: ${cause.message}` : ''}`;
  return new ArenaError({ code: 'internal', message }, { cause: error });
}

function howEnded(cause: Error | undefined): string {
  if (cause instanceof TerminatedFailure) return 'was terminated';
  if (cause instanceof CancelledFailure) return 'was cancelled before it could report';
  return cause instanceof TimeoutFailure ? 'ran out of time' : 'failed';
}
