import { shorten } from '../../../core/shorten.js';
import { formatCount } from '../../figures.js';
import { attributes, escapeMarkup } from '../../xml.js';
import { cells, columns, scrollTable, section } from './section.js';

/** A further file of the report, with conversations that the first one leaves out. */
export interface PagePart {
  /** Name beside the first file. */
  file: string;
  records: number;
  /** Ids of the first and the last conversation in it. */
  first: string;
  last: string;
}

/** Where the other conversations stand; empty where this page holds all. */
export function partsSection(parts: readonly PagePart[]): string {
  if (parts.length === 0) return '';
  const rows = parts.map(({ file, records, first, last }) => {
    const link = `<a${attributes({ href: file })}>${escapeMarkup(file)}</a>`;
    return `<tr><th scope="row">${link}</th>${cells([formatCount(records), shorten(first, 200), shorten(last, 200)])}</tr>`;
  });
  const head = columns(['File', 'Conversations', 'From', 'To']);
  const table = scrollTable({ id: 'parts', className: 'providers parts', head, rows });
  const hint = 'Conversations that would make this page too large, in the order of the plan. Keep the files beside it.';
  return section({ id: 'parts', title: 'Further parts', hint, place: 'parts' }, table);
}
