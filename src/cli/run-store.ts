/** What the store knows of runs, also when nothing of them lives any more. */

import type { Plan } from '../core/plan.js';
import type { RunSummary } from '../core/run.js';
import { finalKey, planKey, reportFolder } from '../core/store-keys.js';
import { readJson } from '../io/stores/stored-json.js';
import type { ReportOptions } from '../report/report-options.js';
import type { CliContext } from './context.js';

/** The record of a run that has ended. */
export async function finalSummary(context: CliContext, run: string): Promise<RunSummary | undefined> {
  return readJson<RunSummary>(context.store, finalKey(run));
}

/** The matrix of a run that has been planned. */
export async function storedPlan(context: CliContext, run: string): Promise<Plan | undefined> {
  return (await readJson<{ plan: Plan }>(context.store, planKey(run)))?.plan;
}

/** How the Arena file of a run wants its reports. */
export async function storedReportOptions(context: CliContext, run: string): Promise<ReportOptions | undefined> {
  return (await readJson<{ settings: { reports: ReportOptions } }>(context.store, planKey(run)))?.settings.reports;
}

/** Where the reports of a run that has ended lie. */
export function reportsOf(context: CliContext, { run, reportUrl }: RunSummary): string {
  return reportUrl ?? context.store.locate(reportFolder(run));
}
