import type { LoadLatency, LoadRow, LoadSummary } from '../../../core/load/load-summary.js';
import { formatCost, formatCount, formatMs, formatRate } from '../../figures.js';
import { endedOf, formatPace, rowName } from '../../load/words.js';
import { escapeMarkup } from '../../xml.js';
import { type RangeRow, rangeChart } from '../charts/range-chart.js';
import { scaleFor } from '../charts/scale.js';
import { filterButton } from '../sections/filter-button.js';
import { cells, columns, scrollTable, section } from '../sections/section.js';

/** More than this nobody compares by eye. */
const MAX_CHART_ROWS = 24;

const HEAD = ['Requests', 'A second', 'Failed', 'Rate-limited', 'Mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'Longest'];
const FIRST_TOKEN = ['First token, p50', 'First token, p95', 'First token, p99'];
const REST = ['Waited, p95', 'Conversations', 'Passed', 'Tokens in', 'Tokens out', 'Cost'];

/** Percentiles and rates by provider, by scenario and by both. */
export function rowsSection(load: LoadSummary): string {
  const { all, providers, scenarios, cells: both, seconds } = load;
  const isStreamed = all.ttft !== undefined;
  const table = (first: string, rows: readonly LoadRow[]): string =>
    scrollTable({
      id: 'percentiles',
      className: 'providers load-rows',
      head: columns([first, ...HEAD, ...(isStreamed ? FIRST_TOKEN : []), ...REST]),
      rows: rows.map((row) => rowHtml(row, seconds, isStreamed)),
    });
  const parts = [chart(providers.length > 1 ? providers : both)];
  parts.push(`<h3>By provider</h3>${table('Provider', [...providers, ...(providers.length > 1 ? [all] : [])])}`);
  if (scenarios.length > 1) parts.push(`<h3>By scenario</h3>${table('Scenario', scenarios)}`);
  const isMatrix = scenarios.length > 1 && providers.length > 1;
  if (isMatrix) parts.push(`<h3>By scenario and provider</h3>${table('Scenario / provider', both)}`);
  const hint =
    'Latency from when a request was due, or could be sent, to its whole answer; waiting for paces and permits of ours apart. The dot is the median, the band ends at the 95th, the line at the 99th percentile.';
  return section({ id: 'percentiles', title: 'Percentiles', hint }, parts.filter((part) => part !== '').join('\n'));
}

function rowHtml(row: LoadRow, seconds: number, isStreamed: boolean): string {
  const { requests, conversations, latency, ttft, wait, usage, costUsd } = row;
  const numbers = [
    formatCount(requests.ended),
    seconds > 0 ? formatPace(requests.ended / seconds) : '–',
    formatRate(requests.failed, requests.ended),
    formatRate(requests.rateLimited, requests.ended),
    ...timesOf(latency),
    ...(isStreamed ? [ttft?.p50Ms, ttft?.p95Ms, ttft?.p99Ms].map(formatMs) : []),
    formatMs(wait.p95Ms),
    formatCount(endedOf(row)),
    formatRate(conversations.passed, endedOf(row)),
    formatCount(usage.inputTokens),
    formatCount(usage.outputTokens),
    formatCost(costUsd),
  ];
  return `<tr><th scope="row">${nameButton(row)}</th>${cells(numbers)}</tr>`;
}

function timesOf({ meanMs, p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs }: LoadLatency): string[] {
  return [meanMs, p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs].map(formatMs);
}

/** Leads to its sample conversations. */
function nameButton(row: LoadRow): string {
  const name = rowName(row);
  const { scenario, provider } = row;
  return filterButton(
    { ...(scenario === undefined ? {} : { scenario }), ...(provider === undefined ? {} : { provider }) },
    `Show samples: ${name}`,
    escapeMarkup(name),
  );
}

/** Empty where nothing was measured. */
function chart(all: readonly LoadRow[]): string {
  const shown = all.filter(({ latency }) => latency.p50Ms !== undefined).slice(0, MAX_CHART_ROWS);
  if (shown.length === 0) return '';
  const rows = shown.map((row): RangeRow => {
    const { p50Ms = 0, p95Ms = p50Ms, p99Ms = p95Ms } = row.latency;
    return {
      label: rowName(row),
      words: `p50 ${formatMs(p50Ms)} · p95 ${formatMs(p95Ms)} · p99 ${formatMs(p99Ms)}`,
      whisker: [p50Ms, p99Ms],
      box: [p50Ms, p95Ms],
      dot: p50Ms,
    };
  });
  const times = shown.flatMap(({ latency: { p50Ms = 0, p99Ms = p50Ms } }) => [p50Ms, p99Ms]);
  return rangeChart({
    id: 'percentile-chart',
    title: 'Latency of requests',
    description: rows.map(({ label, words }) => `${label}: ${words}`).join('; '),
    rows,
    scale: scaleFor(Math.min(...times), Math.max(...times)),
    tickWords: formatMs,
  });
}
