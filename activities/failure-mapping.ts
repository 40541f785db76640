import { ApplicationFailure } from '@temporalio/activity';
import { ArenaError, isRetryable } from '../src/core/errors.js';
import { StoreFailure } from '../src/io/stores/store-failure.js';

/**
 * Runs an activity; a failure with a code of ours becomes one of Temporal, final where the code says so. One of the store
 * never is: whoever mends the store finds the run where it stood.
 */
export async function inTemporalTerms<T>(activity: () => Promise<T>): Promise<T> {
  try {
    return await activity();
  } catch (error) {
    if (!(error instanceof ArenaError)) throw error;
    const { code, message, hint, retryAfterMs } = error.failure;
    throw ApplicationFailure.create({
      message: hint === undefined ? message : `${message}; ${hint}`,
      type: code,
      nonRetryable: !(error instanceof StoreFailure) && !isRetryable(error.failure),
      nextRetryDelay: retryAfterMs,
      details: [error.failure],
    });
  }
}
