import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { ArenaError } from '../core/errors.js';
import { PlanIndex } from '../core/plan.js';
import type { ReportFile, RunSummary } from '../core/run.js';
import { RunResults } from '../io/runs/run-results.js';
import { RecordLine } from '../report/record-line.js';
import type { ReportOutput } from '../report/report-output.js';
import { writeReports } from '../report/write-reports.js';
import type { ReportFormat } from '../schema/job.js';
import type { CliContext } from './context.js';
import { openStore, storedPlan } from './run-store.js';

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
  return writeReports(formats, summary, lines(results), folderOutput(folder));
}

async function* lines(results: RunResults): AsyncGenerator<RecordLine> {
  for (let item = 0; item < results.size; item += 1) {
    const line = await results.line(item);
    if (line !== undefined) yield RecordLine.ofLine(line);
  }
}

function folderOutput(folder: string): ReportOutput {
  return {
    async open(path) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      const stream = createWriteStream(target);
      const done = finished(stream);
      return {
        async write(bytes) {
          if (!stream.write(bytes)) await once(stream, 'drain');
        },
        async end() {
          stream.end();
          await done;
        },
        async abort() {
          stream.destroy();
          await done.catch(() => undefined);
          await rm(target, { force: true });
        },
      };
    },
  };
}
