/**
 * @typedef {import('../row-view.js').RowView} RowView
 * @typedef {import('../conversation-view.js').ConversationView} ConversationView
 * @typedef {RowView & { block: number, place: number, flaky?: boolean }} Row a row and where its conversation lies
 */

/** @param {string} kind @returns {Element[]} */
const elementsOf = (kind) => [...document.querySelectorAll(`script[data-block="${kind}"]`)];

/** @param {Element | undefined} holder */
async function unpack(holder) {
  const bytes = Uint8Array.from(atob(holder?.textContent ?? ''), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}

/** @returns {Promise<Row[]>} */
export async function readRows() {
  /** @type {Row[]} */
  const all = [];
  for (const [block, holder] of elementsOf('rows').entries()) {
    /** @type {RowView[]} */
    const rows = await unpack(holder);
    for (const [place, row] of rows.entries()) all.push({ ...row, block, place });
  }
  return all;
}

/** Unpacked blocks, the newest last; a few are enough for reading, and a search goes through all of them once. */
const KEPT_BLOCKS = 8;
/** @type {Map<number, Promise<(ConversationView | null)[]>>} */
const kept = new Map();

/** @param {number} block */
export function readBlock(block) {
  const found = kept.get(block) ?? unpack(elementsOf('conversations')[block]);
  kept.delete(block);
  kept.set(block, found);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_BLOCKS && oldest !== undefined) kept.delete(oldest);
  return found;
}

/** @param {ConversationView} view all text of a conversation that one may look for */
export function textOf({ messages, assertions, evals, error, context, workflow }) {
  const texts = [error?.message, error?.hint, context, ...(workflow?.way ?? [])];
  for (const one of messages) {
    texts.push(one.text, one.name, one.error, ...one.violations);
    for (const call of one.calls) texts.push(call.name, call.args);
    for (const part of one.parts) texts.push(part.label, part.text);
    for (const step of one.steps ?? []) texts.push(step.name, step.output);
  }
  for (const one of [...assertions, ...evals]) texts.push(one.name, one.type, one.explanation, one.message, one.source);
  return texts.join('\n');
}
