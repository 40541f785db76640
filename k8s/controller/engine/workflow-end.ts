import { type Client, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { failureOfTravelled } from '../../../src/core/travelled-failure.js';
import type { WorkflowEnd } from '../ports.js';

/** How a closed workflow ended: its result, or what it was failed with, without Temporal's wrapping. */
export async function endOf(
  client: Client,
  { workflowId, runId, closedAt }: { workflowId: string; runId: string; closedAt: number },
): Promise<WorkflowEnd> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
    return { how: 'completed', result: await handle.result(), closedAt };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { ...failureOf(error), closedAt };
  }
}

function failureOf({
  cause,
  message,
}: WorkflowFailedError): Omit<Exclude<WorkflowEnd, { how: 'completed' }>, 'closedAt'> {
  if (cause instanceof CancelledFailure) {
    return { how: 'cancelled', code: 'internal', message: 'it was cancelled before it could report' };
  }
  if (cause instanceof TerminatedFailure) {
    const reason = cause.message === '' ? '' : `: ${cause.message}`;
    return { how: 'terminated', code: 'internal', message: `it was terminated${reason}` };
  }
  if (cause instanceof TimeoutFailure) return { how: 'timedOut', code: 'internal', message: 'it ran out of time' };
  let told: Error | undefined = cause;
  while (told !== undefined && !(told instanceof ApplicationFailure)) {
    told = told.cause instanceof Error ? told.cause : undefined;
  }
  if (told !== undefined) return { how: 'failed', ...failureOfTravelled(told) };
  return { how: 'failed', code: 'internal', message: cause?.message ?? message };
}
