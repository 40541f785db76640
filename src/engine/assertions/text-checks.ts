/** Checks of what was said, as plain text. Case does not count unless `case_sensitive` is set. */

import type { Params } from './check.js';
import {
  type CheckFactory,
  flag,
  idle,
  optionalText,
  optionalTexts,
  pattern,
  quoted,
  text,
  texts,
  verdict,
} from './check.js';

/** Makes texts comparable: as they are, or without regard to case. */
function folder(params: Params): (text: string) => string {
  return flag(params, 'case_sensitive', false) ? (words) => words : (words) => words.toLowerCase();
}

/** Every pattern in the newest answer. Score: found / all. */
export const contains: CheckFactory = (params) => {
  const fold = folder(params);
  const patterns = texts(params, 'patterns', 'text');
  return (view) => {
    const answer = fold(view.last);
    const missing = patterns.filter((words) => !answer.includes(fold(words)));
    const score = (patterns.length - missing.length) / patterns.length;
    return { score, explanation: missing.length === 0 ? 'holds all patterns' : `does not hold ${quoted(missing)}` };
  };
};

/** At least one pattern in at least one answer. */
export const containsAny: CheckFactory = (params) => {
  const fold = folder(params);
  const patterns = texts(params, 'patterns', 'text');
  return (view) => {
    const answers = view.all.map(fold);
    const found = patterns.filter((words) => answers.some((answer) => answer.includes(fold(words))));
    return verdict(found.length > 0, found.length > 0 ? `holds ${quoted(found)}` : `holds none of ${quoted(patterns)}`);
  };
};

/** None of the patterns in any answer. Without patterns there is nothing to find. */
export const contentExcludes: CheckFactory = (params) => {
  const fold = folder(params);
  const patterns = optionalTexts(params, 'patterns') ?? [];
  if (patterns.length === 0) return idle('no patterns are given');
  const mode = optionalText(params, 'match_mode') ?? 'substring';
  const holds = mode === 'word_boundary' ? holdsWord : (answer: string, words: string) => answer.includes(words);
  return (view) => {
    const answers = view.all.map(fold);
    const found = patterns.filter((words) => answers.some((answer) => holds(answer, fold(words))));
    return verdict(found.length === 0, found.length === 0 ? 'holds nothing forbidden' : `holds ${quoted(found)}`);
  };
};

const WORD = /[\p{L}\p{N}_]/u;

/** True when the words stand in the text and are not part of a longer word. */
function holdsWord(answer: string, words: string): boolean {
  if (words === '') return false;
  const opens = WORD.test(words.slice(0, 1));
  const closes = WORD.test(words.slice(-1));
  for (let at = answer.indexOf(words); at >= 0; at = answer.indexOf(words, at + 1)) {
    const before = answer.slice(Math.max(0, at - 1), at);
    const after = answer.slice(at + words.length, at + words.length + 1);
    if (!(opens && WORD.test(before)) && !(closes && WORD.test(after))) return true;
  }
  return false;
}

/** The pattern matches the newest answer, or does not when `expect_match` is false. */
export const regex: CheckFactory = (params) => {
  const compiled = pattern(text(params, 'pattern'));
  const expected = flag(params, 'expect_match', true);
  return (view) => {
    const matched = compiled.test(view.last);
    const explanation = `/${compiled.source}/ ${matched ? 'matches' : 'does not match'}`;
    return verdict(matched === expected, expected ? explanation : `${explanation}; it is expected not to`);
  };
};

/** Names of fields that stand somewhere in the newest answer. Score: found / all. */
export const fieldPresence: CheckFactory = (params) => {
  const fields = optionalTexts(params, 'fields') ?? [];
  if (fields.length === 0) return idle('no fields are given');
  return (view) => {
    const answer = view.last.toLowerCase();
    const missing = fields.filter((field) => !answer.includes(field.toLowerCase()));
    const score = (fields.length - missing.length) / fields.length;
    return { score, explanation: missing.length === 0 ? 'names all fields' : `does not name ${quoted(missing)}` };
  };
};
