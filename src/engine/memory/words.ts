/** Words of a text, in a form in which singular and plural, and both cases, are the same. */

/** Beyond this no text is searched: a memory is a sentence or two. */
const MAX_CHARACTERS = 20_000;

export function wordsOf(text: string): Set<string> {
  const found =
    text
      .slice(0, MAX_CHARACTERS)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(found.map(singular));
}

/** Near enough for a search: `preferences` and `preference`, `cities` and `city`, but `class` stays. */
function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}
