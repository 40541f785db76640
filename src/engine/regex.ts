/** Patterns written by bundle authors: RE2 syntax, as PromptArena reads it, in time linear in the text. */
import { RE2JS } from 're2js';

export interface Pattern {
  readonly source: string;
  /** True when the pattern matches anywhere in the text. */
  test(text: string): boolean;
}

/** Patterns of a program larger than this are refused: their automaton would not fit into memory. */
const MAX_PROGRAM = 100_000;

/** Throws an Error that says what is wrong with the pattern. */
export function compilePattern(source: string): Pattern {
  const compiled = RE2JS.compile(source);
  if (compiled.programSize() > MAX_PROGRAM) throw new Error(`pattern too large: ${source.slice(0, 80)}`);
  return { source, test: (text) => compiled.test(text) };
}
