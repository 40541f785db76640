import { ArenaError } from '../core/errors.js';
import { PlanIndex } from '../core/plan.js';
import type { ReportFile, RunSummary } from '../core/run.js';
import { reportFolder } from '../core/store-keys.js';
import { copyFile } from '../io/outputs/copy-files.js';
import { readLoadSamples } from '../io/runs/load-samples.js';
import { RunResults } from '../io/runs/run-results.js';
import { DirectoryStore } from '../io/stores/directory-store.js';
import type { Store } from '../io/stores/store.js';
import { RecordLine } from '../report/record-line.js';
import { writeReports } from '../report/write-reports.js';
import type { ReportFormat } from '../schema/job.js';
import type { CliContext } from './context.js';
import { storedPlan, storedReportOptions } from './run-store.js';

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
  const records =
    summary.load === undefined
      ? lines(await RunResults.open(context.store, summary.run, new PlanIndex(plan).size))
      : sampleLines(context.store, summary.run);
  // Written as in a store: a file appears in the folder when it is whole.
  const target = new DirectoryStore(folder);
  const output = { open: (path: string) => target.write(path) };
  const options = await storedReportOptions(context, summary.run);
  // Files of records are as the run wrote them, in whatever formats the reports are made again.
  const stored = reportFolder(summary.run);
  const write = async () => {
    for (const { path } of summary.dataset?.parts ?? []) {
      await copyFile(context.store, `${stored}/${path}`, target, path);
    }
    return writeReports(formats, summary, records, output, options);
  };
  return write().catch((error: unknown) => {
    // Only the operating system's errors name a system call.
    throw error instanceof Error && 'syscall' in error ? unwritable(folder, error) : error;
  });
}

async function* lines(results: RunResults): AsyncGenerator<RecordLine> {
  for await (const { line } of results.lines()) yield RecordLine.ofLine(line);
}

/** Of a load test few conversations are kept. */
async function* sampleLines(store: Store, run: string): AsyncGenerator<RecordLine> {
  for await (const record of readLoadSamples(store, run)) yield RecordLine.ofRecord(record);
}

function unwritable(folder: string, cause: Error): ArenaError {
  return new ArenaError(
    {
      code: 'invalid_input',
      message: `The reports cannot be written to ${folder}: ${cause.message}`,
      hint: 'name another folder with -o; the reports that the run itself wrote are still in the store',
    },
    { cause },
  );
}
