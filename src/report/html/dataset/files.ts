import type { DatasetSummary } from '../../../core/datagen/dataset-summary.js';
import { formatBytes, setName } from '../../dataset-words.js';
import { formatCount } from '../../figures.js';
import { attributes, escapeMarkup } from '../../xml.js';
import { cells, columns, scrollTable, section } from '../sections/section.js';

const MAX_ROWS = 500;

/** The files of records, with what they must hash to. */
export function filesSection({ parts }: DatasetSummary): string {
  if (parts.length === 0) return '';
  const hasSets = parts.some(({ set }) => set !== 'all');
  const rows = parts.slice(0, MAX_ROWS).map(({ path, set, records, bytes, sha256 }) => {
    const name = `<a${attributes({ href: path })}>${escapeMarkup(path)}</a>`;
    const numbers = [...(hasSets ? [setName(set)] : []), formatCount(records), formatBytes(bytes)];
    return `<tr><th scope="row">${name}</th>${cells(numbers)}<td><code>${escapeMarkup(sha256)}</code></td></tr>`;
  });
  const head = columns(['File', ...(hasSets ? ['Set'] : []), 'Records', 'Size', 'SHA-256']);
  const more = parts.length > MAX_ROWS ? ` The first ${MAX_ROWS} of ${formatCount(parts.length)}.` : '';
  const hint = `They lie beside this page; dataset.json lists them for programs.${more}`;
  const table = scrollTable({ id: 'files', className: 'providers', head, rows });
  return section({ id: 'files', title: 'Files', hint }, table);
}
