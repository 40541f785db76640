import { log, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.js';
import type { SyncRequest, SyncResult } from '../src/core/source-sync.js';
import { SWEEP, SYNC } from './activity-options.js';
import { tellCause } from './tell-cause.js';

/**
 * One look at an ArenaSource, started by its schedule. It completes whatever the look finds; it fails only when the
 * cluster or the store gives no answer for long.
 */
export async function syncSource(request: SyncRequest): Promise<SyncResult> {
  const { syncSource: sync } = proxyActivities<Activities>({ ...SYNC, summary: 'look, and fetch what is new' });
  const { sweepArtifacts } = proxyActivities<Activities>({ ...SWEEP, summary: 'remove what is no longer kept' });
  const result = await sync(request).catch(tellCause);
  if ('artifact' in result && !result.unchanged) {
    // What is left lying is found by the next one.
    await sweepArtifacts(request).catch((error: unknown) => log.warn(`old artifacts stay: ${String(error)}`));
  }
  return result;
}
