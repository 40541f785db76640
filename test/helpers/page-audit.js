/** Questions to a page. Each runs inside the browser, so it uses nothing from outside itself. */

/** @returns {string} */
export function colorScheme() {
  return getComputedStyle(document.documentElement).colorScheme;
}

/** @returns {number} */
export function widthOfPage() {
  return document.documentElement.scrollWidth;
}

/** Milliseconds from the start of loading to the first text or picture on the screen. @returns {number} */
export function firstPaint() {
  return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN;
}

/** Buttons, links and fields that have no name for a screen reader. @returns {string[]} */
export function nameless() {
  const controls = [
    ...document.querySelectorAll('button, a[href], input, select, summary, [role=region], nav, article'),
  ];
  const named = (one) =>
    one.getAttribute('aria-label') ||
    document.getElementById(one.getAttribute('aria-labelledby') ?? '')?.textContent ||
    one.closest('label')?.textContent ||
    one.textContent;
  return controls.filter((one) => !named(one)?.trim()).map((one) => one.outerHTML.slice(0, 100));
}

/** What a browser tells a page that is to be printed. */
export function startPrinting() {
  window.dispatchEvent(new Event('beforeprint'));
}

/** And when that is over. */
export function endPrinting() {
  window.dispatchEvent(new Event('afterprint'));
}

/** Chooses a provider as a script would: the focus stays where it is. @param {string} value */
export function chooseProvider(value) {
  const select = document.querySelector('select#provider');
  if (!(select instanceof HTMLSelectElement)) throw new Error('no providers to choose from');
  select.value = value;
  select.dispatchEvent(new Event('change'));
}

/** Ids that stand more than once. @returns {string[]} */
export function doubledIds() {
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

/** What the browser's XML parser says against a document; empty when it takes it. @param {string} text @returns {string} */
export function xmlFault(text) {
  return new DOMParser().parseFromString(text, 'text/xml').querySelector('parsererror')?.textContent ?? '';
}

/** Rows of charts whose label runs into the numbers beside it. @returns {string[]} */
export function collisions() {
  const rows = [...document.querySelectorAll('.chart g')].filter((row) => row.querySelector(':scope > .words'));
  const runsInto = (row) => {
    const [label, words] = ['.label', '.words'].map((name) => row.querySelector(name)?.getBoundingClientRect());
    return label !== undefined && words !== undefined && words.width > 0 && label.right > words.left;
  };
  return rows.filter(runsInto).map((row) => row.textContent ?? '');
}

/** Visible texts whose contrast to their ground is below 4.5 (WCAG 2.1, 1.4.3). @returns {string[]} */
export function lowContrast() {
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const rgb = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const groundOf = (start) => {
    for (let at = start; at; at = at.parentElement) {
      const color = rgb(getComputedStyle(at).backgroundColor);
      if ((color[3] ?? 1) > 0) return color;
    }
    return [255, 255, 255];
  };
  const faults = [];
  for (const one of document.querySelectorAll('body *')) {
    const text = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!text || /^(script|title|desc)$/i.test(one.tagName) || one.getClientRects().length === 0) continue;
    const { color, fill } = getComputedStyle(one);
    const ink = one instanceof SVGElement ? fill : color;
    const [a, b] = [luminance(rgb(ink)), luminance(groundOf(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5)
      faults.push(`${one.getAttribute('class') || one.tagName} ${ratio.toFixed(2)}: ${one.textContent.slice(0, 40)}`);
  }
  return faults;
}
