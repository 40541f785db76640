import { element } from './dom.js';

/**
 * A button that puts a text on the clipboard and says so.
 * @param {string} label
 * @param {() => string} textOf asked when it is pressed
 * @param {string} [what] for those who do not see what it stands beside
 */
export function copyButton(label, textOf, what = label) {
  const button = element('button', { type: 'button', class: 'copy', 'aria-label': what }, label);
  let timer = 0;
  button.addEventListener('click', async () => {
    button.textContent = (await copyText(textOf())) ? 'Copied' : 'Not allowed';
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = label;
    }, 1500);
  });
  return button;
}

/** @param {string} text */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** For browsers that give a file no clipboard. @param {string} text */
function copyBySelection(text) {
  const before = document.activeElement;
  const field = element('textarea', { class: 'unseen', readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return done;
}
