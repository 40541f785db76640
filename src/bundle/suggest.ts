/** Longer words are no typing errors; comparing them would only cost time. */
const MAX_CHARACTERS = 80;

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The known word that was probably meant: at most a third of its letters, and at most three, differ. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > MAX_CHARACTERS) return undefined;
  let best: string | undefined;
  let least = Math.min(3, Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const candidate of known) {
    if (candidate.length > MAX_CHARACTERS || Math.abs(candidate.length - word.length) >= least) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

/** `did you mean "x"?`, else the words there are, at most ten of them. */
export function hintFor(word: string, known: Iterable<string>, what: string): string {
  const all = [...known];
  const meant = closest(word, all);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  if (all.length === 0) return `there are no ${what}`;
  return `${what}: ${all.slice(0, 10).join(', ')}${all.length > 10 ? ' …' : ''}`;
}
