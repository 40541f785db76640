import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';

/** What is refused fails with the reason itself, not with the news that an activity failed. */
export function tellCause(error: unknown): never {
  throw error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : error;
}
