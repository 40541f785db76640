import type { Bundle } from './bundle.js';
import type { Fault } from './fault.js';
import { hintFor } from './suggest.js';

/** Types of evals that a job asks for and that do not exist: misspelt, they would leave out every eval unseen. */
export function evalTypeFaults(
  { arena }: Pick<Bundle, 'arena'>,
  wanted: readonly string[] | undefined,
  known: ReadonlySet<string>,
): Fault[] {
  const unknown = (wanted ?? []).filter((type) => !known.has(type));
  return unknown.map((type) => ({
    severity: 'error',
    file: arena.file,
    message: `there is no type of evals "${type}"`,
    hint: hintFor(type, known, 'types'),
  }));
}
