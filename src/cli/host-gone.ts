import { runHost } from '../local/run-processes.js';
import type { CliContext } from './context.js';

/** Time between two looks for the process that keeps a run going, in milliseconds. */
const LOOK_MS = 2000;

/**
 * Settles when the process that keeps the run's engine and workers up has died under it: it was there, and is missing
 * at two looks in a row. A run whose processes are somebody else's never settles; nor does it after the signal.
 */
export async function hostGone({ local }: CliContext, run: string, signal: AbortSignal): Promise<{ kind: 'orphaned' }> {
  let seen = false;
  let missing = 0;
  while (!signal.aborted && missing < 2) {
    const there = (await runHost(local, run)) !== undefined;
    seen ||= there;
    missing = seen && !there ? missing + 1 : 0;
    if (missing < 2) await new Promise<void>((resolve) => setTimeout(resolve, LOOK_MS).unref());
  }
  return missing >= 2 ? { kind: 'orphaned' } : new Promise(() => undefined);
}
