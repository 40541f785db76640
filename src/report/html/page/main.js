import { readBlock, readRows } from './blocks.js';
import { addressOf, conversationNodes } from './conversation.js';
import { byId, element, visible } from './dom.js';
import { rowItem, select } from './rows.js';

/** @typedef {import('./blocks.js').Row} Row */

const PAGE = 200;
const WIDE = window.matchMedia('(min-width: 960px)');

const section = byId('conversations', HTMLElement);
const filters = byId('filters', HTMLFormElement);
const list = byId('rows', HTMLOListElement);
const reader = byId('reader', HTMLElement);
const more = byId('more', HTMLButtonElement);
const scenario = byId('scenario', HTMLSelectElement);
const provider = byId('provider', HTMLSelectElement);
const order = byId('order', HTMLSelectElement);
const text = byId('text', HTMLInputElement);
const toggles = [...filters.querySelectorAll('button[data-verdict]')];

/** @type {Row[]} */
let rows = [];
/** Those that pass the filters, and how many of them stand in the list. @type {Row[]} */
let chosen = [];
let listed = 0;
/** Id of the conversation that is open. */
let openId = '';
/** Numbers the searches, so that a late one does not overwrite a newer one. */
let search = 0;

function listMore() {
  const next = chosen.slice(listed, listed + PAGE);
  list.append(...next.map(rowItem));
  listed += next.length;
  more.hidden = listed >= chosen.length;
  more.textContent = `Show ${Math.min(PAGE, chosen.length - listed)} more of ${(chosen.length - listed).toLocaleString('en-US')}`;
  markOpen();
}

function markOpen() {
  for (const link of list.querySelectorAll('a')) {
    if (link.getAttribute('href') === addressOf(openId)) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  keepOpenInSight();
}

/** Scrolls the list alone: `scrollIntoView` would move the page as well. */
function keepOpenInSight() {
  const link = list.querySelector('a[aria-current]');
  const pane = list.parentElement;
  if (!link || !pane) return;
  const [at, around] = [link.getBoundingClientRect(), pane.getBoundingClientRect()];
  if (at.top < around.top) pane.scrollTop -= around.top - at.top;
  else if (at.bottom > around.bottom) pane.scrollTop += at.bottom - around.bottom;
}

async function applyFilters() {
  search += 1;
  const mine = search;
  const pressed = toggles.filter((one) => one.getAttribute('aria-pressed') === 'true');
  const verdicts = new Set(pressed.map((one) => one.getAttribute('data-verdict') ?? ''));
  const asked = { verdicts, scenario: scenario.value, provider: provider.value, order: order.value, text: text.value };
  if (asked.text !== '') byId('count', HTMLElement).textContent = 'Searching…';
  const found = await select(rows, asked, () => mine !== search);
  if (mine !== search) return;
  chosen = found;
  listed = 0;
  list.replaceChildren();
  listMore();
  const [some, all] = [chosen.length, rows.length].map((count) => count.toLocaleString('en-US'));
  byId('count', HTMLElement).textContent = some === all ? `${all} conversations` : `${some} of ${all} conversations`;
}

/** @param {Row} row */
async function open(row) {
  openId = row.id;
  markOpen();
  const view = row.held ? (await readBlock(row.block))[row.place] : undefined;
  if (openId !== row.id) return;
  show(...(view ? conversationNodes(view) : [missing(`${row.id} is left out of this file.`)]));
}

/** @param {...Node} nodes */
function show(...nodes) {
  const back = element('button', { type: 'button', class: 'back' }, '← Back to the list');
  back.addEventListener('click', () => {
    section.classList.remove('reading');
    list.querySelector('a[aria-current]')?.scrollIntoView({ block: 'center' });
  });
  reader.replaceChildren(back, ...nodes);
}

/** @param {string} why */
function missing(why) {
  return element('p', { class: 'notice' }, `${visible(why)} Every conversation stands in results.jsonl.`);
}

/** Opens what the address names. */
async function followAddress() {
  const id = idOfAddress();
  if (id === '' || document.getElementById(id)) return;
  const row = rows.find((one) => addressOf(one.id) === addressOf(id));
  section.classList.add('reading');
  if (row) await open(row);
  else show(missing(`This report does not hold ${id}.`));
  const { top } = reader.getBoundingClientRect();
  if (top < 0 || top > window.innerHeight / 2) reader.scrollIntoView({ block: 'start' });
  reader.focus({ preventScroll: true });
}

function idOfAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}

/** @param {number} step opens the next or the previous conversation of the list */
function move(step) {
  const now = chosen.findIndex((one) => one.id === openId);
  const row = chosen[Math.max(0, Math.min(chosen.length - 1, now + step))];
  if (!row || row.id === openId) return;
  while (listed < chosen.length && chosen.indexOf(row) >= listed) listMore();
  location.hash = addressOf(row.id);
  markOpen();
}

/** @param {Element} button a cell or a head of the tables */
function pick(button) {
  filters.reset();
  clearToggles();
  scenario.value = button.getAttribute('data-scenario') ?? '';
  provider.value = button.getAttribute('data-provider') ?? '';
  section.classList.remove('reading');
  void applyFilters();
  section.scrollIntoView({ block: 'start' });
}

function clearToggles() {
  for (const toggle of toggles) toggle.setAttribute('aria-pressed', 'false');
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { target } = event;
  const typing = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'j') move(1);
  else if (event.key === 'k') move(-1);
  else if (event.key === '/') text.focus();
  else return;
  event.preventDefault();
}

function wireFilters() {
  for (const toggle of toggles) {
    toggle.addEventListener('click', () => {
      toggle.setAttribute('aria-pressed', String(toggle.getAttribute('aria-pressed') !== 'true'));
      void applyFilters();
    });
  }
  for (const choice of [scenario, provider, order]) choice.addEventListener('change', () => void applyFilters());
  let timer = 0;
  text.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void applyFilters(), 200);
  });
  filters.addEventListener('submit', (event) => event.preventDefault());
  filters.addEventListener('reset', () => {
    clearToggles();
    setTimeout(() => void applyFilters());
  });
  more.addEventListener('click', listMore);
  for (const button of document.querySelectorAll('button.pick')) button.addEventListener('click', () => pick(button));
  document.addEventListener('keydown', onKey);
  window.addEventListener('hashchange', () => void followAddress());
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
    root.dataset.theme = isDark() ? 'light' : 'dark';
    label();
  });
  label();
  button.hidden = false;
}

/** Says what the file leaves out. */
function showNotice() {
  const ended = Number(section.dataset.ended);
  const cut = rows.filter((row) => !row.held).length;
  /** @type {string[]} */
  const parts = [];
  if (rows.length < ended) {
    parts.push(
      `This run has ${ended.toLocaleString('en-US')} conversations; here stand those that did not pass and a sample of the rest, ${rows.length.toLocaleString('en-US')} in all.`,
    );
  }
  if (cut > 0)
    parts.push(`${cut.toLocaleString('en-US')} stand in the list only, since this file would grow too large.`);
  if (parts.length === 0) return;
  const notice = byId('notice', HTMLElement);
  notice.textContent = `${parts.join(' ')} Every conversation stands in results.jsonl.`;
  notice.hidden = false;
}

async function start() {
  wireTheme();
  rows = await readRows();
  filters.hidden = false;
  for (const hint of document.querySelectorAll('.keys')) hint.removeAttribute('hidden');
  showNotice();
  wireFilters();
  await applyFilters();
  const [first] = chosen;
  if (idOfAddress() !== '') await followAddress();
  else if (first && WIDE.matches) await open(first);
  document.documentElement.dataset.ready = 'true';
}

void start();
