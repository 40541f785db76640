import { join } from 'node:path';
import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import { reportFolder } from '../../core/store-keys.js';
import { copyFiles } from '../../io/outputs/copy-files.js';
import { DirectoryStore } from '../../io/stores/directory-store.js';
import type { ReportFormat } from '../../schema/job.js';
import { type GlobalOptions, openContext } from '../context.js';
import { findRun } from '../find-run.js';
import { openOutFolder } from '../out-folder.js';
import { finalSummary } from '../run-store.js';
import { writeStoredReports } from '../write-stored-reports.js';

export interface ReportCommandOptions extends GlobalOptions {
  out: string;
  formats?: ReportFormat[];
}

/** Writes the reports of a run that has ended to a folder; prints their paths. */
export async function report(name: string, options: ReportCommandOptions): Promise<number> {
  const context = openContext(options);
  const run = await findRun(context, name);
  const summary = await finalSummary(context, run);
  if (summary === undefined) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `The run ${run} has not ended, so it has no reports yet`,
      hint: `wait for it with: arena wait ${run}; or end it with: arena cancel ${run}`,
    });
  }
  const out = await openOutFolder(options.out);
  let files = summary.reports;
  if (options.formats === undefined) await copyFiles(context.store, reportFolder(run), new DirectoryStore(out));
  else files = await writeStoredReports(context, summary, options.formats, out);
  for (const { path } of files) context.terminal.out(join(options.out, path));
  return EXIT.ok;
}
