/** Conditions of branches: comparisons of earlier values, and combinations of them. */
import { piecesOf } from '../../bundle/compositions/bindings.js';
import type { JsonValue } from '../../core/conversation.js';
import type { PredicateSpec } from '../../schema/composition.js';
import { equalJson } from '../json.js';
import { read, type Values } from './values.js';

export function holds(predicate: PredicateSpec, values: Values): boolean {
  const { path, op, value, exists, all_of, any_of, not } = predicate;
  if (all_of !== undefined) return all_of.every((one) => holds(one, values));
  if (any_of !== undefined) return any_of.some((one) => holds(one, values));
  if (not !== undefined) return !holds(not, values);
  const found = valueAt(path ?? '', values);
  if (exists !== undefined) return (found !== undefined && found !== null) === exists;
  return compares(found, op ?? 'equals', value ?? null);
}

/** Undefined when there is none. */
function valueAt(path: string, values: Values): JsonValue | undefined {
  const pieces = piecesOf(path);
  const [binding] = Array.isArray(pieces) ? pieces : [];
  return binding === undefined || typeof binding === 'string' ? undefined : read(binding, values);
}

/** Without a value nothing is equal, less or greater. */
function compares(found: JsonValue | undefined, op: NonNullable<PredicateSpec['op']>, value: JsonValue): boolean {
  switch (op) {
    case 'equals':
      return same(found, value);
    case 'not_equals':
      return !same(found, value);
    case 'in':
      return Array.isArray(value) && value.some((one) => same(found, one));
    case 'not_in':
      return Array.isArray(value) && !value.some((one) => same(found, one));
    case 'less_than':
      return (difference(found, value) ?? 0) < 0;
    case 'less_than_or_equals':
      return (difference(found, value) ?? 1) <= 0;
    case 'greater_than':
      return (difference(found, value) ?? 0) > 0;
    case 'greater_than_or_equals':
      return (difference(found, value) ?? -1) >= 0;
  }
}

/** A model's whole answer is a text: `7` equals 7 and `true` equals true. */
function same(found: JsonValue | undefined, value: JsonValue): boolean {
  if (equalJson(found, value)) return true;
  const plain = typeof value === 'number' || typeof value === 'boolean';
  if (typeof found === 'string' && typeof value === 'string') return found.trim() === value.trim();
  return plain && typeof found === 'string' && found.trim() === String(value);
}

/** Numbers by size, other texts by their characters; undefined when they cannot be compared. */
function difference(found: JsonValue | undefined, value: JsonValue): number | undefined {
  const [a, b] = [asNumber(found), asNumber(value)];
  if (a !== undefined && b !== undefined) return a - b;
  if (typeof found !== 'string' || typeof value !== 'string') return undefined;
  return found < value ? -1 : Number(found > value);
}

function asNumber(value: JsonValue | undefined): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
