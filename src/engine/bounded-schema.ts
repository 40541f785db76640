/** Keeps a bundle's JSON Schemas from asking for endless work: their size, their depth, and a count of references. */
import type { JsonValue } from '../core/conversation.js';
import { isObject } from './json.js';

/** Keyword beside each `$ref` that counts how often it is followed. */
export const STEP = 'x-arena-step';

const MAX_VALUES = 10_000;
const MAX_DEPTH = 200;

/** Below these stand values, not schemas. */
const DATA: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

export interface BoundedSchema {
  own: { [key: string]: JsonValue };
  /** Number of values that the schema consists of. */
  values: number;
}

/** A copy to compile. Throws an Error that says what is too much. */
export function boundedSchema(schema: { [key: string]: JsonValue }): BoundedSchema {
  let values = 0;
  const copy = (node: JsonValue, depth: number, isData: boolean): JsonValue => {
    values += 1;
    if (values > MAX_VALUES) throw new Error(`it holds more than ${MAX_VALUES} values`);
    if (depth > MAX_DEPTH) throw new Error(`it is nested more than ${MAX_DEPTH} levels deep`);
    if (Array.isArray(node)) return node.map((item) => copy(item, depth + 1, isData));
    if (!isObject(node)) return node;
    const entries = Object.entries(node).map(([key, child]): [string, JsonValue] => [
      key,
      copy(child, depth + 1, isData || DATA.has(key)),
    ]);
    const counted = !isData && typeof node.$ref === 'string';
    return Object.fromEntries(counted ? [...entries, [STEP, true]] : entries);
  };
  // The dialect named by `$schema` would have to be fetched; the keywords in use are the same in all of them.
  const { $schema: _, $id: __, ...written } = schema;
  const own = copy(written, 0, false);
  return { own: isObject(own) ? own : {}, values };
}
