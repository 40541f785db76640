/** Mends what models often get wrong about types before a value is held against its schema. */
import type { JsonValue } from '../../core/conversation.js';
import { isObject } from '../json.js';

type Schema = { [key: string]: JsonValue };

/** Numeric texts become numbers, "true"/"false" booleans, and texts take the case that their enum has. */
export function coerce(value: JsonValue, schema: Schema): JsonValue {
  if (typeof value === 'string') return coerceText(value, schema);
  if (Array.isArray(value)) {
    const { items } = schema;
    return isObject(items) ? value.map((item) => coerce(item, items)) : value;
  }
  const { properties } = schema;
  if (!isObject(value) || !isObject(properties)) return value;
  const coerced: { [key: string]: JsonValue } = {};
  for (const [key, item] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    Object.defineProperty(coerced, key, {
      value: isObject(property) ? coerce(item, property) : item,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return coerced;
}

function coerceText(text: string, schema: Schema): JsonValue {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (Array.isArray(schema.enum) && !schema.enum.includes(text)) {
    const same = schema.enum.find((item) => typeof item === 'string' && item.toLowerCase() === text.toLowerCase());
    if (same !== undefined) return same;
  }
  if (types.includes('string')) return text;
  if (types.includes('boolean') && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const numeric = types.includes('number') || types.includes('integer');
  if (numeric && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) return Number(text);
  return text;
}
