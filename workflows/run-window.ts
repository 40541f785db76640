import { CancellationScope, sleep, workflowInfo } from '@temporalio/workflow';
import type { Control } from '../src/core/control.js';
import type { RunState } from '../src/core/run-state.js';

/** How a window ended. `continue`: nothing is in flight, the history is long, the rest goes to a fresh run. */
export type WindowEnd = 'completed' | 'cancelled' | 'deadline' | 'continue';

/** What is in flight of a run: the shards of its conversations, or the lanes of a load test. */
export interface RunWindow {
  /** What running shards and lanes have to know. */
  readonly control: Control;
  pause(): void;
  resume(): void;
  setWorkers(workers: number): void;
  /** Returns when nothing is in flight any more. Call it in a scope that cannot be cancelled. */
  end(cancelRequested: Promise<never>): Promise<WindowEnd>;
}

export interface WindowOptions {
  /** Worker processes where nothing else says. */
  workers: number;
  /** Events after which it ends with `continue`. */
  historyLimit: number;
  /** Told when something is worth showing. */
  onChange(): void;
}

/** Calls `stop` when the run's time is up; returns what ends the waiting. */
export function awaitDeadline({ deadlineAt }: RunState, stop: () => void): () => void {
  const scope = new CancellationScope();
  if (deadlineAt !== undefined) {
    const leftMs = Math.max(1, deadlineAt - Date.now());
    scope.run(() => sleep(leftMs)).then(stop, () => undefined);
  }
  return () => scope.cancel();
}

export function isHistoryLong(limit: number): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength >= limit;
}
