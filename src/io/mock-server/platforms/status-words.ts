/** A platform's words for the statuses of its failures. */
export type StatusWords = ReadonlyMap<number, string>;

/** The status that a word goes with, so that a script need not say both. */
export function statusOfWord(words: StatusWords, word: string): number | undefined {
  for (const [status, each] of words) if (each === word) return status;
  return undefined;
}
