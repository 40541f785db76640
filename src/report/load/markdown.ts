/** Sections of report.md for a load test. */
import type { LoadRow, LoadSummary } from '../../core/load/load-summary.js';
import { budgetText, TARGET_UNIT, thresholdText } from '../../core/load/load-words.js';
import { peakOfSeries, secondOf } from '../../core/load/timeline.js';
import type { RunSummary } from '../../core/run.js';
import { formatCost, formatCount, formatMs, formatRate, formatTime } from '../figures.js';
import { codeSpan, prose, table } from '../markdown/markdown-text.js';
import { warningList } from '../markdown/sections.js';
import { endedOf, formatPace, formatSecond, measuredText, missingSentences, rowName, STATE_WORDS } from './words.js';

const MAX_ROWS = 50;
const MAX_EVENTS = 50;

/** Target against what was made, and the figures one looks for first. */
export function loadOverviewText(summary: RunSummary, load: LoadSummary): string {
  const { requests, conversations, all, late } = load;
  const peak = peakOfSeries(load);
  const rows: [string, string][] = [
    [`Highest target, ${TARGET_UNIT[load.model]}`, peak === undefined ? '0' : formatPace(peak.target)],
    ['Sent a second meanwhile', peak === undefined ? '0' : formatPace(peak.rps)],
    ['Requests', `${formatCount(requests.ended)} (${formatPace(load.rps)} a second on the whole)`],
    ['Failed requests', `${formatCount(requests.failed)} (${formatRate(requests.failed, requests.ended)})`],
    ['Rate-limited requests', formatCount(requests.rateLimited)],
    ['Latency, p50 / p95 / p99', latencies(all)],
    ...(all.ttft === undefined ? [] : [firstToken(all.ttft)]),
    ['Conversations passed', `${formatCount(conversations.passed)} of ${formatCount(endedOf(all))}`],
    ...(load.model === 'open' ? [lateStarts(late.p99Ms, late.maxMs)] : []),
    ['Cost', formatCost(all.costUsd)],
    ...budgetRows(load),
    ['Made load for', `${formatMs(load.seconds * 1000)} on ${formatCount(load.lanes)} workers`],
    ['Started', formatTime(summary.startedAt)],
    ['Bundle', `${codeSpan(summary.bundle.name)} ${codeSpan(summary.bundle.digest.slice(0, 12))}`],
    ['Run', codeSpan(summary.run)],
  ];
  const missing = missingSentences(load).map((sentence) => `- ${prose(sentence)}\n`);
  const list = missing.length === 0 ? '' : `\n${missing.join('')}`;
  return `## Overview\n\n${table(['', 'Value'], rows)}${list}${warningList(summary.warnings)}`;
}

const firstToken = ({ p50Ms, p95Ms, p99Ms }: LoadRow['latency']): [string, string] => [
  'First token, p50 / p95 / p99',
  [p50Ms, p95Ms, p99Ms].map(formatMs).join(' / '),
];

const latencies = ({ latency: { p50Ms, p95Ms, p99Ms } }: LoadRow): string =>
  [p50Ms, p95Ms, p99Ms].map(formatMs).join(' / ');

const lateStarts = (p99Ms: number | undefined, maxMs: number | undefined): [string, string] => [
  'Late starts, p99',
  `${formatMs(p99Ms)}, at most ${formatMs(maxMs)}`,
];

function budgetRows({ budget }: LoadSummary): [string, string][] {
  if (budget === undefined) return [];
  return [['Budget', `${budgetText(budget)}${budget.reached ? ', used up' : ''}`]];
}

/** Undefined where there are none. */
export function thresholdsText({ thresholds }: LoadSummary): string | undefined {
  if (thresholds.length === 0) return undefined;
  const rows = thresholds.map((one) => [
    codeSpan(thresholdText(one)),
    `${one.state === 'passed' ? '✅' : one.state === 'failed' ? '❌' : '❔'} ${STATE_WORDS[one.state]}`,
    measuredText(one),
  ]);
  return `## Thresholds\n\n${table(['Threshold', 'Verdict', 'Measured'], rows)}`;
}

/** A row for each scenario and provider, and one for all. */
export function percentilesText({ all, cells, seconds }: LoadSummary): string {
  const head = ['', 'Requests', 'A second', 'Failed', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'Passed'];
  const shown = cells.slice(0, MAX_ROWS);
  const rows = [...shown, all].map((row) => {
    const { requests, latency, conversations } = row;
    const { p50Ms, p90Ms, p95Ms, p99Ms, p999Ms } = latency;
    return [
      row === all ? '**All**' : codeSpan(rowName(row)),
      formatCount(requests.ended),
      seconds > 0 ? formatPace(requests.ended / seconds) : '–',
      formatRate(requests.failed, requests.ended),
      ...[p50Ms, p90Ms, p95Ms, p99Ms, p999Ms].map(formatMs),
      formatRate(conversations.passed, endedOf(row)),
    ];
  });
  return `## Percentiles\n\n${table(head, rows)}${more(cells.length - shown.length)}`;
}

/** Undefined where no request failed. */
export function errorsText({ all }: LoadSummary): string | undefined {
  const codes = Object.entries(all.errors).sort(([, a], [, b]) => b - a);
  if (codes.length === 0) return undefined;
  const rows = codes.map(([code, count]) => [
    codeSpan(code),
    formatCount(count),
    formatRate(count, all.requests.ended),
  ]);
  return `## Errors\n\n${table(['Failed requests', 'Number', 'Of all'], rows)}`;
}

/** Undefined where nothing happened but the beginning. */
export function eventsText({ events }: LoadSummary): string | undefined {
  const told = events.filter(({ what }) => what !== 'started');
  if (told.length === 0) return undefined;
  const shown = told.slice(0, MAX_EVENTS);
  const lines = shown.map((event) => `- ${formatSecond(secondOf(event, events))}: ${prose(event.text)}\n`);
  return `## Events\n\n${lines.join('')}${more(told.length - shown.length)}`;
}

function more(omitted: number): string {
  return omitted > 0 ? `\n${formatCount(omitted)} more stand in summary.json.\n` : '';
}

/** Cost by provider; undefined where nothing was used. */
export function loadCostText({ all, providers }: LoadSummary): string | undefined {
  if (all.costUsd === undefined && all.usage.inputTokens === undefined) return undefined;
  const rows = [...providers.slice(0, MAX_ROWS), all].map((row) => [
    row === all ? '**Total**' : codeSpan(rowName(row)),
    formatCount(row.usage.inputTokens),
    formatCount(row.usage.outputTokens),
    formatCost(row.costUsd),
  ]);
  return `## Cost\n\n${table(['Provider', 'Tokens in', 'Tokens out', 'Cost'], rows)}`;
}
