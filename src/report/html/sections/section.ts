import { escapeMarkup } from '../../xml.js';

export interface SectionText {
  /** Address of the section within the page. */
  id: string;
  title: string;
  /** One sentence on how to read it. */
  hint?: string;
  /**
   * For a section that is known only when all conversations have been seen, and therefore stands behind them in the
   * file: where the page's script puts it.
   */
  place?: Place;
}

/** Places within the page that wait for such sections. */
export type Place = 'failures' | 'latency' | 'checks' | 'parts';

/** One card of the page. `body` is markup; all else is text. */
export function section({ id, title, hint, place }: SectionText, body: string): string {
  const words = hint === undefined ? '' : `\n<p class="hint">${escapeMarkup(hint)}</p>`;
  const where = place === undefined ? '' : ` data-place="${place}"`;
  return `<section id="${id}" aria-labelledby="${id}-title"${where}>
<h2 id="${id}-title" tabindex="-1">${escapeMarkup(title)}</h2>${words}
${body}
</section>`;
}

/** Where the script of the page puts a late section. */
export function placeFor(place: Place): string {
  return `<div id="place-${place}"></div>`;
}

export interface TableText {
  /** Of the section whose heading names the table. */
  id: string;
  className: string;
  /** Markup of the row of headings, and of the rows. */
  head: string;
  rows: readonly string[];
}

/** A table that scrolls by itself where it is wider than the screen. */
export function scrollTable({ id, className, head, rows }: TableText): string {
  return `<div class="scroll" role="region" aria-labelledby="${id}-title" tabindex="0"><table class="${className}">
<thead><tr>${head}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}

/** Headings of columns, all of them text. */
export function columns(names: readonly string[]): string {
  return names.map((name) => `<th scope="col">${escapeMarkup(name)}</th>`).join('');
}

/** Cells, all of them text. */
export function cells(texts: readonly string[]): string {
  return texts.map((text) => `<td>${escapeMarkup(text)}</td>`).join('');
}

/** The numbers of a chart, folded away below it. */
export function tableBehind(table: TableText): string {
  return `<details class="behind"><summary>The numbers as a table</summary>${scrollTable(table)}</details>`;
}
