import { element, textBlock, visible } from './dom.js';
import { chip, verdictMark } from './verdicts.js';

/** @typedef {import('../conversation-view.js').AssertionView} AssertionView */

/** @param {AssertionView} check */
function assertionItem(check) {
  const name = element('code', {}, visible(check.name ?? check.type));
  const head = element('div', { class: 'check-head' }, verdictMark(check.outcome), name);
  if (check.name) head.append(chip('', check.type));
  if (check.score !== undefined) head.append(chip('', `score ${check.score}`));
  if (check.threshold !== undefined) head.append(chip('', check.threshold));
  if (check.messageIndex !== undefined) head.append(jumpTo(check.messageIndex));
  if (check.source) head.append(element('span', { class: 'source' }, visible(check.source)));
  const item = element('li', { class: `check ${check.outcome}` }, head);
  if (check.message) item.append(element('p', { class: 'own-words', dir: 'auto' }, visible(check.message)));
  if (check.explanation) item.append(element('p', { class: 'found', dir: 'auto' }, visible(check.explanation)));
  if (check.params) item.append(foldedCode('Parameters', check.params));
  if (check.value) item.append(foldedCode('Measured', check.value));
  return item;
}

/** @param {string} title @param {string} text */
function foldedCode(title, text) {
  return element('details', {}, element('summary', {}, title), textBlock(text, 'code'));
}

/** @param {number} index of the message that was judged */
function jumpTo(index) {
  const jump = element('button', { type: 'button', class: 'link' }, `message ${index + 1}`);
  jump.addEventListener('click', () => {
    const message = document.getElementById(`message-${index}`);
    message?.scrollIntoView({ block: 'center' });
    message?.focus({ preventScroll: true });
  });
  return jump;
}

/** @param {AssertionView} check beside the message it judged: in short, since the list above says the rest */
export function assertionNote(check) {
  const note = element('li', {}, verdictMark(check.outcome), element('code', {}, visible(check.type)));
  if (check.outcome === 'failed') note.append(element('span', { dir: 'auto' }, visible(check.explanation)));
  return note;
}

/** @param {string} name @param {AssertionView[]} assertions @param {boolean} gating their failure opens the section */
export function assertionSection(name, assertions, gating) {
  if (assertions.length === 0) return undefined;
  const passed = assertions.filter((one) => one.outcome === 'passed').length;
  const judged = assertions.filter((one) => one.outcome !== 'skipped').length;
  const failedFirst = [...assertions].sort((a, b) => Number(b.outcome === 'failed') - Number(a.outcome === 'failed'));
  const list = element('ul', { class: 'checks' }, ...failedFirst.map(assertionItem));
  const title = `${name}: ${passed} of ${judged} passed`;
  return element('details', { class: 'group', open: gating && passed < judged }, element('summary', {}, title), list);
}
