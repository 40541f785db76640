import { element, textBlock, visible } from './dom.js';

/**
 * @typedef {import('../page-view.js').ConversationView} ConversationView
 * @typedef {import('../page-view.js').AssertionView} AssertionView
 * @typedef {import('../page-view.js').MessageView} MessageView
 */

/**
 * Address of a conversation within the page; the slashes stay readable. Half a surrogate pair has no address.
 * @param {string} id
 */
export function addressOf(id) {
  return `#${encodeURIComponent(id.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll('%2F', '/')}`;
}

/** @type {{ [verdict: string]: [mark: string, word: string] }} */
const VERDICTS = {
  passed: ['✓', 'Passed'],
  failed: ['✗', 'Failed'],
  errored: ['!', 'Error'],
  tolerated: ['≈', 'Failed within pass_threshold'],
  skipped: ['–', 'Skipped'],
};

/** @param {string} verdict mark for the eye, word for a screen reader */
export function verdictMark(verdict) {
  const [mark, word] = VERDICTS[verdict] ?? ['', verdict];
  return element(
    'span',
    { class: `mark ${verdict}`, title: word },
    element('span', { 'aria-hidden': 'true' }, mark),
    element('span', { class: 'unseen' }, word),
  );
}

/** @param {string} name @param {string} text */
const chip = (name, text) => element('span', { class: `chip ${name}` }, visible(text));

/** @param {AssertionView} check */
function assertionItem(check) {
  const head = element(
    'div',
    { class: 'check-head' },
    verdictMark(check.outcome),
    element('code', {}, visible(check.name ?? check.type)),
  );
  if (check.name) head.append(chip('', check.type));
  if (check.score !== undefined) head.append(chip('', `score ${check.score}`));
  if (check.messageIndex !== undefined) {
    const jump = element('button', { type: 'button', class: 'link' }, `message ${check.messageIndex + 1}`);
    const target = `message-${check.messageIndex}`;
    jump.addEventListener('click', () => {
      const message = document.getElementById(target);
      message?.scrollIntoView({ block: 'center' });
      message?.focus({ preventScroll: true });
    });
    head.append(jump);
  }
  if (check.source) head.append(element('span', { class: 'source' }, visible(check.source)));
  const item = element('li', { class: `check ${check.outcome}` }, head);
  if (check.message) item.append(element('p', { class: 'own-words', dir: 'auto' }, visible(check.message)));
  if (check.explanation) item.append(element('p', { class: 'found', dir: 'auto' }, visible(check.explanation)));
  if (check.params) {
    item.append(element('details', {}, element('summary', {}, 'Parameters'), textBlock(check.params, 'code')));
  }
  return item;
}

/** @param {AssertionView} check beside the message it judged: in short, since the list above says the rest */
function assertionNote(check) {
  const note = element('li', {}, verdictMark(check.outcome), element('code', {}, visible(check.type)));
  if (check.outcome === 'failed') note.append(element('span', { dir: 'auto' }, visible(check.explanation)));
  return note;
}

/** @param {string} name @param {AssertionView[]} assertions @param {boolean} gating their failure opens the section */
function assertionSection(name, assertions, gating) {
  if (assertions.length === 0) return undefined;
  const passed = assertions.filter((one) => one.outcome === 'passed').length;
  const judged = assertions.filter((one) => one.outcome !== 'skipped').length;
  const failedFirst = [...assertions].sort((a, b) => Number(b.outcome === 'failed') - Number(a.outcome === 'failed'));
  const list = element('ul', { class: 'checks' }, ...failedFirst.map(assertionItem));
  const title = `${name}: ${passed} of ${judged} passed`;
  return element('details', { class: 'group', open: gating && passed < judged }, element('summary', {}, title), list);
}

/** @param {MessageView} message @returns {Node[]} */
function messageBody(message) {
  /** @type {Node[]} */
  const body = [];
  if (message.text !== '') body.push(textBlock(message.text, message.role === 'tool' ? 'code' : 'prose', message.cut));
  for (const part of message.parts) {
    const figure = element('figure', {}, element('figcaption', {}, visible(part.label)));
    if (part.image) figure.prepend(element('img', { src: part.image, alt: part.text ?? part.label, loading: 'lazy' }));
    if (part.text) figure.append(textBlock(part.text, 'prose'));
    body.push(figure);
  }
  for (const call of message.calls) {
    const head = element('p', { class: 'call' }, 'calls ', element('code', {}, visible(call.name)));
    body.push(element('div', { class: 'tool-call' }, head, textBlock(call.args, 'code')));
  }
  if (message.error) body.push(element('p', { class: 'error-text', dir: 'auto' }, visible(message.error)));
  if (body.length === 0) body.push(element('p', { class: 'hint' }, 'No text.'));
  if (message.raw) {
    body.push(element('details', {}, element('summary', {}, 'Raw answer'), textBlock(message.raw, 'code')));
  }
  return body;
}

/** @param {MessageView} message @param {number} index @param {AssertionView[]} checks those that judged it */
function messageItem(message, index, checks) {
  const name = message.name ? element('code', {}, visible(message.name)) : undefined;
  const head = element('header', {}, element('h4', {}, message.role), name);
  for (const violation of message.violations) head.append(chip('violation', violation));
  if (message.figures.length > 0) {
    head.append(element('span', { class: 'figures' }, visible(message.figures.join(' · '))));
  }
  const box = element('section', { class: `message ${message.role}`, id: `message-${index}`, tabindex: '-1' }, head);
  if (message.role === 'system') {
    const label = `${message.text.length.toLocaleString('en-US')} characters`;
    box.append(element('details', {}, element('summary', {}, label), ...messageBody(message)));
  } else {
    box.append(...messageBody(message));
  }
  if (checks.length > 0) {
    box.append(element('ul', { class: 'check-notes' }, ...checks.map(assertionNote)));
  }
  return box;
}

/** @param {ConversationView} view */
function errorBox({ error, verdict }) {
  if (!error) return undefined;
  const box = element(
    'div',
    { class: `error-box ${verdict}` },
    element('p', {}, element('code', {}, error.code), ' ', visible(error.message)),
  );
  if (error.hint) box.append(element('p', { class: 'next' }, element('b', {}, 'Next: '), visible(error.hint)));
  return box;
}

/** @param {string} title @param {string[]} texts */
function noteList(title, texts) {
  if (texts.length === 0) return undefined;
  const items = texts.map((text) => element('li', { dir: 'auto' }, visible(text)));
  return element('div', { class: 'notes' }, element('h4', {}, title), element('ul', {}, ...items));
}

/** @param {ConversationView} view */
function contextSection({ context }) {
  if (!context) return undefined;
  return element('details', { class: 'group' }, element('summary', {}, 'Context'), textBlock(context, 'code'));
}

/**
 * The whole conversation as it is read.
 * @param {ConversationView} view
 * @returns {Node[]}
 */
export function conversationNodes(view) {
  const facts = view.facts.map(([label, value]) =>
    element('div', {}, element('dt', {}, visible(label)), element('dd', {}, visible(value))),
  );
  const shownWithMessage = new Set(view.messages.flatMap((one) => one.violations));
  const nodes = [
    element(
      'header',
      { class: 'reader-head' },
      verdictMark(view.verdict),
      element('h3', {}, visible(view.id)),
      element('a', { href: addressOf(view.id), title: 'Address of this conversation' }, 'Link'),
    ),
    element('dl', { class: 'facts' }, ...facts),
    errorBox(view),
    noteList(
      'Guardrails',
      view.violations.filter((one) => !shownWithMessage.has(one)),
    ),
    noteList('Warnings', view.warnings),
    assertionSection('Checks', view.assertions, true),
    assertionSection('Evals', view.evals, false),
    contextSection(view),
    ...view.messages.map((message, index) => {
      const checks = view.assertions.filter((one) => one.messageIndex === index);
      return messageItem(message, index, checks);
    }),
  ];
  return nodes.filter((node) => node !== undefined);
}
