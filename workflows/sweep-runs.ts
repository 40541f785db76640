import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.js';
import type { RunSweepRequest } from '../src/core/run-sweep.js';
import { RUN_SWEEP } from './activity-options.js';
import { tellCause } from './tell-cause.js';

/** What is left after so many rounds is found by the next sweep. */
const MAX_ROUNDS = 100;

/** Removes runs of an ArenaJob that have had their time from the store, and tells how many. */
export async function sweepRuns(request: RunSweepRequest): Promise<{ removed: number }> {
  const { sweepRuns: sweep } = proxyActivities<Activities>({ ...RUN_SWEEP, summary: 'remove runs of before' });
  let removed = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const done = await sweep(request).catch(tellCause);
    removed += done.removed.length;
    if (!done.more) break;
  }
  return { removed };
}
