import type { DatasetSummary } from '../../../core/datagen/dataset-summary.js';
import { formatRate } from '../../figures.js';
import { conversationLink } from '../sections/conversation-link.js';
import { cells, columns, scrollTable, section } from '../sections/section.js';

/** Some near duplicates, to see whether the limit is where one wants it; empty where there were none. */
export function duplicatesSection({ duplicates }: DatasetSummary): string {
  if (duplicates.length === 0) return '';
  const rows = duplicates.map(({ kept, left, similarity }) => {
    return `<tr><th scope="row">${conversationLink(kept)}</th><td>${conversationLink(left)}</td>${cells([formatRate(similarity, 1)])}</tr>`;
  });
  const table = scrollTable({
    id: 'duplicates',
    className: 'providers narrow',
    head: columns(['Kept', 'Left out', 'Shared word sequences']),
    rows,
  });
  const hint = 'Some of them: each name leads to its conversation.';
  return section({ id: 'duplicates', title: 'Near duplicates', hint }, table);
}
