import { z } from 'zod';

/** Asking a schema what it is takes so long that the keys of a large map must not each ask anew. */
const known = new WeakMap<object, z.ZodType[]>();

/** Schemas that a value may have, with what only wraps them taken off. */
export function unwrapped(schema: unknown): z.ZodType[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const found = known.get(schema) ?? unwrap(schema);
  known.set(schema, found);
  return found;
}

function unwrap(schema: object): z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrapped(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in);
  if (schema instanceof z.ZodLazy) return unwrapped(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrapped);
  return schema instanceof z.ZodType ? [schema] : [];
}

function step(schema: z.ZodType, key: PropertyKey): z.ZodType[] {
  if (schema instanceof z.ZodObject) {
    return Object.hasOwn(schema.shape, key) ? unwrapped(schema.shape[String(key)]) : [];
  }
  if (schema instanceof z.ZodArray && typeof key === 'number') return unwrapped(schema.element);
  if (schema instanceof z.ZodRecord && typeof key !== 'number') return unwrapped(schema.valueType);
  return [];
}

/** Schemas that the value under `key` may have; each once, since values that hold anything refer back to themselves. */
export function schemasBelow(schemas: readonly z.ZodType[], key: PropertyKey): z.ZodType[] {
  return [...new Set(schemas.flatMap((each) => step(each, key)))];
}

/** Keys that the object at `path` may have; empty when any may stand there. For suggestions. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const found = path.reduce<z.ZodType[]>(schemasBelow, unwrapped(schema));
  return [...new Set(found.flatMap((each) => (each instanceof z.ZodObject ? Object.keys(each.shape) : [])))];
}
