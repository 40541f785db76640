import type { Context } from '@temporalio/activity';
import { ActivityCancelledError, ActivityNotFoundError, type Client } from '@temporalio/client';
import type { HeartbeatAnswer } from './lease.js';

/**
 * One heartbeat, acknowledged by the server itself: the SDK's own are sent later and tell nothing back.
 *
 * @param timeoutMs longest wait for the answer, in milliseconds
 */
export async function acknowledgedBeat(
  { activity, connection }: Client,
  context: Context,
  details: unknown,
  timeoutMs: number,
): Promise<HeartbeatAnswer> {
  context.heartbeat(details);
  try {
    await connection.withDeadline(Date.now() + timeoutMs, () => activity.heartbeat(context.info.taskToken, details));
    return 'acknowledged';
  } catch (error) {
    if (error instanceof ActivityCancelledError) return 'cancel-requested';
    return error instanceof ActivityNotFoundError ? 'lost' : 'unreachable';
  }
}
