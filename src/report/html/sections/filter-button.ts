import { attributes } from '../../xml.js';

/** What a button of the tables sets the filters of the list to; absent = all. */
export interface Picked {
  scenario?: string;
  provider?: string;
  /** Type of a check that failed, or code of an error. */
  reason?: string;
  verdict?: 'failed' | 'errored';
}

/** A button that sets the filters of the list. `html` is markup; an empty label leaves the name to it. */
export function filterButton(picked: Picked, label: string, html: string): string {
  const data = Object.entries(picked).map(([name, value]): [string, string] => [`data-${name}`, value]);
  return `<button type="button" class="pick"${attributes({ ...Object.fromEntries(data), 'aria-label': label, title: label })}>${html}</button>`;
}
