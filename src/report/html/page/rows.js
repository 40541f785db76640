import { addressOf } from './address.js';
import { readBlock, textOf } from './blocks.js';
import { element, visible } from './dom.js';
import { verdictMark } from './verdicts.js';

/**
 * @typedef {import('./blocks.js').Row} Row
 * @typedef {{
 *   verdicts: Set<string>, flaky: boolean, scenario: string, provider: string, reason: string, mark: string,
 *   order: string, text: string,
 * }} Filters an empty one lets everything through
 */

/** @param {Row} row @param {Filters} filters without the text */
function matches(row, { verdicts, flaky, scenario, provider, reason, mark }) {
  return (
    (verdicts.size === 0 || verdicts.has(row.verdict === 'tolerated' ? 'failed' : row.verdict)) &&
    (!flaky || row.flaky === true) &&
    (scenario === '' || row.scenario === scenario) &&
    (provider === '' || row.provider === provider) &&
    (reason === '' || row.reasons?.includes(reason) === true) &&
    (mark === '' || row.marks?.includes(mark) === true)
  );
}

const RANKS = ['failed', 'errored', 'tolerated', 'passed'];
/** @param {Row} row */
const tokensOf = ({ inputTokens = 0, outputTokens = 0 }) => inputTokens + outputTokens;
/** What has no known cost is not cheap. @param {Row} row */
const knownCost = ({ costUsd }) => (costUsd < 0 ? Number.POSITIVE_INFINITY : costUsd);
const { compare } = new Intl.Collator('en', { numeric: true });

/** Each keeps the order of the plan among equals. @type {{ [order: string]: (a: Row, b: Row) => number }} */
const ORDERS = {
  failures: (a, b) => RANKS.indexOf(a.verdict) - RANKS.indexOf(b.verdict),
  scenario: (a, b) => compare(a.scenario, b.scenario) || compare(a.id, b.id),
  provider: (a, b) => compare(a.provider, b.provider) || compare(a.id, b.id),
  slow: (a, b) => b.durationMs - a.durationMs,
  fast: (a, b) => a.durationMs - b.durationMs,
  costly: (a, b) => b.costUsd - a.costUsd,
  cheap: (a, b) => knownCost(a) - knownCost(b) || 0,
  tokens: (a, b) => tokensOf(b) - tokensOf(a),
};

/**
 * Rows that pass the filters, in the order asked for. A text is looked for in whole conversations, block by block.
 * @param {Row[]} rows
 * @param {Filters} filters
 * @param {(share: number) => boolean} goesOn told of the share that has been looked at; false ends the search
 */
export async function select(rows, filters, goesOn) {
  const text = filters.text.trim().toLowerCase();
  let found = rows.filter((row) => matches(row, filters));
  if (text !== '') found = await holding(found, text, goesOn);
  const order = ORDERS[filters.order];
  return order ? found.sort(order) : found;
}

/** @param {Row[]} rows @param {string} text in lower case @param {(share: number) => boolean} goesOn */
async function holding(rows, text, goesOn) {
  const found = [];
  let block = -1;
  for (const [index, row] of rows.entries()) {
    if (row.block !== block && !goesOn(index / rows.length)) return [];
    block = row.block;
    if (inRow(row, text) || (row.held && (await inConversation(row, text)))) found.push(row);
  }
  return found;
}

/** @param {Row} row @param {string} text */
function inRow({ id, reasons = [], message = '', marks = [] }, text) {
  return [id, message, ...reasons, ...marks].join('\n').toLowerCase().includes(text);
}

/** @param {Row} row @param {string} text */
async function inConversation(row, text) {
  const view = (await readBlock(row.block))[row.place];
  return view ? textOf(view).toLowerCase().includes(text) : false;
}

/** @param {Row} row @param {URLSearchParams} params filters that its address keeps */
export function rowLink(row, params) {
  const rest = row.id.slice(row.scenario.length + 1).replaceAll('/', ' · ');
  const link = element(
    'a',
    { href: addressOf(row.id, params) },
    verdictMark(row.verdict),
    element('span', { class: 'row-scenario' }, visible(row.scenario)),
    element('span', { class: 'row-figures' }, row.figures),
    element('span', { class: 'row-provider' }, visible(rest), row.flaky ? element('b', {}, ' · flaky') : undefined),
  );
  const [reason] = row.reasons ?? [];
  if (reason) {
    const why = element('span', { class: 'row-why', dir: 'auto' }, element('code', {}, visible(reason)), ' ');
    why.append(visible(row.message ?? ''));
    link.append(why);
  }
  return link;
}
