/**
 * Two kinds of maps stand in the schemas. A strict one (`z.strictObject`) is laid down in full by the specification: an
 * unknown key there is a mistake and refuses the document. An open one (`z.object`) is a block whose keys no document
 * lists in full, or that other programs read as well: an unknown key has no effect there, and is told as a warning.
 */
import { z } from 'zod';
import { jsonValue } from './json-value.js';
import { schemasBelow, unwrapped } from './keys-at.js';

export interface StrayKey {
  /** Of the map that holds the key. */
  path: (string | number)[];
  key: string;
  /** Keys that mean something there. */
  known: string[];
}

/** Where anything may stand, nothing is stray; large values are not looked through for it. */
const anything = new Set(unwrapped(jsonValue));

/** An alternative that says nothing of the keys of a map does not make a map open. */
function openShapes(schemas: readonly z.ZodType[]): z.ZodObject[] | undefined {
  const shapes = schemas.filter((schema) => schema instanceof z.ZodObject);
  const open = shapes.length > 0 && shapes.every((shape) => shape.def.catchall === undefined);
  const anything = schemas.some((schema) => schema instanceof z.ZodRecord);
  return open && !anything ? shapes : undefined;
}

/** Keys without effect in a value that its schema has accepted, in the order of the document. */
export function strayKeys(schema: z.ZodType, value: unknown): StrayKey[] {
  const found: StrayKey[] = [];
  const visit = (schemas: readonly z.ZodType[], at: unknown, path: (string | number)[]): void => {
    if (typeof at !== 'object' || at === null) return;
    if (schemas.length === 0 || schemas.some((schema) => anything.has(schema))) return;
    const shapes = Array.isArray(at) ? undefined : openShapes(schemas);
    const known = shapes && [...new Set(shapes.flatMap((shape) => Object.keys(shape.shape)))];
    const entries = Array.isArray(at) ? [...at.entries()] : Object.entries(at);
    for (const [key, below] of entries) {
      if (known !== undefined && !known.includes(String(key))) found.push({ path, key: String(key), known });
      else if (typeof below === 'object') visit(schemasBelow(schemas, key), below, [...path, key]);
    }
  };
  visit(unwrapped(schema), value, []);
  return found;
}
