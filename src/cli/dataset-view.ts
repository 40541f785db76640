/** The generation of a data set as text: while it goes on, and at its end. Pure. */
import { type DatasetFigures, type DatasetSummary, lookedAt } from '../core/datagen/dataset-summary.js';
import { describeRecords, expectedRecords } from '../core/datagen/expected-records.js';
import { formatDurationMs } from '../core/duration.js';
import type { Counts, JobResult, Progress } from '../core/run.js';
import { shorten } from '../core/shorten.js';
import { formatUsd } from '../core/usd.js';
import { formatBytes, lossesOf, lossesSentence, setName } from '../report/dataset-words.js';
import type { ProgressPicture } from './progress-tracker.js';
import type { ViewOptions } from './progress-view.js';
import { table } from './table.js';
import { type Colors, plainText } from './terminal.js';

const MAX_BAR = 40;
const MIN_BAR = 8;
/** Files that are named one by one; the manifest names all of them. */
const MAX_FILES = 10;
const MAX_REASONS = 5;

/** A run under way: `dataset` is as of the last round that is over, the picture as of this moment. */
export interface DatasetLook {
  dataset: DatasetFigures;
  picture: ProgressPicture;
  spent?: Progress['spent'];
}

/** Two bars and two lines. No line is as wide as the terminal: one that wraps cannot be redrawn. */
export function datasetBlock(look: DatasetLook, { columns, colors, elapsedMs }: ViewOptions): string[] {
  const { dataset, picture } = look;
  const held = heldOf(picture);
  // What is kept is known when a round is over.
  const now = expectedRecords(dataset, picture);
  const rows: [name: string, done: number, all: number, note: string][] = [
    ['records', now.records, dataset.count, now.exact ? '' : 'about'],
    ['conversations', held, picture.total, `round ${dataset.rounds + (picture.stage === 'running' ? 1 : 0)}`],
  ];
  const numbers = Math.max(...rows.map(([, done, all]) => `${done}/${all}`.length));
  const bar = Math.min(MAX_BAR, columns - 1 - 'conversations'.length - numbers - 'round 99'.length - 6);
  const lines = rows.map(([name, done, all, note]) => {
    const filled = Math.min(bar, Math.floor((bar * done) / Math.max(1, all)));
    const drawn = `${colors.green('#'.repeat(Math.max(0, filled)))}${colors.dim('.'.repeat(Math.max(0, bar - filled)))}`;
    const words = [name.padEnd('conversations'.length), ...(bar < MIN_BAR ? [] : [drawn])];
    return [...words, `${done}/${all}`.padStart(numbers), note].join('  ').trimEnd();
  });
  const losses = lossesSentence(dataset);
  if (losses !== undefined) lines.push(shorten(`left out  ${losses}`, columns - 1));
  lines.push(colors.dim(shorten(paceOf(look, elapsedMs), columns - 1)));
  return lines;
}

/** For logs and pipes. */
export function datasetLine({ dataset, picture }: DatasetLook, elapsedMs: number): string {
  const losses = lossesSentence(dataset);
  const parts = [describeRecords(dataset, picture), `${heldOf(picture)} of ${picture.total} conversations`];
  if (losses !== undefined) parts.push(`left out: ${losses}`);
  return `progress ${parts.join('  ')}  ${formatDurationMs(elapsedMs)}`;
}

/** What the cell has no room for. */
export function recordsStand(dataset: DatasetFigures, counts: Counts): string {
  const losses = lossesSentence(dataset);
  const held = `${heldOf(counts)} of ${counts.total} conversations in round ${dataset.rounds + 1}`;
  return `${describeRecords(dataset, counts)}, ${held}${losses === undefined ? '' : `; left out ${losses}`}`;
}

function paceOf({ picture, spent }: DatasetLook, elapsedMs: number): string {
  const held = heldOf(picture);
  const parts: string[] = [picture.stage, formatDurationMs(elapsedMs)];
  if (held > 0 && elapsedMs > 0) parts.push(`${rateOf(held, elapsedMs)} conversations/s`);
  if (picture.open > 0) parts.push(`${picture.open} in flight`);
  if (picture.errored > 0) parts.push(`${picture.errored} errors`);
  if (spent?.costUsd) parts.push(formatUsd(spent.costUsd));
  if (picture.held > 0) parts.push(`${picture.held} wait for a provider`);
  if (picture.waitingForRetry > 0) parts.push(`${picture.waitingForRetry} wait for another try`);
  return parts.join('  ');
}

const heldOf = ({ passed, failed, errored }: Pick<Counts, 'passed' | 'failed' | 'errored'>): number =>
  passed + failed + errored;

function rateOf(count: number, ms: number): string {
  const rate = (1000 * count) / ms;
  return rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2);
}

type Ended = Pick<JobResult, 'phase' | 'costUsd' | 'exitCode' | 'startedAt' | 'endedAt' | 'message'> & {
  /** The summary has all of it, the result of the workflow the figures alone. */
  dataset: DatasetFigures & Partial<DatasetSummary>;
};

/** The files, what was left out and why, and the verdict. `whereOf`: the place of a file as the user would name it. */
export function datasetResultLines(result: Ended, colors: Colors, whereOf: (path: string) => string): string[] {
  const { dataset } = result;
  const { reasons = [] } = dataset;
  const losses = lossesSentence(dataset);
  const lines = [...fileTable(dataset, whereOf), ''];
  if (losses !== undefined) lines.push(`left out ${losses}`);
  for (const { message, count } of reasons.slice(0, MAX_REASONS))
    lines.push(`invalid  ${count} x ${plainText(message)}`);
  if (losses !== undefined) lines.push('');
  if (result.phase !== 'Succeeded') lines.push(plainText(result.message), '');
  return [...lines, verdictLine(result, colors)];
}

/** For job summaries of CI systems, in Markdown. */
export function datasetSummaryTable(dataset: DatasetFigures): string[] {
  const rows = lossesOf(dataset).map(({ words, count }) => `| ${words} | ${count} |`);
  return ['| conversations that | |', '|---|---:|', `| gave a record | ${dataset.records} |`, ...rows];
}

function fileTable({ parts = [] }: Ended['dataset'], whereOf: (path: string) => string): string[] {
  if (parts.length === 0) return ['no files'];
  const hasSets = parts.some(({ set }) => set !== 'all');
  const rows = parts.slice(0, MAX_FILES).map(({ path, set, records, bytes }) => {
    return [plainText(whereOf(path)), ...(hasSets ? [setName(set)] : []), String(records), formatBytes(bytes)];
  });
  const head = ['FILE', ...(hasSets ? ['SET'] : []), 'RECORDS', 'SIZE'];
  const lines = table(head, rows, new Set(hasSets ? [2, 3] : [1, 2]));
  if (parts.length > MAX_FILES) lines.push(`and ${parts.length - MAX_FILES} more files, which dataset.json names`);
  return lines;
}

function verdictLine({ phase, exitCode, costUsd, startedAt, endedAt, dataset }: Ended, colors: Colors): string {
  const word = {
    Succeeded: 'COMPLETE',
    Failed: 'FAILED',
    Cancelled: 'CANCELLED',
    Pending: 'PENDING',
    Running: 'RUNNING',
  };
  const paint = phase === 'Succeeded' ? colors.green : colors.red;
  const all = lookedAt(dataset);
  const { records, count, rounds } = dataset;
  const made = records === count ? `${records} records` : `${records} of ${count} records`;
  const parts = [`${made} of ${all} conversations`, formatDurationMs(endedAt - startedAt)];
  if (rounds > 1) parts.splice(1, 0, `${rounds} rounds`);
  if (costUsd !== undefined) parts.push(formatUsd(costUsd));
  parts.push(`exit ${exitCode}`);
  return `${paint(word[phase])}  ${parts.join('   ')}`;
}
