/** How deep JSON may be nested. */

/** JSON from elsewhere beyond this is refused: whatever walks through it, step by step, would run out of stack. */
export const MAX_NESTING = 500;

/** Whether lists and maps stand in one another on more than `levels` levels. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
