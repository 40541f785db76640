/**
 * A new element. Text reaches the page only through here, as text: `children` that are strings become text nodes,
 * and no function of the page takes markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{ [name: string]: string | number | boolean | undefined }} [attributes] `true` sets it empty, `undefined`
 *   and `false` leave it out
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== undefined) made.append(child);
  return made;
}

/**
 * The element of the page with this id.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/** Controls, and marks that reorder the text around them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text from outside, with what cannot be seen made visible.
 * @param {string} text
 */
export function visible(text) {
  return text
    .replace(/\r\n/g, '\n')
    .replace(UNSEEN, (mark) => `\\u${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** Longer texts open on demand. */
const FOLD_CHARS = 6000;

/**
 * Text of a model, a tool or a bundle, as a block.
 * @param {string} text
 * @param {'prose' | 'code'} look
 * @param {number} [cut] characters that the report left out
 */
export function textBlock(text, look, cut = 0) {
  const body = element(look === 'code' ? 'pre' : 'div', { class: `text ${look}`, dir: 'auto' });
  const box = element('div', { class: 'text-box' }, body);
  const shown = visible(text);
  if (shown.length > FOLD_CHARS * 1.2) {
    const left = (shown.length - FOLD_CHARS).toLocaleString('en-US');
    const more = element('button', { type: 'button', class: 'unfold' }, `Show ${left} more characters`);
    more.addEventListener('click', () => {
      body.textContent = shown;
      more.remove();
    });
    body.textContent = `${shown.slice(0, FOLD_CHARS)}…`;
    box.append(more);
  } else {
    body.textContent = shown;
  }
  if (cut > 0) {
    const left = cut.toLocaleString('en-US');
    box.append(element('p', { class: 'notice' }, `${left} more characters stand only in results.jsonl.`));
  }
  return box;
}
