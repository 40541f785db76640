import { element } from './dom.js';

/** One moment for all charts over time: where one points, or arrow keys lead, each of them tells its numbers. */
class MomentReader {
  #rows;
  #plots;
  #cursors;
  #outputs;
  #slider;
  #now = -1;

  /** @param {HTMLElement} section @param {HTMLTableRowElement[]} rows of the table that holds the numbers */
  constructor(section, rows) {
    this.#rows = rows;
    this.#plots = [...section.querySelectorAll('svg.plot')];
    this.#cursors = [...section.querySelectorAll('.cursor')];
    this.#outputs = [...section.querySelectorAll('output[data-column]')];
    this.#slider = element('div', {
      class: 'series-cursor',
      role: 'slider',
      tabindex: 0,
      'aria-label': 'Moment of the test',
      'aria-valuemin': 0,
      'aria-valuemax': rows.length - 1,
      'aria-keyshortcuts': 'ArrowLeft ArrowRight',
    });
    this.show(rows.length >> 1);
    section.querySelector('figure.series')?.before(this.#slider);
    this.#slider.addEventListener('keydown', (event) => this.#onKey(event));
    for (const plot of this.#plots) {
      for (const kind of ['pointermove', 'pointerdown']) {
        plot.addEventListener(kind, (event) => {
          if (!(event instanceof PointerEvent)) return;
          const { left, width } = plot.getBoundingClientRect();
          this.show(Math.floor(((event.clientX - left) / width) * this.#rows.length));
        });
      }
    }
  }

  /** @param {number} wanted number of the point */
  show(wanted) {
    const index = Math.max(0, Math.min(this.#rows.length - 1, wanted));
    const row = this.#rows[index];
    if (index === this.#now || row === undefined) return;
    this.#now = index;
    const x = `${((100 * (index + 0.5)) / this.#rows.length).toFixed(3)}%`;
    for (const cursor of this.#cursors) {
      cursor.setAttribute('x1', x);
      cursor.setAttribute('x2', x);
      cursor.setAttribute('visibility', 'visible');
    }
    const textOfCell = (/** @type {number} */ column) => row.cells[column]?.textContent ?? '';
    for (const output of this.#outputs)
      output.textContent = textOfCell(Number(output.getAttribute('data-column') ?? 0));
    const names = this.#rows[0]?.closest('table')?.tHead?.rows[0]?.cells;
    const words = [...row.cells]
      .slice(1)
      .map((cell, column) => `${names?.[column + 1]?.textContent} ${cell.textContent}`);
    this.#slider.textContent = `At ${textOfCell(0)}`;
    this.#slider.setAttribute('aria-valuenow', String(index));
    this.#slider.setAttribute('aria-valuetext', `${textOfCell(0)}: ${words.join(', ')}`);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = Math.max(1, Math.round(this.#rows.length / 20));
    /** @type {{ [key: string]: number }} */
    const targets = {
      ArrowLeft: this.#now - 1,
      ArrowDown: this.#now - 1,
      ArrowRight: this.#now + 1,
      ArrowUp: this.#now + 1,
      PageDown: this.#now - far,
      PageUp: this.#now + far,
      Home: 0,
      End: this.#rows.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.show(target);
  }
}

/** Lets the charts over time be read, where the page has any. */
export function wireSeries() {
  const section = document.getElementById('series');
  const body = section?.querySelector('table.series-table')?.getElementsByTagName('tbody')[0];
  if (section && body && body.rows.length > 0) new MomentReader(section, [...body.rows]);
}
