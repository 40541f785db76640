import type { RunSummary, Tally } from '../../../core/run.js';
import { wilsonInterval } from '../../../core/wilson-interval.js';
import { formatCost, formatCount, formatInterval, formatMs, formatRate } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { rangeChart } from '../charts/range-chart.js';
import { linearScale } from '../charts/scale.js';
import { verdictBar } from '../charts/verdict-bar.js';
import { filterButton } from './filter-button.js';
import { cells, columns, scrollTable, section } from './section.js';

const MAX_ROWS = 500;
/** More than this nobody compares by eye. */
const MAX_CHART_ROWS = 24;

function providerRow(one: Tally, hasCache: boolean): string {
  const ended = one.passed + one.failed + one.errored;
  const numbers = [
    formatInterval(one.passed, ended) ?? '–',
    formatCount(one.passed),
    formatCount(one.failed),
    formatCount(one.errored),
    formatCount(one.usage.inputTokens),
    formatCount(one.usage.outputTokens),
    formatCost(one.costUsd),
    formatMs(one.latency.p50Ms),
    formatMs(one.latency.p95Ms),
    formatMs(one.latency.p99Ms),
    ...(hasCache ? [formatCount(one.cached?.calls ?? 0), formatCost(one.cached ? one.cached.savedUsd : 0)] : []),
  ];
  const name = filterButton({ provider: one.key }, `Show ${one.key}`, escapeMarkup(one.key));
  const bar = verdictBar({ ...one, pending: one.total - ended });
  const rate = `<td><div class="rate-cell"><span>${escapeMarkup(formatRate(one.passed, ended))}</span>${bar}</div></td>`;
  return `<tr><th scope="row">${name}</th>${rate}${cells(numbers)}</tr>`;
}

/** Pass rates with how sure they are; empty where there is nothing to compare. */
function rateChart(providers: readonly Tally[]): string {
  const shown = providers.slice(0, MAX_CHART_ROWS).filter((one) => one.passed + one.failed + one.errored > 0);
  if (shown.length < 2) return '';
  const rows = shown.map((one) => {
    const ended = one.passed + one.failed + one.errored;
    const { low, high } = wilsonInterval(one.passed, ended) ?? { low: 0, high: 1 };
    const words = `${formatRate(one.passed, ended)} (${formatInterval(one.passed, ended)})`;
    return {
      label: one.key,
      words,
      box: [100 * low, 100 * high] satisfies [number, number],
      dot: (100 * one.passed) / ended,
    };
  });
  return rangeChart({
    id: 'rate-chart',
    title: 'Pass rate by provider',
    description: `Rate and 95 % interval: ${rows.map(({ label, words }) => `${label} ${words}`).join('; ')}. Providers whose intervals overlap may not differ.`,
    rows,
    scale: linearScale(100),
    tickWords: (value) => `${value} %`,
  });
}

/** One row a provider: all its figures. */
export function providersSection(summary: RunSummary): string {
  const { providers } = summary;
  const hasCache = summary.cached !== undefined;
  const head = ['Provider', 'Pass rate', '95 % interval', 'Passed', 'Failed', 'Errors', 'Tokens in', 'Tokens out'];
  head.push('Cost', 'p50', 'p95', 'p99', ...(hasCache ? ['From the cache', 'Saved'] : []));
  const chart = rateChart(providers);
  const hint =
    chart === ''
      ? 'Latency is the time of single calls.'
      : 'The dot is the pass rate, the band its 95 % interval: where bands overlap, the difference may be chance. Latency is the time of single calls.';
  const rows = providers.slice(0, MAX_ROWS).map((one) => providerRow(one, hasCache));
  const table = scrollTable({ id: 'providers', className: 'providers', head: columns(head), rows });
  return section({ id: 'providers', title: 'Providers', hint }, chart + table);
}
