/** JMESPath expressions written by bundle authors, kept from growing without bound. */
import { compile, TreeInterpreter } from '@jmespath-community/jmespath';
import type { JsonValue } from '../core/conversation.js';

const MAX_CHARACTERS = 10_000;

/** Largest product of the lengths of all `[a, b]` and `{a: b}` in an expression: so often may it repeat its data. */
const MAX_COPIES = 10_000;

/** The functions of the JMESPath specification. Others of the library can make texts of any length. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  'abs',
  'avg',
  'ceil',
  'contains',
  'ends_with',
  'floor',
  'join',
  'keys',
  'length',
  'map',
  'max',
  'max_by',
  'merge',
  'min',
  'min_by',
  'not_null',
  'reverse',
  'sort',
  'sort_by',
  'starts_with',
  'sum',
  'to_array',
  'to_number',
  'to_string',
  'type',
  'values',
]);

export type JsonQuery = (data: JsonValue) => JsonValue;

/** Throws an Error that says what is wrong with the expression. */
export function compileQuery(source: string): JsonQuery {
  if (source.length > MAX_CHARACTERS) throw new Error(`it is longer than ${MAX_CHARACTERS} characters`);
  const expression = compile(source);
  if (copies(expression) > MAX_COPIES) throw new Error('it repeats its data too often');
  return (data) => TreeInterpreter.search(expression, data);
}

/** Product over all nodes below; throws at a function that is not of the specification. */
function copies(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 1;
  let product = 1;
  for (const child of Object.values(node)) product *= copies(child);
  if (!('type' in node)) return product;
  if (node.type === 'Literal') return 1;
  if (node.type === 'Function' && 'name' in node && !FUNCTIONS.has(String(node.name))) {
    throw new Error(`there is no function ${String(node.name)}`);
  }
  const repeats = node.type === 'MultiSelectList' || node.type === 'MultiSelectHash';
  const length = repeats && 'children' in node && Array.isArray(node.children) ? node.children.length : 1;
  return product * Math.max(1, length);
}
