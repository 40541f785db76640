import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.js';
import type { BundleCheckRequest, BundleCheckResult } from '../src/core/bundle-check.js';
import { CHECK } from './activity-options.js';
import { tellCause } from './tell-cause.js';

/** Looks whether a job of an ArenaConfig could run. It completes whatever is found; it fails only for a fault of ours. */
export async function checkBundle(request: BundleCheckRequest): Promise<BundleCheckResult> {
  const { checkBundle: check } = proxyActivities<Activities>({ ...CHECK, summary: 'read the bundle' });
  return check(request).catch(tellCause);
}
