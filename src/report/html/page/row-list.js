import { element } from './dom.js';

/** @typedef {import('./blocks.js').Row} Row */

/** Heights in pixels, as the style has them. */
const PLAIN_ROW = 54;
const ROW_WITH_REASON = 76;
/** Pixels beyond the visible part that are there already when it is scrolled. */
const AHEAD = 600;
/** So many are there while the list itself is out of sight. */
const LEAST_ROWS = 30;
const MAX_PRINTED = 1000;

/**
 * The list: only rows in sight are in the page, so 50,000 of them scroll as 50 do. One row at a time can be reached by Tab,
 * the others by arrow keys.
 */
export class RowList {
  /** @type {Row[]} */
  #rows = [];
  /** Top of each row, and the height of all. */
  #tops = new Float64Array(1);
  /** @type {Map<number, HTMLLIElement>} */
  #items = new Map();
  #active = 0;
  #openId = '';
  #planned = false;

  /**
   * @param {HTMLElement} pane scrolls on wide screens; on narrow ones the page does
   * @param {HTMLElement} list
   * @param {(row: Row) => HTMLElement} linkOf
   */
  constructor(pane, list, linkOf) {
    this.pane = pane;
    this.list = list;
    this.linkOf = linkOf;
    document.addEventListener('scroll', () => this.#plan(), { capture: true, passive: true });
    window.addEventListener('resize', () => this.#plan());
    window.addEventListener('beforeprint', () => this.#print());
    window.addEventListener('afterprint', () => this.set(this.#rows));
    list.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** A row that has the focus keeps it where it still stands; else the first one takes it. @param {Row[]} rows */
  set(rows) {
    const focused = this.list.contains(document.activeElement) ? this.#rows[this.#active]?.id : undefined;
    this.#rows = rows;
    this.#tops = new Float64Array(rows.length + 1);
    for (const [index, row] of rows.entries()) {
      this.#tops[index + 1] = this.#top(index) + (row.reasons ? ROW_WITH_REASON : PLAIN_ROW);
    }
    this.#items.clear();
    this.list.replaceChildren();
    this.list.classList.remove('printed');
    this.list.style.height = `${this.#top(rows.length)}px`;
    this.pane.scrollTop = 0;
    const wanted = focused ?? this.#openId;
    this.#active = Math.max(
      0,
      rows.findIndex(({ id }) => id === wanted),
    );
    if (focused === undefined) this.render();
    else this.#focus(this.#active);
  }

  /** Marks the conversation that is open. @param {string} id */
  open(id) {
    this.#openId = id;
    const index = this.#rows.findIndex((row) => row.id === id);
    if (index >= 0) {
      this.#active = index;
      this.#reveal(index, false);
    }
    this.render();
  }

  /** To where the reader was in the list. */
  focus() {
    this.#focus(this.#active);
  }

  render() {
    if (this.list.classList.contains('printed')) return;
    const wanted = this.#wanted();
    for (const [index, item] of this.#items) {
      if (wanted.includes(index)) continue;
      item.remove();
      this.#items.delete(index);
    }
    // Those that are there stay where they are: a row that is moved loses the focus.
    let next = this.list.firstChild;
    for (const index of wanted) {
      const item = this.#items.get(index) ?? this.#insert(index, next);
      next = item.nextSibling;
      this.#mark(index, item);
    }
  }

  /** @param {number} index */
  #top(index) {
    return this.#tops[index] ?? 0;
  }

  /** Indexes in sight, and that of the row which may have the focus. */
  #wanted() {
    const last = this.#rows.length - 1;
    if (last < 0) return [];
    const { top } = this.list.getBoundingClientRect();
    const pane = this.pane.getBoundingClientRect();
    const from = this.#indexAt(Math.max(pane.top, 0) - top - AHEAD);
    const inSight = this.#indexAt(Math.min(pane.bottom, window.innerHeight) - top + AHEAD);
    const to = Math.max(inSight, Math.min(last, from + LEAST_ROWS));
    const indexes = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    if (this.#active < from) indexes.unshift(this.#active);
    if (this.#active > to) indexes.push(this.#active);
    return indexes;
  }

  /** @param {number} y the row at this height of the list */
  #indexAt(y) {
    let [low, high] = [0, this.#rows.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#top(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** @param {number} index @param {ChildNode | null} before */
  #insert(index, before) {
    const row = this.#rows[index];
    const place = { 'aria-setsize': this.#rows.length, 'aria-posinset': index + 1 };
    const item = element('li', place, row ? this.linkOf(row) : undefined);
    item.style.top = `${this.#top(index)}px`;
    item.style.height = `${this.#top(index + 1) - this.#top(index)}px`;
    this.#items.set(index, item);
    this.list.insertBefore(item, before);
    return item;
  }

  /** @param {number} index @param {HTMLElement} item */
  #mark(index, item) {
    const link = item.firstElementChild;
    link?.setAttribute('tabindex', index === this.#active ? '0' : '-1');
    if (this.#rows[index]?.id === this.#openId) link?.setAttribute('aria-current', 'true');
    else link?.removeAttribute('aria-current');
  }

  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => {
      this.#planned = false;
      this.render();
    });
  }

  /** @param {number} index @param {boolean} mayMovePage */
  #reveal(index, mayMovePage) {
    const { list, pane } = this;
    const top = list.getBoundingClientRect().top + this.#top(index);
    const bottom = list.getBoundingClientRect().top + this.#top(index + 1);
    const scrolls = pane.scrollHeight > pane.clientHeight + 1;
    const around = pane.getBoundingClientRect();
    const [from, to] = scrolls ? [around.top, around.bottom] : [60, window.innerHeight];
    const by = top < from ? top - from : bottom > to ? bottom - to : 0;
    if (scrolls) pane.scrollTop += by;
    else if (mayMovePage) window.scrollBy(0, by);
  }

  /** @param {number} index */
  #focus(index) {
    this.#active = Math.max(0, Math.min(this.#rows.length - 1, index));
    this.#reveal(this.#active, true);
    this.render();
    const link = this.#items.get(this.#active)?.firstElementChild;
    if (link instanceof HTMLElement) link.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {{ [key: string]: number }} */
    const targets = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + 10,
      PageUp: this.#active - 10,
      Home: 0,
      End: this.#rows.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.#focus(target);
  }

  /** On paper nothing scrolls. */
  #print() {
    const items = this.#rows.slice(0, MAX_PRINTED).map((row) => element('li', {}, this.linkOf(row)));
    const left = this.#rows.length - items.length;
    if (left > 0) items.push(element('li', {}, `and ${left.toLocaleString('en-US')} more`));
    this.list.classList.add('printed');
    this.list.style.height = 'auto';
    this.list.replaceChildren(...items);
  }
}
