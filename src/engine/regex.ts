/** Patterns written by bundle authors: RE2 syntax, as PromptArena reads it, in time linear in the text. */
import { RE2JS } from 're2js';
import { ArenaError } from '../core/errors.js';

export interface Pattern {
  readonly source: string;
  /** True when the pattern matches anywhere in the text. Throws an `ArenaError` where both are too large. */
  test(text: string): boolean;
}

/** Patterns of a program larger than this are refused: their automaton would not fit into memory. */
const MAX_PROGRAM = 100_000;

/**
 * Time is linear in the text, but in the pattern as well, and repetitions such as `a{0,1000}` make long programs. So one
 * match may take this much, measured at the worst patterns: about five seconds at worst, next to nothing usually.
 */
const MAX_WORK = 250_000_000;
const WORK_PER_CHARACTER = 200;
const WORK_PER_INSTRUCTION = 3;

/** For people who write patterns as they know them from other programs. */
export const RE2_RULE = 'patterns are RE2: no look-around, no back references';

/** Throws an Error that says what is wrong with the pattern. */
export function compilePattern(source: string): Pattern {
  const compiled = RE2JS.compile(source);
  const program = compiled.programSize();
  if (program > MAX_PROGRAM) throw new Error(`pattern too large: ${source.slice(0, 80)}`);
  const longest = MAX_WORK / (WORK_PER_CHARACTER + WORK_PER_INSTRUCTION * program);
  return {
    source,
    test: (text) => {
      if (text.length <= longest) return compiled.test(text);
      throw new ArenaError({
        code: 'invalid_input',
        message: `the text of ${text.length} characters is too long for the pattern ${source.slice(0, 80)}`,
        hint: 'make the repetitions of the pattern smaller, such as {0,1000}',
      });
    },
  };
}
