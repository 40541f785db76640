import { stringify } from 'csv-stringify/sync';
import { shorten } from '../core/shorten.js';
import { plainText } from './plain-text.js';

/** An empty cell is an unknown value. */
export type CsvCell = string | number | boolean | undefined;

/** Spreadsheets cut a cell at 32,767 characters; the other reports have the whole text. */
const MAX_CELL = 32_000;

/**
 * One line. `escape_formulas` puts a `'` before what a spreadsheet would compute (`=`, `+`, `-`, `@` and their wide
 * forms).
 */
export function csvRow(row: readonly CsvCell[]): string {
  return stringify([row.map(cell)], { escape_formulas: true });
}

function cell(value: CsvCell): string | number {
  if (typeof value === 'string') return shorten(plainText(value), MAX_CELL);
  if (typeof value === 'boolean') return String(value);
  // Sums of fractions carry noise in their last digits.
  return value === undefined ? '' : Number(value.toPrecision(12));
}
