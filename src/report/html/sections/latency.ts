import { type Histogram, quantile } from '../../../core/histogram.js';
import type { RunSummary } from '../../../core/run.js';
import { formatCount, formatMs } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { type RangeRow, rangeChart } from '../charts/range-chart.js';
import { scaleFor } from '../charts/scale.js';
import type { CallTimes, RunTotals } from '../run-totals.js';
import { cells, columns, section, tableBehind } from './section.js';

const MAX_ROWS = 24;

const at = (histogram: Histogram, q: number): number => quantile(histogram, q) ?? 0;

function chartRow({ provider, latency }: CallTimes): RangeRow {
  return {
    label: provider,
    words: `p50 ${formatMs(at(latency, 0.5))} · p95 ${formatMs(at(latency, 0.95))}`,
    whisker: [at(latency, 0.05), at(latency, 0.95)],
    box: [at(latency, 0.25), at(latency, 0.75)],
    dot: at(latency, 0.5),
  };
}

function tableRow({ provider, latency, ttft }: CallTimes): string {
  const times = [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map((q) => formatMs(quantile(latency, q)));
  const first = [0.5, 0.95].map((q) => formatMs(quantile(ttft, q)));
  const numbers = [formatCount(latency.count), ...times, formatMs(latency.max), ...first];
  return `<tr><th scope="row">${escapeMarkup(provider)}</th>${cells(numbers)}</tr>`;
}

/** How long calls took, provider by provider; empty where none was timed or the run does not tell latency. */
export function latencySection({ metrics }: RunSummary, { times }: RunTotals): string {
  if (metrics !== undefined && !metrics.includes('latency')) return '';
  const all = [...times.values()];
  if (all.length === 0) return '';
  const shown = all.slice(0, MAX_ROWS);
  const rows = shown.map(chartRow);
  const lowest = Math.min(...shown.map(({ latency }) => at(latency, 0.05)));
  const highest = Math.max(...shown.map(({ latency }) => at(latency, 0.95)));
  const chart = rangeChart({
    id: 'latency-chart',
    title: 'Latency of calls by provider',
    description: rows.map(({ label, words }) => `${label}: ${words}`).join('; '),
    rows,
    scale: scaleFor(lowest, highest),
    tickWords: formatMs,
  });
  const head = ['Provider', 'Calls', 'p5', 'p25', 'p50', 'p75', 'p90', 'p95', 'p99', 'Longest'];
  head.push('First token, p50', 'First token, p95');
  const lines = shown.map(tableRow);
  const table = tableBehind({ id: 'latency', className: 'providers', head: columns(head), rows: lines });
  const hint =
    'Answers in conversations, without any waiting. The dot is the median; half of the calls lie in the band, nine of ten on the line.';
  return section({ id: 'latency', title: 'Latency', hint, place: 'latency' }, chart + table);
}
