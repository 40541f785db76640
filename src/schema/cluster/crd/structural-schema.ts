/** Schemas as the API server wants them: OpenAPI v3, structural, without references. */
import { z } from 'zod';

export interface OpenApiSchema {
  [keyword: string]: unknown;
}

const FREE: OpenApiSchema = { 'x-kubernetes-preserve-unknown-fields': true };

const isNode = (value: unknown): value is OpenApiSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What zod adds to whole numbers, and the API server's own bounds make needless. */
const IMPLIED: readonly unknown[] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

/** Keywords whose values are copied as they are. */
function keywords(node: OpenApiSchema): OpenApiSchema {
  const {
    properties: _properties,
    items: _items,
    additionalProperties: _values,
    anyOf: _choices,
    definitions: _definitions,
    ...rest
  } = node;
  for (const bound of ['minimum', 'maximum']) if (IMPLIED.includes(rest[bound])) delete rest[bound];
  return rest;
}

/**
 * A list or a map, both of the same entries. No structural schema can say "or" of types; a place without a type may hold
 * anything, and still what is in it, as elements or as values, must fit.
 */
function listOrMap(node: OpenApiSchema, choices: readonly unknown[]): OpenApiSchema {
  const list = choices.find((choice) => isNode(choice) && choice.type === 'array');
  const map = choices.find((choice) => isNode(choice) && choice.type === 'object');
  if (choices.length !== 2 || !isNode(list) || !isNode(map)) {
    throw new Error(`a structural schema cannot say: ${JSON.stringify(node).slice(0, 200)}`);
  }
  return {
    ...keywords(node),
    ...FREE,
    items: structural(list.items),
    additionalProperties: structural(map.additionalProperties),
  };
}

function structural(written: unknown): OpenApiSchema {
  // Only values that may be anything refer to themselves.
  if (!isNode(written) || written.$ref !== undefined) return FREE;
  // The same, where such a value is described: beside a reference nothing else may stand.
  if (Array.isArray(written.allOf)) {
    const { allOf: _, ...rest } = written;
    return { ...keywords(rest), ...FREE };
  }
  if (Array.isArray(written.anyOf)) return listOrMap(written, written.anyOf);
  const node = keywords(written);
  const { properties, items, additionalProperties: values } = written;
  if (items !== undefined) node.items = structural(items);
  if (isNode(properties) && Object.keys(properties).length > 0) {
    node.properties = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, structural(each)]));
  }
  if (!isNode(values)) return node;
  const free = values.$ref !== undefined || Object.keys(values).length === 0;
  return free ? { ...node, ...FREE } : { ...node, additionalProperties: structural(values) };
}

/** The schema of values as they are written, before defaults are filled in. Throws when it has no such form. */
export function structuralSchema(schema: z.ZodType): OpenApiSchema {
  return structural(z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0', reused: 'inline' }));
}
