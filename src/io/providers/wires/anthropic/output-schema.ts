/**
 * JSON Schemas as structured outputs take them: closed objects, and no bounds of numbers, texts and lists. What a schema
 * says beyond that is told in its descriptions. Source: Anthropic, "Structured outputs", JSON Schema limitations.
 */
import type { JsonValue } from '../../../../core/conversation.js';
import { isRecord } from '../wire.js';

type Schema = { [key: string]: JsonValue };

const FORMATS = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']);

/** Cleaned schemas by their source: a schema stands in each request of its prompt, and is bounded where it was read. */
const cleaned = new WeakMap<Schema, Schema>();

export function outputSchema(schema: Schema): Schema {
  let known = cleaned.get(schema);
  if (known === undefined) {
    known = clean(schema);
    cleaned.set(schema, known);
  }
  return known;
}

function clean(schema: Schema): Schema {
  const rest: Schema = { ...schema };
  const kept: Schema = {};
  const take = (name: string): JsonValue | undefined => {
    const value = Object.hasOwn(rest, name) ? rest[name] : undefined;
    delete rest[name];
    return value;
  };
  const keep = (name: string, value: JsonValue | undefined): void => {
    if (value !== undefined) kept[name] = value;
  };
  // It names a dialect and asks for nothing.
  take('$schema');
  for (const name of ['$defs', 'definitions']) {
    if (isSchema(rest[name])) keep(name, cleanMembers(rest[name]));
    take(name);
  }
  const reference = take('$ref');
  if (reference !== undefined) return { ...kept, $ref: reference };
  const hasLiterals = isLiterals(rest.enum) || isLiteral(rest.const);
  if (isLiterals(rest.enum)) keep('enum', take('enum'));
  if (isLiteral(rest.const)) keep('const', take('const'));
  // Literals say their type themselves.
  const type = take('type');
  if (!hasLiterals) keep('type', type);
  const variants = [take('anyOf'), take('oneOf')].filter((list) => Array.isArray(list)).flat();
  if (variants.length > 0) kept.anyOf = variants.map(cleanValue);
  if (Array.isArray(rest.allOf)) keep('allOf', rest.allOf.map(cleanValue));
  take('allOf');
  keep('description', take('description'));
  keep('title', take('title'));
  if (type === 'object' || isSchema(rest.properties)) {
    const properties = take('properties');
    kept.properties = isSchema(properties) ? cleanMembers(properties) : {};
    take('additionalProperties');
    kept.additionalProperties = false;
    keep('required', take('required'));
  }
  const items = take('items');
  if (items !== undefined) kept.items = cleanValue(items);
  if (rest.minItems === 0 || rest.minItems === 1) keep('minItems', take('minItems'));
  if (typeof rest.format === 'string' && FORMATS.has(rest.format)) keep('format', take('format'));
  return withNotes(kept, rest);
}

function isLiteral(value: JsonValue | undefined): boolean {
  return value !== undefined && (value === null || typeof value !== 'object');
}

function isLiterals(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isLiteral);
}

/** What the service does not enforce, the model can still be told. */
function withNotes(kept: Schema, rest: Schema): Schema {
  const notes = Object.entries(rest).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  if (notes.length === 0) return kept;
  const said = typeof kept.description === 'string' && kept.description !== '' ? `${kept.description}\n\n` : '';
  return { ...kept, description: `${said}{${notes.join(', ')}}` };
}

function cleanMembers(schemas: Schema): Schema {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, cleanValue(schema)]));
}

function cleanValue(value: JsonValue): JsonValue {
  return isSchema(value) ? clean(value) : value;
}

function isSchema(value: JsonValue | undefined): value is Schema {
  return isRecord(value);
}
