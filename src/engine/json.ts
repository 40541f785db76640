/** JSON values: comparison, order of keys, and finding JSON in what a model wrote. */
import type { JsonValue } from '../core/conversation.js';

export function isObject(value: unknown): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal as JSON: order of keys does not count. */
export function equalJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key], b[key]))
  );
}

/** The value with the keys of all its objects in order. */
export function sortKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}

/** Number of values that a value consists of, counted no further than just past `limit`. */
export function countValues(value: JsonValue, limit: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    count += countValues(child, limit - count);
    if (count > limit) break;
  }
  return count;
}

/** Text form of a value where a template or a comparison needs one: strings as they are, the rest as JSON. */
export function toText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Equal as they would be printed, so that 1 is the same as "1": arguments of tools are compared in this way. */
export function equalPrinted(a: JsonValue | undefined, b: JsonValue): boolean {
  return a !== undefined && toText(sortKeys(a)) === toText(sortKeys(b));
}

/** How JSON may be wrapped in an answer. */
export interface JsonSearch {
  /** Take the inside of the first fenced block. */
  allowWrapped: boolean;
  /** Take the first balanced `{...}`, else the first balanced `[...]`. */
  extract: boolean;
}

/** The JSON value in an answer, or undefined when there is none. */
export function findJson(answer: string, search: JsonSearch): JsonValue | undefined {
  let text = answer;
  if (search.allowWrapped) text = /```[^\n`]*\n([\s\S]*?)```/.exec(text)?.[1] ?? text;
  const whole = parseJson(text);
  if (whole !== undefined || !search.extract) return whole;
  const part = balanced(text, '{', '}') ?? balanced(text, '[', ']');
  return part === undefined ? undefined : parseJson(part);
}

/** From the first opening bracket to the one that closes it; brackets in strings do not count. */
function balanced(text: string, open: string, close: string): string | undefined {
  const start = text.indexOf(open);
  if (start < 0) return undefined;
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === open) depth += 1;
    else if (character === close) {
      depth -= 1;
      if (depth === 0) return text.slice(start, index + 1);
    }
  }
  return undefined;
}
