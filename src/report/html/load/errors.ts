import type { LoadRow, LoadSummary } from '../../../core/load/load-summary.js';
import { formatCount, formatRate } from '../../figures.js';
import { rowName } from '../../load/words.js';
import { escapeMarkup } from '../../xml.js';
import { cells, columns, scrollTable, section } from '../sections/section.js';

const MAX_PROVIDERS = 12;

/** Failed requests by the kind of their error; empty where none failed. */
export function errorsSection({ all, providers }: LoadSummary): string {
  const codes = Object.entries(all.errors).sort(([, a], [, b]) => b - a);
  if (codes.length === 0) return '';
  const shown = providers.length > 1 ? providers.filter(hasErrors).slice(0, MAX_PROVIDERS) : [];
  const head = columns(['Error', 'Requests', 'Of the failed', 'Of all', ...shown.map(rowName)]);
  const { failed, ended } = all.requests;
  const rows = codes.map(([code, count]) => {
    const numbers = [formatCount(count), formatRate(count, failed), formatRate(count, ended)];
    const each = shown.map(({ errors }) => formatCount(errors[code] ?? 0));
    return `<tr><th scope="row"><code>${escapeMarkup(code)}</code></th>${cells([...numbers, ...each])}</tr>`;
  });
  const hint = 'Failed requests by the kind of their error. They are in no percentile of the latency.';
  const table = scrollTable({ id: 'errors', className: 'providers', head, rows });
  return section({ id: 'errors', title: 'Errors', hint }, table);
}

const hasErrors = ({ errors }: LoadRow): boolean => Object.keys(errors).length > 0;
