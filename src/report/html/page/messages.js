import { assertionNote } from './checks.js';
import { copyButton } from './copy.js';
import { element, textBlock, visible } from './dom.js';
import { chip } from './verdicts.js';

/**
 * @typedef {import('../conversation-view.js').AssertionView} AssertionView
 * @typedef {import('../message-view.js').MessageView} MessageView
 * @typedef {import('../media-part.js').PartView} PartView
 */

/**
 * JSON with line breaks; any other text as it is. Only the space between its tokens changes: numbers keep every digit.
 * @param {string} text
 */
export function spacedJson(text) {
  if (text.length > 50_000 || !/^\s*[[{]/.test(text) || text.includes('\n')) return text;
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const onNewLine = (/** @type {string} */ token) => `${token}\n${'  '.repeat(depth)}`;
  return text.replace(/"(?:[^"\\]|\\.)*"|[[{]\s*[\]}]|[[{\]},:]|\s+/g, (token) => {
    if (token[0] === '"' || token.length > 1) return token.trim();
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') {
      depth -= 1;
      return `\n${'  '.repeat(depth)}${token}`;
    }
    if (token === ':') return ': ';
    return token.trim() === '' ? '' : onNewLine(token);
  });
}

/** @param {PartView} part */
function partFigure({ label, text, image, audio, video }) {
  const figure = element('figure', {}, element('figcaption', {}, visible(label)));
  const named = visible(text ?? label);
  if (image) figure.prepend(element('img', { src: image, alt: named, loading: 'lazy' }));
  if (audio) figure.prepend(element('audio', { src: audio, controls: true, preload: 'none', 'aria-label': named }));
  if (video) figure.prepend(element('video', { src: video, controls: true, preload: 'none', 'aria-label': named }));
  if (text) figure.append(textBlock(text, 'prose'));
  return figure;
}

/** @param {MessageView['calls'][number]} call */
function toolCall({ name, args }) {
  const head = element('p', { class: 'call' }, 'calls ', element('code', {}, visible(name)));
  head.append(copyButton('Copy', () => args, 'Copy the arguments'));
  return element('div', { class: 'tool-call' }, head, textBlock(args, 'code'));
}

/** @param {NonNullable<MessageView['steps']>} steps */
function stepList(steps) {
  const items = steps.map(({ name, note, output }) => {
    const words = element('p', {}, element('code', {}, visible(name)), ' ', visible(note));
    return element('li', {}, words, output === undefined ? undefined : textBlock(output, 'code'));
  });
  const title = element('summary', {}, `${steps.length} steps of the composition`);
  return element('details', { class: 'steps' }, title, element('ol', {}, ...items));
}

/** @param {MessageView} message @returns {Node[]} */
function messageBody(message) {
  const { role, text, cut, steps } = message;
  /** @type {Node[]} */
  const body = [];
  if (text !== '')
    body.push(role === 'tool' ? textBlock(spacedJson(text), 'code', cut) : textBlock(text, 'prose', cut));
  body.push(...message.parts.map(partFigure), ...message.calls.map(toolCall));
  if (message.error) body.push(element('p', { class: 'error-text', dir: 'auto' }, visible(message.error)));
  if (body.length === 0) body.push(element('p', { class: 'hint' }, 'No text.'));
  if (steps) body.push(stepList(steps));
  if (message.raw) {
    body.push(element('details', {}, element('summary', {}, 'Raw answer'), textBlock(message.raw, 'code')));
  }
  return body;
}

/** @param {MessageView} message @param {number} index @param {AssertionView[]} checks those that judged it */
export function messageItem(message, index, checks) {
  const name = message.name ? element('code', {}, visible(message.name)) : undefined;
  const head = element('header', {}, element('h4', {}, message.role), name);
  for (const violation of message.violations) head.append(chip('violation', violation));
  if (message.figures.length > 0) {
    head.append(element('span', { class: 'figures' }, visible(message.figures.join(' · '))));
  }
  if (message.text !== '') head.append(copyButton('Copy', () => message.text, `Copy message ${index + 1}`));
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

/** A message as plain text. @param {MessageView} message */
export function messageText({ role, name, text, calls, parts, error }) {
  const lines = [`${role}${name ? ` (${name})` : ''}:`];
  if (text !== '') lines.push(text);
  for (const part of parts) lines.push(`[${part.label}]`);
  for (const call of calls) lines.push(`-> ${call.name} ${call.args}`);
  if (error) lines.push(`error: ${error}`);
  return lines.join('\n');
}
