/** JSON Schemas written by bundle authors: of tools and of expected answers. */
import { Ajv, type ErrorObject } from 'ajv';
import * as formats from 'ajv-formats';
import type { JsonValue } from '../core/conversation.js';
import { compilePattern } from './regex.js';

/** Returns what is wrong with a value, one line each, or nothing. */
export type SchemaCheck = (value: JsonValue) => string[];

/** `pattern` in a schema is as hostile as any other pattern, so it runs in linear time as well. */
const linearRegex = Object.assign((source: string) => compilePattern(source), { code: 'compilePattern' });

const ajv = new Ajv({
  strict: false,
  allErrors: true,
  validateSchema: false,
  logger: false,
  code: { regExp: linearRegex },
});
formats.default.default(ajv);

const compiled = new WeakMap<object, SchemaCheck>();

/** Compiled once per schema object. Throws an Error when the schema cannot be used. */
export function compileSchema(schema: { [key: string]: JsonValue }): SchemaCheck {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  // The dialect named by `$schema` would have to be fetched; the keywords in use are the same in all of them.
  const { $schema: _, $id: __, ...own } = schema;
  const validate = ajv.compile(own);
  // The instance would hold on to every schema of every bundle; ours is kept by the schema object itself.
  ajv.removeSchema(own);
  const check: SchemaCheck = (value) => (validate(value) ? [] : (validate.errors ?? []).slice(0, 10).map(line));
  compiled.set(schema, check);
  return check;
}

function line(error: ErrorObject): string {
  const where = error.instancePath.slice(1).replaceAll('/', '.') || '(root)';
  const extra = error.keyword === 'additionalProperties' ? ` "${String(error.params.additionalProperty)}"` : '';
  const allowed = error.keyword === 'enum' ? `: ${JSON.stringify(error.params.allowedValues)}` : '';
  return `${where} ${error.message ?? error.keyword}${extra}${allowed}`;
}
