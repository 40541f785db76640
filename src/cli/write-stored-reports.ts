import { ArenaError } from '../core/errors.js';
import { PlanIndex } from '../core/plan.js';
import type { ReportFile, RunSummary } from '../core/run.js';
import { RunResults } from '../io/runs/run-results.js';
import { DirectoryStore } from '../io/stores/directory-store.js';
import { RecordLine } from '../report/record-line.js';
import { writeReports } from '../report/write-reports.js';
import type { ReportFormat } from '../schema/job.js';
import type { CliContext } from './context.js';
import { openStore, storedPlan, storedReportOptions } from './run-store.js';

/** Makes reports in other formats from the records in the store. */
export async function writeStoredReports(
  context: CliContext,
  summary: RunSummary,
  formats: ReportFormat[],
  folder: string,
): Promise<ReportFile[]> {
  const plan = await storedPlan(context, summary.run);
  if (plan === undefined) {
    throw new ArenaError({ code: 'internal', message: `The store holds no plan of ${summary.run}` });
  }
  const results = await RunResults.open(openStore(context), summary.run, new PlanIndex(plan).size);
  // Written as in a store: a file appears in the folder when it is whole.
  const target = new DirectoryStore(folder);
  const output = { open: (path: string) => target.write(path) };
  return writeReports(formats, summary, lines(results), output, await storedReportOptions(context, summary.run));
}

async function* lines(results: RunResults): AsyncGenerator<RecordLine> {
  for (let item = 0; item < results.size; item += 1) {
    const line = await results.line(item);
    if (line !== undefined) yield RecordLine.ofLine(line);
  }
}
