import { addressOf } from './address.js';
import { element, visible } from './dom.js';
import { verdictMark } from './verdicts.js';

/** @typedef {import('./blocks.js').Row} Row */

const MAX_SHOWN = 60;

/** Conversations that repeat one another, and those of the same scenario with other providers. */
export class Relatives {
  /** @type {Map<string, Row[]>} */
  #trials = new Map();
  /** @type {Map<string, Row[]>} */
  #others = new Map();

  /** @param {Row[]} rows */
  constructor(rows) {
    for (const row of rows) {
      push(this.#trials, trialKey(row), row);
      push(this.#others, otherKey(row), row);
    }
    for (const group of this.#trials.values()) {
      const isFlaky = group.some((one) => one.verdict === 'passed') && group.some((one) => isFailure(one));
      if (isFlaky) for (const row of group) row.flaky = true;
    }
  }

  /** Strips of links for the head of a conversation. @param {Row} row */
  nodes(row) {
    const trials = this.#trials.get(trialKey(row)) ?? [];
    const others = this.#others.get(otherKey(row)) ?? [];
    return [
      strip(row.flaky ? 'Trials, flaky' : 'Trials', trials, row, (one, index) => trialOf(one) ?? String(index + 1)),
      strip('Same with', others, row, (one) => one.provider),
    ];
  }
}

/** @param {Row} row */
const isFailure = ({ verdict }) => verdict === 'failed' || verdict === 'tolerated';

/** @param {Row} row */
const trialOf = ({ id }) => /\/t(\d+)$/.exec(id)?.[1];

/** Variants of a scenario are trials of their own. @param {Row} row */
function trialKey({ id, marks = [] }) {
  const variant = marks.filter((mark) => mark.startsWith('perturbation:'));
  return [id.replace(/\/t\d+$/, ''), ...variant].join('\n');
}

/** @param {Row} row */
function otherKey({ id, scenario, provider }) {
  return `${scenario}\n${id.slice(scenario.length + 1 + provider.length)}`;
}

/** @param {Map<string, Row[]>} map @param {string} key @param {Row} row */
function push(map, key, row) {
  const group = map.get(key);
  if (group) group.push(row);
  else map.set(key, [row]);
}

/** @param {string} title @param {Row[]} group @param {Row} open @param {(row: Row, index: number) => string} nameOf */
function strip(title, group, open, nameOf) {
  if (group.length < 2) return undefined;
  const passed = group.filter((one) => one.verdict === 'passed').length;
  const links = group.slice(0, MAX_SHOWN).map((one, index) => {
    const current = one === open ? 'true' : undefined;
    const name = visible(nameOf(one, index));
    const link = element('a', { href: addressOf(one.id), 'aria-current': current }, verdictMark(one.verdict), name);
    return element('li', {}, link);
  });
  const words = `${title}: ${passed} of ${group.length} passed`;
  return element('div', { class: 'related' }, element('span', {}, words), element('ul', {}, ...links));
}
