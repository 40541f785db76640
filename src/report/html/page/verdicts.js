import { element, visible } from './dom.js';

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
export const chip = (name, text) => element('span', { class: `chip ${name}` }, visible(text));
