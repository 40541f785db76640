import { Context } from '@temporalio/activity';

/** Well below the time after which Temporal gives a silent activity to another worker. */
const HEARTBEAT_MS = 5_000;

/** Tells Temporal while the work goes on, every so many milliseconds. It may have given it to a worker that died, or that never got it: the answer was lost. */
export async function beating<T>(work: (cancelled: AbortSignal) => Promise<T>, everyMs = HEARTBEAT_MS): Promise<T> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), everyMs);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(heartbeat);
  }
}
