/** What is said at the end of a run, however one came to it. */
import { appendFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { EXIT } from '../core/exit-codes.js';
import type { FailedItem, JobResult, RunSummary } from '../core/run.js';
import { trialsSentence } from '../report/trial-words.js';
import { annotation, placeOf } from './annotations.js';
import type { CliContext } from './context.js';
import { datasetResultLines, datasetSummaryTable } from './dataset-view.js';
import type { LiveRun } from './live-run.js';
import { loadResultLines } from './load-result-view.js';
import { resultLines } from './result-view.js';
import { finalSummary } from './run-store.js';
import { type Colors, plainText } from './terminal.js';
import type { WatchEnd } from './watch-run.js';

export interface FinishOptions {
  output: 'table' | 'json';
  /** Folder of the bundle, where it is known; annotations point into it. */
  bundleFolder?: string;
}

/** Prints the end of a run that was watched and lets go of it; gives the exit code. */
export async function finishRun(
  context: CliContext,
  live: LiveRun,
  end: WatchEnd,
  options: FinishOptions,
): Promise<number> {
  const { run } = live;
  if (end.kind === 'detached') {
    sayHowToComeBack(context, run);
    return EXIT.interrupted;
  }
  const summary = (await finalSummary(context, run)) ?? end.result;
  await printResult(context, summary, end.result.reportUrl, options, end.shown);
  sayWhereEngineIs(context, live);
  await live.processesEnd();
  return summary.exitCode;
}

/** The result on stdout; reports and next steps beside it. */
export async function printResult(
  context: CliContext,
  summary: RunSummary | JobResult,
  reportFolder: string,
  { output, bundleFolder }: FinishOptions,
  shown: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { terminal, config } = context;
  if (output === 'json') terminal.out(JSON.stringify(summary, null, 2));
  else {
    // Where progress and result stand on one screen, some failures are there already.
    const there = terminal.interactive && terminal.outIsTerminal ? shown : new Set<string>();
    terminal.out(endLines(summary, reportFolder, terminal.outColors, there).join('\n'));
  }
  const { dataset, load } = summary;
  // Of data a failed check is one of the reasons to leave a conversation out.
  const told = dataset === undefined ? summary.failures : summary.failures.filter((one) => one.verdict === 'errored');
  if (config.ci) for (const item of told) terminal.complain(failureAnnotation(item, bundleFolder));
  const files = summary.reports.filter(({ path }) => !isDataFile(summary, path));
  const paths = files.map((file) => reportPath(reportFolder, file.path));
  if (paths.length > 0) terminal.say(`report   ${paths.join('  ')}`);
  if (summary.undelivered !== undefined) terminal.complain(`warning  ${plainText(summary.undelivered)}`);
  const { total, passed, tolerated = 0 } = summary.counts;
  // What was not run, because the run was cancelled or out of time, is taken up by a retry as well.
  if (dataset === undefined && load === undefined && total - passed > tolerated) {
    terminal.say(`next     arena retry ${summary.run} --failed`);
  }
  if (config.stepSummaryFile !== undefined) await appendFile(config.stepSummaryFile, stepSummary(summary));
}

function endLines(
  summary: RunSummary | JobResult,
  reportFolder: string,
  colors: Colors,
  shown: ReadonlySet<string>,
): string[] {
  const { dataset, load } = summary;
  if (load !== undefined) return loadResultLines(summary, load, colors);
  if (dataset === undefined) return resultLines(summary, colors, shown);
  return datasetResultLines({ ...summary, dataset }, colors, (path) => reportPath(reportFolder, path));
}

/** Files of records are told as the result: there may be many. */
function isDataFile({ dataset }: RunSummary | JobResult, path: string): boolean {
  return dataset !== undefined && 'parts' in dataset && dataset.parts.some((part) => part.path === path);
}

export function sayHowToComeBack({ terminal }: CliContext, run: string): void {
  terminal.complain(`run      ${run} goes on in the background`);
  terminal.complain(`next     arena wait ${run}   |   arena status ${run}   |   arena cancel ${run}`);
}

function sayWhereEngineIs({ terminal }: CliContext, { run, engine, url }: LiveRun): void {
  if (engine === 'private') {
    terminal.say(`engine   ends with the run; look at it again with: arena dev --run ${run}`);
  } else if (url !== undefined) {
    terminal.say(`engine   ${url}`);
    terminal.say('         stays up for the next run; stop it with: arena dev --stop');
  }
}

function failureAnnotation(
  { id, reason, message, source, tolerated }: FailedItem,
  bundleFolder: string | undefined,
): string {
  const place = placeOf(source);
  const file = place.file === undefined || bundleFolder === undefined ? undefined : join(bundleFolder, place.file);
  return annotation(
    tolerated ? 'warning' : 'error',
    `${id} ${reason}: ${message}`,
    file === undefined ? {} : { ...place, file: shortPath(file) },
  );
}

function reportPath(folder: string, path: string): string {
  if (/^[a-z0-9]+:\/\//.test(folder)) return `${folder.replace(/\/$/, '')}/${path}`;
  return shortPath(join(folder, path));
}

function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/** The job summary of CI systems of GitHub's kind, in Markdown. */
function stepSummary(summary: RunSummary | JobResult): string {
  const { run, message, counts, providers, dataset } = summary;
  const trials = trialsSentence(summary);
  const cell = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\|<>`*_[\]]/g, (c) => `\\${c}`);
  const rows = providers.map((row) => `| ${cell(row.key)} | ${row.passed} | ${row.failed} | ${row.errored} |`);
  return [
    `### ${cell(run)}`,
    '',
    cell(message),
    '',
    ...(trials === undefined ? [] : [`${trials}.`, '']),
    ...(dataset === undefined ? [] : [...datasetSummaryTable(dataset), '']),
    '| provider | passed | failed | errors |',
    '|---|---:|---:|---:|',
    ...rows,
    `| **all** | ${counts.passed} | ${counts.failed} | ${counts.errored} |`,
    '',
    '',
  ].join('\n');
}
