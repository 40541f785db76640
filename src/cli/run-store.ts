/** What the store knows of runs, also when nothing of them lives any more. */

import type { Plan } from '../core/plan.js';
import type { RunSummary } from '../core/run.js';
import { finalKey, planKey, reportFolder } from '../core/store-keys.js';
import { DirectoryStore } from '../io/stores/directory-store.js';
import type { ReportOptions } from '../report/report-options.js';
import type { CliContext } from './context.js';

export function openStore({ local }: CliContext): DirectoryStore {
  return new DirectoryStore(local.storeFolder);
}

/** The record of a run that has ended. */
export async function finalSummary(context: CliContext, run: string): Promise<RunSummary | undefined> {
  return readJson<RunSummary>(context, finalKey(run));
}

/** The matrix of a run that has been planned. */
export async function storedPlan(context: CliContext, run: string): Promise<Plan | undefined> {
  return (await readJson<{ plan: Plan }>(context, planKey(run)))?.plan;
}

/** How the Arena file of a run wants its reports. */
export async function storedReportOptions(context: CliContext, run: string): Promise<ReportOptions | undefined> {
  return (await readJson<{ settings: { reports: ReportOptions } }>(context, planKey(run)))?.settings.reports;
}

/** Where the reports of a run lie. */
export function storedReports(context: CliContext, run: string): string {
  return openStore(context).locate(reportFolder(run));
}

/** What our own activities wrote, whole and checked. */
async function readJson<T>(context: CliContext, key: string): Promise<T | undefined> {
  const bytes = await openStore(context).get(key);
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as T);
}
