import { escapeMarkup } from '../../xml.js';

/** A figure with its name, and what should be known beside it; empty notes are left out. All of it is text. */
export function tile(label: string, value: string, ...notes: (string | undefined)[]): string {
  const small = notes.filter((note) => note !== undefined && note !== '').map((note) => escapeMarkup(note ?? ''));
  const note = small.length === 0 ? '' : `<span class="note">${small.join('<br>')}</span>`;
  return `<div class="tile"><dt>${escapeMarkup(label)}</dt><dd>${escapeMarkup(value)}${note}</dd></div>`;
}
