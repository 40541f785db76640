import { element } from './dom.js';

/** @typedef {import('./blocks.js').Row} Row */

/** @type {{ [name: string]: (row: Row) => string | number | undefined }} */
const COLUMNS = {
  id: ({ id }) => id,
  index: ({ index }) => index,
  scenario: ({ scenario }) => scenario,
  provider: ({ provider }) => provider,
  verdict: ({ verdict }) => verdict,
  reasons: ({ reasons = [] }) => reasons.join('; '),
  message: ({ message }) => message,
  durationMs: ({ durationMs }) => durationMs,
  costUsd: ({ costUsd }) => (costUsd < 0 ? undefined : Number(costUsd.toPrecision(12))),
  inputTokens: ({ inputTokens }) => inputTokens,
  outputTokens: ({ outputTokens }) => outputTokens,
  flaky: ({ flaky }) => String(flaky === true),
  marks: ({ marks = [] }) => marks.join('; '),
};

/** Controls but tab and line feed, and marks that reorder the text around them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;

/** What a spreadsheet would compute gets a `'` in front, as in results.csv. @param {string | number | undefined} value */
function cell(value) {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const plain = value.replace(/\r\n?/g, '\n').replace(HARMFUL, '\ufffd');
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(plain) ? `'${plain}` : plain;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {Row[]} rows */
export function csvOf(rows) {
  const lines = [Object.keys(COLUMNS).join(',')];
  for (const row of rows) {
    const cells = Object.values(COLUMNS).map((column) => cell(column(row)));
    lines.push(cells.join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** Saves the rows as a file. @param {Row[]} rows */
export function saveCsv(rows) {
  const address = URL.createObjectURL(new Blob([csvOf(rows)], { type: 'text/csv' }));
  element('a', { href: address, download: 'conversations.csv' }).click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
