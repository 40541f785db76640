import type { DatasetSummary } from '../../../core/datagen/dataset-summary.js';
import { formatCount, formatRate } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { rangeChart } from '../charts/range-chart.js';
import { linearScale } from '../charts/scale.js';
import { filterButton } from '../sections/filter-button.js';
import { cells, columns, section, tableBehind } from '../sections/section.js';

/** More than this nobody compares by eye. */
const MAX_BARS = 24;

type Rows = DatasetSummary['scenarios'];

/** Of what the set is made: records by scenario, and by provider. */
export function sharesSection({ records, scenarios, providers }: DatasetSummary): string {
  if (records === 0) return '';
  const body = [
    `<h3>By scenario</h3>${shares('scenario', scenarios, records)}`,
    `<h3>By provider</h3>${shares('provider', providers, records)}`,
  ];
  return section({ id: 'made-of', title: 'What it is made of' }, body.join('\n'));
}

function shares(of: 'scenario' | 'provider', rows: Rows, all: number): string {
  const bars = rows.slice(0, MAX_BARS).map(({ key, records }) => {
    return { label: key, words: `${formatCount(records)} · ${formatRate(records, all)}`, bar: records };
  });
  const chart = rangeChart({
    id: `records-by-${of}`,
    title: `Records by ${of}`,
    description: bars.map(({ label, words }) => `${label}: ${words}`).join('; '),
    rows: bars,
    scale: linearScale(Math.max(...rows.map(({ records }) => records), 1)),
    tickWords: formatCount,
  });
  const lines = rows.map(({ key, records }) => {
    const name = filterButton({ [of]: key }, `Show ${key}`, escapeMarkup(key));
    return `<tr><th scope="row">${name}</th>${cells([formatCount(records), formatRate(records, all)])}</tr>`;
  });
  const head = columns([of === 'scenario' ? 'Scenario' : 'Provider', 'Records', 'Share']);
  return chart + tableBehind({ id: 'made-of', className: 'providers narrow', head, rows: lines });
}
