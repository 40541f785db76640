/** How deep JSON may be nested. */
import type { JsonValue } from './conversation.js';

/** JSON from elsewhere beyond this is refused: whatever walks through it, step by step, would run out of stack. */
export const MAX_NESTING = 500;

/**
 * The value of a JSON text from elsewhere. Throws a `SyntaxError` for what is none, or is nested deeper than
 * `MAX_NESTING`.
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  // A shorter text cannot hold so many levels, each of which has two ends.
  if (text.length > 2 * MAX_NESTING && isNestedDeeper(value, MAX_NESTING)) throw new SyntaxError('nested too deeply');
  return value;
}

/** Whether lists and maps stand in one another on more than `levels` levels. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
