/** The picture of a run as text: a block of bars for a terminal, one line elsewhere. Pure. */
import { formatDurationMs } from '../core/duration.js';
import type { HeldRow } from '../core/hold.js';
import type { FailedItem } from '../core/run.js';
import type { ProgressPicture, ProgressRow } from './progress-tracker.js';
import { type Colors, plainText } from './terminal.js';

/** More providers than this are summed in a last line, so that the block fits on a screen. */
const MAX_ROWS = 16;
const MAX_NAME = 24;
const MAX_BAR = 30;
/** Where a bar would be shorter, the terminal gets the last line only. */
const MIN_BAR = 8;

export interface ViewOptions {
  columns: number;
  colors: Colors;
  elapsedMs: number;
}

/** One line per provider, then one for the whole. No line is as wide as the terminal: one that wraps cannot be redrawn. */
export function progressBlock(picture: ProgressPicture, options: ViewOptions): string[] {
  const { columns, colors } = options;
  const shown = picture.rows.slice(0, MAX_ROWS);
  const names = Math.min(MAX_NAME, Math.max(0, ...shown.map((row) => row.provider.length)));
  const counts = Math.max(0, ...shown.map((row) => doneOf(row, row.total).length));
  const troubles = Math.max(0, ...shown.map((row) => troubleOf(row).length));
  const bar = Math.min(MAX_BAR, columns - 1 - names - counts - troubles - '  '.length * 3);
  if (bar < MIN_BAR) return [totalLine(picture, options)];
  const lines = shown.map((row) => {
    const name = shorten(plainText(row.provider), names).padEnd(names);
    const trouble = row.failed + row.errored > 0 ? colors.red(troubleOf(row)) : troubleOf(row);
    return [name, barOf(row, bar, colors), doneOf(row, row.total).padStart(counts), trouble].join('  ');
  });
  const hidden = picture.rows.length - shown.length;
  if (hidden > 0) lines.push(`and ${hidden} more providers`);
  lines.push(totalLine(picture, options));
  return lines;
}

/** For logs and pipes. */
export function progressLine(picture: ProgressPicture, elapsedMs: number): string {
  const { passed, failed, errored, total } = picture;
  const done = passed + failed + errored;
  const parts = [`${done}/${total}`, `${passed} passed`, `${failed} failed`, `${errored} errors`];
  return `progress ${parts.join('  ')}  ${formatDurationMs(elapsedMs)}`;
}

/** `x scenario/provider  reason: message  (file:line)`, as failures come. */
export function failureLine(item: FailedItem, colors: Colors): string {
  const where = item.source === undefined ? '' : colors.dim(`  (${plainText(item.source)})`);
  const mark = item.verdict === 'errored' ? colors.yellow('!') : colors.red('x');
  return `${mark} ${plainText(item.id)}  ${plainText(item.reason)}: ${plainText(item.message)}${where}`;
}

/** Which provider is down, why, what to do, and what becomes of its conversations. */
export function heldLine({ provider, items, until, message, hint }: HeldRow): string {
  const what = hint === undefined ? '' : `; to do: ${plainText(hint)}`;
  const end = until === undefined ? '' : `, until ${clockTime(until)}`;
  const wait = items === 1 ? '1 conversation waits' : `${items} conversations wait`;
  return `held     ${plainText(provider)}: ${plainText(message)}${what}; ${wait}${end}, the others go on`;
}

/** As clocks on the wall show it, here. */
function clockTime(epochMs: number): string {
  return new Date(epochMs).toTimeString().slice(0, 8);
}

function troubleOf({ failed, errored }: ProgressRow): string {
  return errored === 0 ? `${failed} failed` : `${failed} failed  ${errored} errors`;
}

function barOf(row: ProgressRow, width: number, colors: Colors): string {
  const total = Math.max(1, row.total);
  const good = Math.floor((width * row.passed) / total);
  const all = Math.floor((width * (row.passed + row.failed + row.errored)) / total);
  return `${colors.green('#'.repeat(good))}${colors.red('#'.repeat(all - good))}${colors.dim('.'.repeat(width - all))}`;
}

function doneOf({ passed, failed, errored }: Omit<ProgressRow, 'provider' | 'total'>, total: number): string {
  return `${passed + failed + errored}/${total}`;
}

function totalLine(picture: ProgressPicture, { columns, colors, elapsedMs }: ViewOptions): string {
  const parts = [picture.stage, `${doneOf(picture, picture.total)}`, formatDurationMs(elapsedMs)];
  if (picture.open > 0) parts.push(`${picture.open} in flight`);
  if (picture.held > 0) parts.push(`${picture.held} wait for a provider`);
  if (picture.waitingForRetry > 0) parts.push(`${picture.waitingForRetry} wait for another try`);
  return colors.dim(shorten(parts.join('  '), columns - 1));
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
