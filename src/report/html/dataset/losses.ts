import { type DatasetSummary, lookedAt } from '../../../core/datagen/dataset-summary.js';
import { lossesOf } from '../../dataset-words.js';
import { formatCount, formatRate } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { cells, columns, scrollTable, section } from '../sections/section.js';

/** Why conversations gave no record; empty where all did. */
export function lossesSection(dataset: DatasetSummary): string {
  const losses = lossesOf(dataset);
  if (losses.length === 0) return '';
  const all = lookedAt(dataset);
  const rows = losses.map(({ words, count }) => {
    return `<tr><th scope="row" class="words">${escapeMarkup(words)}</th>${cells([formatCount(count), formatRate(count, all)])}</tr>`;
  });
  const head = columns(['Conversations that', 'Number', 'Of all']);
  const table = scrollTable({ id: 'losses', className: 'providers narrow', head, rows });
  const hint = 'Further conversations made up for them, as far as the attempts went.';
  return section({ id: 'losses', title: 'Left out', hint }, table + reasons(dataset));
}

/** What was wrong with answers that gave no valid record. */
function reasons({ reasons: found }: DatasetSummary): string {
  if (found.length === 0) return '';
  const rows = found.map(({ message, count }) => {
    return `<tr><th scope="row" class="words">${escapeMarkup(message)}</th>${cells([formatCount(count)])}</tr>`;
  });
  const head = columns(['What was wrong', 'Records']);
  return `<h3>Why records were not valid</h3>${scrollTable({ id: 'losses', className: 'providers narrow', head, rows })}`;
}
