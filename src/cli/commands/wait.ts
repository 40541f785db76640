import { stayWith } from '../attach.js';
import { type GlobalOptions, openContext } from '../context.js';
import { findRun } from '../find-run.js';
import { type FinishOptions, printResult } from '../finish-run.js';
import { finalSummary, reportsOf } from '../run-store.js';

export interface WaitOptions extends GlobalOptions, FinishOptions {
  ci?: boolean;
}

export async function wait(name: string, options: WaitOptions): Promise<number> {
  const context = openContext(options, options.ci);
  const run = await findRun(context, name);
  const summary = await finalSummary(context, run);
  if (summary === undefined) return stayWith(context, run, options);
  await printResult(context, summary, reportsOf(context, summary), options);
  return summary.exitCode;
}
