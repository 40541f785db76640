import { addressOf, readAddress } from './address.js';
import { readBlock, readRows } from './blocks.js';
import { goTo, placeSections, showContents } from './contents.js';
import { conversationNodes } from './conversation.js';
import { saveCsv } from './csv-export.js';
import { byId, element, visible } from './dom.js';
import { FilterForm } from './filters.js';
import { Relatives } from './related.js';
import { RowList } from './row-list.js';
import { rowLink, select } from './rows.js';
import { wireSeries } from './series.js';
import { keepTheme } from './theme-choice.js';

/** @typedef {import('./blocks.js').Row} Row */

/** Pixels that the links to the sections cover at the top. */
const BELOW_CONTENTS = 54;
const WIDE = window.matchMedia('(min-width: 960px)');

const section = byId('conversations', HTMLElement);
const list = byId('rows', HTMLOListElement);
const reader = byId('reader', HTMLElement);
const status = byId('count', HTMLElement);
const filters = new FilterForm(() => void applyFilters());
const rowList = new RowList(list.parentElement ?? list, list, (row) => rowLink(row, shownParams));

/** @type {Row[]} */
let rows = [];
let relatives = new Relatives([]);
/** Those that pass the filters. @type {Row[]} */
let chosen = [];
/** Filters of the list as it stands. */
let shownParams = new URLSearchParams();
/** Id of the conversation that is open. */
let openId = '';
/** Numbers the searches, so that a late one does not overwrite a newer one. */
let search = 0;

/** @param {number} count */
const inWords = (count) => count.toLocaleString('en-US');

async function applyFilters() {
  search += 1;
  const mine = search;
  const asked = filters.read();
  const params = filters.params();
  const found = await select(rows, asked, (share) => {
    if (mine === search) status.textContent = `Searching… ${Math.floor(100 * share)} %`;
    return mine === search;
  });
  if (mine !== search) return;
  chosen = found;
  shownParams = params;
  const { id } = readAddress(location.hash);
  if (location.hash !== '' || params.size > 0) history.replaceState(null, '', addressOf(id, params));
  rowList.set(chosen);
  const all = rows.length;
  status.textContent =
    chosen.length === all
      ? `${inWords(all)} conversations`
      : `${inWords(chosen.length)} of ${inWords(all)} conversations`;
}

/** @param {Row} row */
async function open(row) {
  openId = row.id;
  rowList.open(row.id);
  const view = row.held ? (await readBlock(row.block))[row.place] : undefined;
  if (openId !== row.id) return;
  if (view) show(...conversationNodes(view, relatives.nodes(row)));
  else show(elsewhere(row));
}

/** @param {Row} row its conversation stands in a further page */
function elsewhere(row) {
  const link = element('a', { href: `${row.part}${addressOf(row.id)}` }, row.part);
  return element(
    'p',
    { class: 'notice' },
    `${visible(row.id)} would make this page too large; it stands in `,
    link,
    '.',
  );
}

/** @param {...Node} nodes */
function show(...nodes) {
  const back = element('button', { type: 'button', class: 'back' }, '← Back to the list');
  back.addEventListener('click', () => toList());
  const steps = [
    ['Previous', -1],
    ['Next', 1],
  ].map(([name, step]) => {
    const button = element('button', { type: 'button', class: 'step' }, String(name));
    button.addEventListener('click', () => move(Number(step)));
    return button;
  });
  reader.replaceChildren(element('div', { class: 'reader-bar' }, back, ...steps), ...nodes);
}

function toList() {
  section.classList.remove('reading');
  rowList.render();
  rowList.focus();
}

/** Sets the filters that the address names, and opens its conversation. */
async function followAddress() {
  const { id, params } = readAddress(location.hash);
  // An address of a conversation alone, as one sends it around, leaves the list as it is.
  if (params.size > 0 && params.toString() !== filters.params().toString()) {
    filters.set(params);
    await applyFilters();
  }
  if (id === '') return;
  if (params.size === 0 && shownParams.size > 0) history.replaceState(null, '', addressOf(id, shownParams));
  if (document.getElementById(id)) {
    goTo(id);
    return;
  }
  section.classList.add('reading');
  const row = rows.find((one) => addressOf(one.id) === addressOf(id));
  if (row) await open(row);
  else show(element('p', { class: 'notice' }, missing(id)));
  const { top } = reader.getBoundingClientRect();
  if (top < BELOW_CONTENTS || top > window.innerHeight / 2) reader.scrollIntoView({ block: 'start' });
  reader.focus({ preventScroll: true });
}

/** @param {string} id */
function missing(id) {
  const where = document.getElementById('parts') ? ' It may stand in one of the further parts, listed below.' : '';
  return `This report does not hold ${visible(id)}.${where} Every conversation stands in results.jsonl.`;
}

/** @param {number} step opens the next or the previous conversation of the list */
function move(step) {
  const now = chosen.findIndex((one) => one.id === openId);
  const row = chosen[Math.max(0, Math.min(chosen.length - 1, now + step))];
  if (row && row.id !== openId) location.hash = addressOf(row.id, shownParams);
}

/** @param {Element} button a cell or a head of the tables */
function pick(button) {
  const params = new URLSearchParams();
  for (const name of ['scenario', 'provider', 'reason', 'verdict']) {
    const value = button.getAttribute(`data-${name}`);
    if (value) params.set(name, value);
  }
  filters.set(params);
  section.classList.remove('reading');
  void applyFilters();
  goTo('conversations');
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && target instanceof HTMLElement && section.contains(target)) {
    // The first one empties a search field, as browsers have it.
    if (!(target instanceof HTMLInputElement) || target.value === '') toList();
    return;
  }
  if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
  if (event.key === 'j') move(1);
  else if (event.key === 'k') move(-1);
  else if (event.key === '/') filters.search();
  else return;
  event.preventDefault();
}

function wireTheme() {
  const root = document.documentElement;
  const button = byId('theme', HTMLButtonElement);
  const isDark = () =>
    (root.dataset.theme ?? (window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const label = () => {
    button.textContent = isDark() ? 'Light theme' : 'Dark theme';
  };
  button.addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    root.dataset.theme = theme;
    keepTheme(theme);
    label();
  });
  label();
  button.hidden = false;
}

/** Says what the file leaves out. */
function showNotice() {
  const ended = Number(section.dataset.ended ?? rows.length);
  const cut = rows.filter((row) => !row.held).length;
  /** @type {string[]} */
  const parts = [];
  if (rows.length < ended) {
    parts.push(
      `This run has ${inWords(ended)} conversations; here stand those that did not pass and a sample of the rest, ${inWords(rows.length)} in all.`,
    );
  }
  if (cut > 0) parts.push(`${inWords(cut)} stand in the list only, since this page would grow too large.`);
  if (parts.length === 0) return;
  const notice = byId('notice', HTMLElement);
  notice.textContent = `${parts.join(' ')} The others stand in the further parts listed below; results.jsonl has every one.`;
  notice.hidden = false;
}

function wire() {
  for (const button of document.querySelectorAll('button.pick')) button.addEventListener('click', () => pick(button));
  for (const hint of document.querySelectorAll('.keys')) hint.removeAttribute('hidden');
  const csv = byId('export', HTMLButtonElement);
  csv.addEventListener('click', () => saveCsv(chosen));
  csv.hidden = false;
  document.addEventListener('keydown', onKey);
  window.addEventListener('hashchange', () => void followAddress());
}

async function start() {
  wireTheme();
  placeSections();
  showContents();
  wireSeries();
  rows = await readRows();
  relatives = new Relatives(rows);
  filters.offer(rows);
  showNotice();
  wire();
  const { id, params } = readAddress(location.hash);
  filters.set(params);
  await applyFilters();
  const [first] = chosen;
  if (id !== '') await followAddress();
  else if (first && WIDE.matches) await open(first);
  document.documentElement.dataset.ready = 'true';
}

void start();
