/** Order among names: of tools called, of states entered. */
import type { Finding } from './check.js';

/** How many leading names of a sequence occur in order; others may come between. */
export function longestPrefix(sequence: readonly string[], names: readonly string[]): number {
  let matched = 0;
  for (const name of names) if (name === sequence[matched]) matched += 1;
  return matched;
}

export function sequenceOf(sequence: readonly string[], names: readonly string[]): Finding {
  const matched = longestPrefix(sequence, names);
  const explanation =
    matched === sequence.length
      ? `${sequence.join(' → ')} occurs`
      : `${matched} of ${sequence.length} steps occur in order; "${sequence[matched]}" is missing`;
  return { score: matched / sequence.length, explanation };
}
