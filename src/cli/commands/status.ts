import { recordsCell } from '../../core/datagen/expected-records.js';
import { formatDurationMs } from '../../core/duration.js';
import { EXIT } from '../../core/exit-codes.js';
import { clockText } from '../../core/load/load-words.js';
import { lossesSentence } from '../../report/dataset-words.js';
import { type CliContext, type GlobalOptions, openContext } from '../context.js';
import { recordsStand } from '../dataset-view.js';
import { findRun } from '../find-run.js';
import { loadLine } from '../load-view.js';
import { heldLine } from '../progress-view.js';
import { type RunStatus, statusOf } from '../run-status.js';
import { table } from '../table.js';
import { plainText } from '../terminal.js';

export interface StatusOptions extends GlobalOptions {
  output: 'table' | 'json';
}

/** Runs that the list shows: the latest of each job. */
const MAX_LISTED = 50;

export async function status(name: string | undefined, options: StatusOptions): Promise<number> {
  const context = openContext(options);
  const { out, say } = context.terminal;
  const runs = name === undefined ? await latestRuns(context) : [await findRun(context, name)];
  const found = await Promise.all(runs.map((run) => statusOf(context, run)));
  found.sort((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0));
  if (options.output === 'json') {
    const [only] = found;
    out(
      JSON.stringify(name === undefined ? { schemaVersion: 1, runs: found } : { schemaVersion: 1, ...only }, null, 2),
    );
    return EXIT.ok;
  }
  if (found.length === 0) {
    say('There are no runs yet. Start one with: arena run BUNDLE');
    return EXIT.ok;
  }
  const head = ['RUN', 'PHASE', 'PROGRESS', 'PASSED', 'FAILED', 'ERRORS', 'AGE'];
  out(table(head, found.map(row), new Set([3, 4, 5])).join('\n'));
  if (name !== undefined) for (const one of found) sayMore(one, say);
  for (const { held = [] } of found) for (const row of held) say(heldLine(row));
  return EXIT.ok;
}

/** What the row of the only run that was asked for has no place for. */
function sayMore({ message, load, dataset, counts, endedAt }: RunStatus, say: (text: string) => void): void {
  if (message) say(message);
  if (load !== undefined && endedAt === undefined) say(loadLine(load));
  if (dataset === undefined || counts === undefined) return;
  const losses = lossesSentence(dataset);
  if (endedAt === undefined) say(recordsStand(dataset, counts));
  else if (losses !== undefined) say(`left out ${losses}`);
}

function row({ run, phase, counts, load, dataset, startedAt }: RunStatus): string[] {
  const age = startedAt === undefined ? '-' : formatDurationMs(Date.now() - startedAt);
  if (counts === undefined) return [plainText(run), phase, '-', '-', '-', '-', age];
  const { passed, failed, errored, total } = counts;
  const done = dataset === undefined ? `${passed + failed + errored}/${total}` : recordsCell(dataset, counts);
  const progress = load?.endMs === undefined ? done : clockText(load, '/');
  return [plainText(run), phase, progress, ...[passed, failed, errored].map(String), age];
}

async function latestRuns({ local }: CliContext): Promise<string[]> {
  const jobs = await local.jobs();
  const runs = await Promise.all(
    jobs.map(async (job) => {
      const last = (await local.numbers(job)).at(-1);
      return last === undefined ? [] : [`${job}/${last}`];
    }),
  );
  return runs.flat().slice(0, MAX_LISTED);
}
