import { readBlock, textOf } from './blocks.js';
import { addressOf, verdictMark } from './conversation.js';
import { element, visible } from './dom.js';

/**
 * @typedef {import('./blocks.js').Row} Row
 * @typedef {{ verdicts: Set<string>, scenario: string, provider: string, order: string, text: string }} Filters
 */

/** @param {Row} row @param {Filters} filters without the text */
function matches(row, { verdicts, scenario, provider }) {
  return (
    (verdicts.size === 0 || verdicts.has(row.verdict === 'tolerated' ? 'failed' : row.verdict)) &&
    (scenario === '' || row.scenario === scenario) &&
    (provider === '' || row.provider === provider)
  );
}

const RANKS = ['failed', 'errored', 'tolerated', 'passed'];

/** @type {{ [order: string]: (a: Row, b: Row) => number }} */
const ORDERS = {
  failures: (a, b) => RANKS.indexOf(a.verdict) - RANKS.indexOf(b.verdict),
  slow: (a, b) => b.durationMs - a.durationMs,
  costly: (a, b) => b.costUsd - a.costUsd,
};

/**
 * Rows that pass the filters, in the order asked for. A text is looked for in whole conversations, block by block.
 * @param {Row[]} rows
 * @param {Filters} filters
 * @param {() => boolean} outdated asked between blocks: true ends the search
 */
export async function select(rows, filters, outdated) {
  const found = [];
  const text = filters.text.trim().toLowerCase();
  for (const row of rows) {
    if (outdated()) return [];
    if (matches(row, filters) && (text === '' || (await holds(row, text)))) found.push(row);
  }
  const order = ORDERS[filters.order];
  return order ? found.sort(order) : found;
}

/** @param {Row} row @param {string} text in lower case */
async function holds(row, text) {
  if (`${row.id}\n${row.reason ?? ''}\n${row.message ?? ''}`.toLowerCase().includes(text)) return true;
  const view = row.held ? (await readBlock(row.block))[row.place] : undefined;
  return view ? textOf(view).toLowerCase().includes(text) : false;
}

/** @param {Row} row */
export function rowItem(row) {
  const link = element(
    'a',
    { href: addressOf(row.id) },
    verdictMark(row.verdict),
    element('span', { class: 'row-scenario' }, visible(row.scenario)),
    element('span', { class: 'row-figures' }, row.figures),
    element('span', { class: 'row-provider' }, visible(row.id.slice(row.scenario.length + 1).replaceAll('/', ' · '))),
  );
  if (row.reason) {
    const why = element('span', { class: 'row-why', dir: 'auto' }, element('code', {}, visible(row.reason)), ' ');
    why.append(visible(row.message ?? ''));
    link.append(why);
  }
  return element('li', {}, link);
}
