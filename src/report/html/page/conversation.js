import { addressOf } from './address.js';
import { assertionSection } from './checks.js';
import { copyButton } from './copy.js';
import { element, textBlock, visible } from './dom.js';
import { messageItem, messageText } from './messages.js';
import { verdictMark } from './verdicts.js';

/** @typedef {import('../conversation-view.js').ConversationView} ConversationView */

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

/** @param {string} title @param {...(Node | undefined)} body */
function folded(title, ...body) {
  return element('details', { class: 'group' }, element('summary', {}, title), ...body);
}

/** @param {ConversationView} view */
function workflowSection({ workflow }) {
  if (!workflow) return undefined;
  const { way, complete, artifacts } = workflow;
  const list = element('ol', { class: 'way' }, ...way.map((line) => element('li', { dir: 'auto' }, visible(line))));
  const left = artifacts.map(([name, value]) =>
    element('figure', {}, element('figcaption', {}, `artifact ${visible(name)}`), textBlock(value, 'code')),
  );
  return folded(complete ? 'Workflow: complete' : 'Workflow: not complete', list, ...left);
}

/** @param {ConversationView} view */
function head(view) {
  const text = () => [view.id, ...view.messages.map(messageText)].join('\n\n');
  const address = () => `${location.href.split('#')[0]}${addressOf(view.id)}`;
  return element(
    'header',
    { class: 'reader-head' },
    verdictMark(view.verdict),
    element('h3', {}, visible(view.id)),
    element(
      'div',
      { class: 'tools' },
      copyButton('Copy id', () => view.id),
      copyButton('Copy link', address),
      copyButton('Copy text', text, 'Copy the conversation as text'),
    ),
  );
}

/**
 * The whole conversation as it is read.
 * @param {ConversationView} view
 * @param {(Node | undefined)[]} related stands below its name
 * @returns {Node[]}
 */
export function conversationNodes(view, related) {
  const facts = view.facts.map(([label, value]) =>
    element('div', {}, element('dt', {}, visible(label)), element('dd', {}, visible(value))),
  );
  const shownWithMessage = new Set(view.messages.flatMap((one) => one.violations));
  const nodes = [
    head(view),
    ...related,
    element('dl', { class: 'facts' }, ...facts),
    errorBox(view),
    noteList(
      'Guardrails',
      view.violations.filter((one) => !shownWithMessage.has(one)),
    ),
    noteList('Warnings', view.warnings),
    assertionSection('Checks', view.assertions, true),
    assertionSection('Evals', view.evals, false),
    view.context ? folded('Context', textBlock(view.context, 'code')) : undefined,
    workflowSection(view),
    ...view.messages.map((message, index) => {
      const checks = view.assertions.filter((one) => one.messageIndex === index);
      return messageItem(message, index, checks);
    }),
  ];
  return nodes.filter((node) => node !== undefined);
}
