import { byId, element, visible } from './dom.js';

/**
 * @typedef {import('./blocks.js').Row} Row
 * @typedef {import('./rows.js').Filters} Filters
 */

/** Kinds of marks, in the order in which they are offered. @type {{ [kind: string]: string }} */
const KINDS = {
  tag: 'Tag',
  persona: 'Persona',
  label: 'Label',
  perturbation: 'Perturbation',
  region: 'Region',
  mode: 'Mode',
  guardrail: 'Guardrail fired',
  tool: 'Tool called',
};
const MAX_CHOICES = 500;

/** The controls above the list, and the part of the address that remembers them. */
export class FilterForm {
  #form = byId('filters', HTMLFormElement);
  #text = byId('text', HTMLInputElement);
  #flaky = byId('flaky', HTMLButtonElement);
  #verdicts = [...this.#form.querySelectorAll('button[data-verdict]')];
  #selects = {
    scenario: byId('scenario', HTMLSelectElement),
    provider: byId('provider', HTMLSelectElement),
    reason: byId('reason', HTMLSelectElement),
    mark: byId('mark', HTMLSelectElement),
    order: byId('order', HTMLSelectElement),
  };

  /** @param {() => void} changed called when the reader has set one */
  constructor(changed) {
    for (const toggle of [...this.#verdicts, this.#flaky]) {
      toggle.addEventListener('click', () => {
        press(toggle, !isPressed(toggle));
        changed();
      });
    }
    for (const choice of Object.values(this.#selects)) choice.addEventListener('change', changed);
    let timer = 0;
    this.#text.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(changed, 200);
    });
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('reset', (event) => {
      event.preventDefault();
      this.set(new URLSearchParams());
      changed();
    });
  }

  /** Offers what these rows hold. @param {Row[]} rows */
  offer(rows) {
    this.#form.hidden = false;
    for (const toggle of this.#verdicts) {
      const verdict = toggle.getAttribute('data-verdict') ?? '';
      showCount(
        toggle,
        rows.filter((row) => (row.verdict === 'tolerated' ? 'failed' : row.verdict) === verdict).length,
      );
    }
    const flaky = rows.filter((row) => row.flaky).length;
    this.#flaky.hidden = flaky === 0;
    showCount(this.#flaky, flaky);
    const reasons = counted(rows.flatMap((row) => row.reasons ?? []));
    offerChoices(this.#selects.reason, reasons.map(choiceOf));
    const marks = counted(rows.flatMap((row) => row.marks ?? []));
    const groups = Object.entries(KINDS).flatMap(([kind, label]) => {
      const own = marks.filter(([mark]) => mark.startsWith(`${kind}:`));
      const choices = own.map(([mark, count]) => choiceOf([mark, count], mark.slice(kind.length + 1)));
      return choices.length === 0 ? [] : [element('optgroup', { label }, ...choices)];
    });
    offerChoices(this.#selects.mark, groups);
  }

  /** @returns {Filters} */
  read() {
    const { scenario, provider, reason, mark, order } = this.#selects;
    const pressed = this.#verdicts.filter(isPressed).map((one) => one.getAttribute('data-verdict') ?? '');
    return {
      verdicts: new Set(pressed),
      flaky: isPressed(this.#flaky),
      scenario: scenario.value,
      provider: provider.value,
      reason: reason.value,
      mark: mark.value,
      order: order.value,
      text: this.#text.value,
    };
  }

  /** What differs from the start, for the address. */
  params() {
    const { verdicts, flaky, text, order, ...choices } = this.read();
    const params = new URLSearchParams();
    if (verdicts.size > 0) params.set('verdict', [...verdicts].join(' '));
    if (flaky) params.set('flaky', 'yes');
    for (const [name, value] of Object.entries(choices)) if (value !== '') params.set(name, value);
    if (order !== 'failures') params.set('order', order);
    if (text !== '') params.set('text', text);
    return params;
  }

  /** Sets all of them; what is not named is as at the start. @param {URLSearchParams} params */
  set(params) {
    const verdicts = (params.get('verdict') ?? '').split(' ');
    for (const toggle of this.#verdicts) press(toggle, verdicts.includes(toggle.getAttribute('data-verdict') ?? ''));
    press(this.#flaky, params.has('flaky'));
    for (const [name, select] of Object.entries(this.#selects)) choose(select, params.get(name) ?? '');
    if (this.#selects.order.selectedIndex < 0) this.#selects.order.selectedIndex = 0;
    this.#text.value = params.get('text') ?? '';
  }

  search() {
    this.#text.focus();
    this.#text.select();
  }
}

/** @param {Element} toggle */
const isPressed = (toggle) => toggle.getAttribute('aria-pressed') === 'true';

/** @param {Element} toggle @param {boolean} pressed */
const press = (toggle, pressed) => toggle.setAttribute('aria-pressed', String(pressed));

/** @param {Element} toggle @param {number} count */
function showCount(toggle, count) {
  const place = toggle.querySelector('b');
  if (place) place.textContent = count.toLocaleString('en-US');
}

/** Values with their number, the most frequent first. @param {string[]} values @returns {[string, number][]} */
function counted(values) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** @param {[value: string, count: number]} counted @param {unknown} [name] shown in place of the value */
function choiceOf([value, count], name) {
  const shown = visible(typeof name === 'string' ? name : value);
  return element('option', { value }, `${shown} (${count.toLocaleString('en-US')})`);
}

/** @param {HTMLSelectElement} select @param {HTMLElement[]} choices its label stays hidden where there are none */
function offerChoices(select, choices) {
  select.append(...choices.slice(0, MAX_CHOICES));
  const label = select.closest('label');
  if (label) label.hidden = choices.length === 0;
}

/** A value that is not offered, because there are too many, is added. @param {HTMLSelectElement} select @param {string} value */
function choose(select, value) {
  if (select.id === 'order') {
    select.value = value === '' ? 'failures' : value;
    return;
  }
  if (![...select.options].some((one) => one.value === value))
    select.append(element('option', { value }, visible(value)));
  select.value = value;
}
