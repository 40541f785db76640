/** JSON Schemas written by bundle authors: of tools and of expected answers. */
import { Ajv, type ErrorObject } from 'ajv';
import * as formats from 'ajv-formats';
import type { JsonValue } from '../core/conversation.js';
import { boundedSchema, STEP } from './bounded-schema.js';
import { countValues, sortKeys } from './json.js';
import { compilePattern } from './regex.js';

/** Returns what is wrong with a value, one line each, or nothing. Never throws. */
export type SchemaCheck = (value: JsonValue) => string[];

/** References followed in one check. A few dozen that branch can ask for more than a computer can do. */
const MAX_STEPS = 200_000;

/** Values of the schema × values of what is checked. */
const MAX_WORK = 50_000_000;

const MAX_FAULTS = 10;
const MAX_FAULT_CHARACTERS = 300;

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

let stepsLeft = 0;
ajv.addKeyword({
  keyword: STEP,
  errors: false,
  validate: () => {
    stepsLeft -= 1;
    if (stepsLeft < 0) throw new Error(`the schema takes more than ${MAX_STEPS} steps`);
    return true;
  },
});

// The library's own compares each item with each other one.
ajv.removeKeyword('uniqueItems');
ajv.addKeyword({
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  error: { message: 'must NOT have duplicate items' },
  validate: (wanted: boolean, items: JsonValue[]) =>
    !wanted || new Set(items.map((item) => JSON.stringify(sortKeys(item)))).size === items.length,
});

const compiled = new WeakMap<object, SchemaCheck>();

/** Compiled once per schema object. Throws an Error when the schema cannot be used. */
export function compileSchema(schema: { [key: string]: JsonValue }): SchemaCheck {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const { own, values } = boundedSchema(schema);
  const validate = compileOwn(own);
  const check: SchemaCheck = (value) => {
    try {
      if (values * countValues(value, MAX_WORK / values) > MAX_WORK) return ['(root) is too large for the schema'];
      stepsLeft = MAX_STEPS;
      return validate(value) ? [] : (validate.errors ?? []).slice(0, MAX_FAULTS).map(line);
    } catch (error) {
      return [`(root) cannot be checked: ${reasonOf(error)}`];
    }
  };
  compiled.set(schema, check);
  return check;
}

function compileOwn(own: { [key: string]: JsonValue }) {
  try {
    return ajv.compile(own);
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  } finally {
    // The instance would hold on to every schema of every bundle; ours is kept by the schema object itself.
    ajv.removeSchema(own);
  }
}

/** References that lead to themselves end in an overflow, when compiled or when followed; so does a value without bottom. */
function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return 'its references go round in circles, or the value is nested too deeply';
  return error instanceof Error ? error.message : String(error);
}

function line(error: ErrorObject): string {
  const where = error.instancePath.slice(1).replaceAll('/', '.') || '(root)';
  const extra = error.keyword === 'additionalProperties' ? ` "${String(error.params.additionalProperty)}"` : '';
  const allowed = error.keyword === 'enum' ? `: ${JSON.stringify(error.params.allowedValues)}` : '';
  const fault = `${where} ${error.message ?? error.keyword}${extra}${allowed}`;
  return fault.length > MAX_FAULT_CHARACTERS ? `${fault.slice(0, MAX_FAULT_CHARACTERS)}…` : fault;
}
