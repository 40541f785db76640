import type { RunSummary, Tally } from '../../../core/run.js';
import { formatUsd } from '../../../core/usd.js';
import { formatCost, formatCount } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { rangeChart } from '../charts/range-chart.js';
import { linearScale } from '../charts/scale.js';
import { cells, columns, section, tableBehind } from './section.js';

const MAX_ROWS = 24;

const endedOf = (one: Tally): number => one.passed + one.failed + one.errored;

function perEach(total: number | undefined, count: number): number | undefined {
  return total === undefined || count === 0 ? undefined : total / count;
}

function countEach(total: number | undefined, count: number): string {
  const each = perEach(total, count);
  return formatCount(each === undefined ? undefined : Math.round(each));
}

/** What a conversation costs with each provider; empty where no cost is known or nothing was spent. */
export function costSection({ providers, costUsd }: RunSummary): string {
  const shown = providers.slice(0, MAX_ROWS).filter((one) => endedOf(one) > 0);
  const each = (one: Tally): number | undefined => perEach(one.costUsd, endedOf(one));
  const highest = Math.max(0, ...shown.map((one) => each(one) ?? 0));
  if (highest === 0) return '';
  const rows = shown.map((one) => ({
    label: one.key,
    words: each(one) === undefined ? 'unknown' : `${formatCost(each(one))} · ${formatCost(one.costUsd)} in all`,
    bar: each(one),
  }));
  const chart = rangeChart({
    id: 'cost-chart',
    title: 'Cost of a conversation by provider',
    description: rows.map(({ label, words }) => `${label}: ${words}`).join('; '),
    rows,
    scale: linearScale(highest),
    tickWords: formatUsd,
  });
  const head = ['Provider', 'Cost', 'Of a conversation', 'Of a passed one', 'Tokens in, each', 'Tokens out, each'];
  const lines = shown.map((one) => {
    const numbers = [
      formatCost(one.costUsd),
      formatCost(each(one)),
      formatCost(perEach(one.costUsd, one.passed)),
      countEach(one.usage.inputTokens, endedOf(one)),
      countEach(one.usage.outputTokens, endedOf(one)),
    ];
    return `<tr><th scope="row">${escapeMarkup(one.key)}</th>${cells(numbers)}</tr>`;
  });
  const table = tableBehind({ id: 'cost', className: 'providers', head: columns(head), rows: lines });
  const hint =
    costUsd === undefined
      ? 'Mean cost of a conversation, judging included. Where the price of a call is unknown, so is the sum.'
      : 'Mean cost of a conversation, judging included.';
  return section({ id: 'cost', title: 'Cost', hint }, chart + table);
}
