/** Generated records as rows. */
import { stringify } from 'csv-stringify/sync';
import type { JsonValue } from '../../core/conversation.js';
import type { DataRecord } from '../../core/datagen/data-record.js';

type Cell = string | number | undefined;

const said = ({ messages }: DataRecord, role: 'user' | 'assistant'): string[] =>
  messages.filter((message) => message.role === role && message.tool_calls === undefined).map(({ content }) => content);

/** Order and names are part of the format: new columns are added at the end of these. An empty cell is an absent value. */
const COLUMNS: { [name: string]: (record: DataRecord) => Cell } = {
  id: ({ metadata }) => metadata.id,
  scenario: ({ metadata }) => metadata.scenario,
  provider: ({ metadata }) => metadata.provider,
  persona: ({ metadata }) => metadata.persona,
  seed: ({ metadata }) => metadata.seed,
  verdict: ({ metadata }) => metadata.verdict,
  inputTokens: ({ metadata }) => metadata.usage.inputTokens,
  outputTokens: ({ metadata }) => metadata.usage.outputTokens,
  costUsd: ({ metadata }) => metadata.costUsd,
  prompt: (record) => said(record, 'user')[0],
  answer: (record) => said(record, 'assistant').at(-1),
  messages: ({ messages }) => JSON.stringify(messages),
  checks: ({ metadata }) => JSON.stringify(metadata.checks),
};

const VALUES = Object.values(COLUMNS);

export function dataHeader(keys: readonly string[]): string {
  return row([...Object.keys(COLUMNS), 'data', ...keys.map((key) => `data.${key}`)]);
}

export function dataCells(record: DataRecord, keys: readonly string[]): string {
  const { data } = record;
  const below = typeof data === 'object' && data !== null && !Array.isArray(data) ? data : {};
  return row([
    ...VALUES.map((column) => column(record)),
    cellOf(data === undefined ? undefined : JSON.stringify(data)),
    ...keys.map((key) => cellOf(Object.hasOwn(below, key) ? below[key] : undefined)),
  ]);
}

function cellOf(value: JsonValue | undefined): Cell {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
}

/** `escape_formulas` puts a `'` before what a spreadsheet would compute; numbers are no formulas, however they begin. */
function row(cells: Cell[]): string {
  return stringify([cells], { escape_formulas: true });
}
