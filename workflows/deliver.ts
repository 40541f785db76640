import { ActivityFailure, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.js';
import type { JobResult } from '../src/core/run.js';
import { DELIVERY } from './activity-options.js';

/**
 * Has the reports copied to the run's output, by the workers of `queue` where only these can reach it. A run whose reports
 * cannot be delivered has ended all the same: they lie in the store.
 */
export async function deliver(result: JobResult, queue: string | undefined): Promise<JobResult> {
  const { deliverReports } = proxyActivities<Activities>({
    ...DELIVERY,
    ...(queue === undefined ? {} : { taskQueue: queue }),
    summary: 'deliver the reports',
  });
  try {
    const { url, undelivered } = await deliverReports({ run: result.run });
    return { ...result, reportUrl: url, ...(undelivered === undefined ? {} : { undelivered }) };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const reason = error.cause?.message ?? error.message;
    const undelivered = `the reports could not be delivered (${reason}), they lie in ${result.reportUrl}`;
    return { ...result, undelivered };
  }
}
