/** A load test under way as text: some lines for a terminal, one elsewhere. Pure. */
import { formatDurationMs } from '../core/duration.js';
import type { LoadEvent, LoadFigures, LoadLatency } from '../core/load/load-summary.js';
import { clockText, errorsText, thresholdText } from '../core/load/load-words.js';
import type { ThresholdResult } from '../core/load/thresholds.js';
import { shorten } from '../core/shorten.js';
import { formatUsd } from '../core/usd.js';
import { holdText, measuredText } from '../report/load/words.js';
import type { ViewOptions } from './progress-view.js';
import { type Colors, plainText } from './terminal.js';

/** Thresholds that are named one by one; those that are lost stand first. */
const MAX_THRESHOLDS = 8;

const MAX_BAR = 40;
const MIN_BAR = 8;

/** No line is as wide as the terminal: one that wraps cannot be redrawn. */
export function loadBlock(load: LoadFigures, { columns, colors, elapsedMs }: ViewOptions): string[] {
  const lines = [
    timeLine(load, columns, colors, elapsedMs),
    ...wrapped(rateParts(load), '   ', columns),
    ...wrapped(latencyParts(load), '    ', columns),
    ...wrapped(countParts(load), '  ', columns),
  ];
  if (load.errors !== undefined) lines.push(colors.red(shorten(`errors     ${errorsText(load.errors)}`, columns - 1)));
  const shown = load.thresholds.slice(0, MAX_THRESHOLDS);
  for (const one of shown) lines.push(paint(one, shorten(thresholdLine(one), columns - 1), colors));
  const hidden = load.thresholds.length - shown.length;
  if (hidden > 0) lines.push(shorten(`and ${hidden} more thresholds`, columns - 1));
  return lines;
}

/** For logs and pipes. */
export function loadLine(load: LoadFigures, elapsedMs = 0): string {
  const { latency, thresholds, requests } = load;
  const parts = [
    timeOf(load, elapsedMs),
    ...paceParts(load),
    load.errors === undefined ? `${requests.failed} failed` : `${requests.failed} failed (${errorsText(load.errors)})`,
    ...(load.conversations.dropped > 0 ? [`${load.conversations.dropped} dropped`] : []),
    `p95 ${time(latency.p95Ms)}`,
    ...(thresholds.length > 0 ? [standText(thresholds)] : []),
    ...costOf(load),
  ];
  return `progress ${parts.join('  ')}`;
}

/** What was not measured yet is neither. */
function standText(thresholds: readonly ThresholdResult[]): string {
  const lost = thresholds.filter(({ state }) => state === 'failed').length;
  if (lost > 0) return `${lost} ${lost === 1 ? 'threshold' : 'thresholds'} lost`;
  return thresholds.every(({ state }) => state === 'passed') ? 'thresholds ok' : `thresholds: ${holdText(thresholds)}`;
}

/** `event    2m: the target goes to 80 requests a second`. */
export const eventLine = ({ clockMs, text }: LoadEvent): string =>
  `event    ${formatDurationMs(Math.max(0, clockMs))}  ${plainText(text)}`;

/** Tells which events were not told before; of a run that was joined late the newest ones alone are known. */
export function eventNews(): (load: LoadFigures | undefined) => LoadEvent[] {
  const told = new Set<string>();
  return (load) => {
    const fresh = (load?.events ?? []).filter(({ at, what, text }) => !told.has(`${at} ${what} ${text}`));
    for (const { at, what, text } of fresh) told.add(`${at} ${what} ${text}`);
    // The beginning is what everybody waits for, and the figures show it.
    return fresh.filter(({ what }) => what !== 'started');
  };
}

/** `threshold  latency_p95 < 3s  ok  1.9s`. */
function thresholdLine(one: ThresholdResult): string {
  const word = { passed: 'ok', failed: 'LOST', unknown: 'not measured' }[one.state];
  const measured = one.actual === undefined ? [] : [measuredText(one)];
  return ['threshold', plainText(thresholdText(one)), word, ...measured].join('  ');
}

/** `6m0s of 10m0s  ######......`. */
function timeLine(load: LoadFigures, columns: number, colors: Colors, elapsedMs: number): string {
  const told = timeOf(load, elapsedMs);
  const { clockMs, endMs } = load;
  const width = Math.min(MAX_BAR, columns - 1 - told.length - 2);
  if (endMs === undefined || endMs === 0 || width < MIN_BAR) return shorten(told, columns - 1);
  const filled = Math.round(width * Math.min(1, Math.max(0, clockMs / endMs)));
  return `${told}  ${colors.green('#'.repeat(filled))}${colors.dim('.'.repeat(width - filled))}`;
}

function timeOf(load: LoadFigures, elapsedMs: number): string {
  if (load.clockMs < 0) return `starting  ${formatDurationMs(elapsedMs)}`;
  return `${clockText(load, ' of ')}${load.paused ? '  PAUSED' : ''}`;
}

function paceParts({ model, target, rps, inFlight, open }: LoadFigures): string[] {
  const unit = model === 'open' ? 'rps' : 'users';
  return [`target ${rounded(target)} ${unit}`, `now ${rounded(rps)} rps`, `in flight ${inFlight}`, `open ${open}`];
}

function rateParts(load: LoadFigures): string[] {
  const { ended, failed, rateLimited } = load.requests;
  const share = (part: number): string => percent(ended === 0 ? 0 : part / ended);
  const parts = [...paceParts(load), `failed ${share(failed)}`, `429s ${share(rateLimited)}`, ...costOf(load)];
  if (load.budget?.usd !== undefined) parts.push(`of ${formatUsd(load.budget.usd)}`);
  if (load.budget?.reached) parts.push('BUDGET REACHED');
  return parts;
}

function latencyParts({ latency, ttft, wait }: LoadFigures): string[] {
  const parts = [`latency p50 ${time(latency.p50Ms)}  p95 ${time(latency.p95Ms)}  p99 ${time(latency.p99Ms)}`];
  if (ttft !== undefined && ttft.count > 0) parts.push(`ttft p50 ${time(ttft.p50Ms)}  p95 ${time(ttft.p95Ms)}`);
  if (wait !== undefined) parts.push(`waited p95 ${time(wait.p95Ms)}`);
  return parts;
}

function countParts({ requests, conversations, lanes }: LoadFigures): string[] {
  const { begun, passed, failed, errored, dropped } = conversations;
  const parts = [`${requests.sent} requests`, `${begun} conversations`, `${passed} passed`, `${failed} failed`];
  parts.push(`${errored} errors`);
  if (dropped > 0) parts.push(`${dropped} dropped`);
  if (requests.unknown > 0) parts.push(`${requests.unknown} unknown`);
  parts.push(`${lanes} ${lanes === 1 ? 'lane' : 'lanes'}`);
  return parts;
}

const costOf = ({ costUsd }: LoadFigures): string[] => (costUsd === undefined ? [] : [formatUsd(costUsd)]);

const time = (ms: LoadLatency['p50Ms']): string => (ms === undefined ? '-' : formatDurationMs(ms));

const rounded = (value: number): string => String(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10);

const percent = (share: number): string => `${Number((100 * share).toFixed(share < 0.1 ? 2 : 1))}%`;

/** As many parts on a line as there is room for. */
function wrapped(parts: readonly string[], between: string, columns: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)}${between}${part}`;
    if (lines.length > 0 && longer.length < columns) lines[lines.length - 1] = longer;
    else lines.push(shorten(part, columns - 1));
  }
  return lines;
}

function paint({ state }: ThresholdResult, line: string, colors: Colors): string {
  if (state === 'passed') return colors.green(line);
  return state === 'failed' ? colors.red(line) : colors.dim(line);
}
