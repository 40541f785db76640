/** Checks of JSON in the newest answer. */
import type { JsonValue } from '../../core/conversation.js';
import { compileQuery } from '../../schema/jmespath.js';
import { equalJson, findJson, type JsonSearch, toText } from '../json.js';
import { compileSchema } from '../json-schema.js';
import {
  type CheckFactory,
  type Finding,
  fail,
  flag,
  optionalNumber,
  optionalObject,
  ParameterFault,
  type Params,
  pass,
  text,
  verdict,
} from './check.js';

function searchOf(params: Params): JsonSearch {
  return { allowWrapped: flag(params, 'allow_wrapped', false), extract: flag(params, 'extract_json', false) };
}

const NO_JSON = 'the answer is not JSON';

export const jsonValid: CheckFactory = (params) => {
  const search = searchOf(params);
  return (view) => {
    const found = findJson(view.last, search) !== undefined;
    return verdict(found, found ? 'the answer is JSON' : NO_JSON);
  };
};

export const jsonSchema: CheckFactory = (params) => {
  const search = searchOf(params);
  const schema = optionalObject(params, 'schema');
  if (schema === undefined) throw new ParameterFault('parameter "schema" is missing');
  const check = usable(() => compileSchema(schema), 'schema');
  return (view) => {
    const value = findJson(view.last, search);
    if (value === undefined) return fail(NO_JSON);
    const faults = check(value);
    return verdict(faults.length === 0, faults.length === 0 ? 'complies with the schema' : faults.join('; '));
  };
};

/**
 * A JMESPath expression over the answer. What it yields must equal `expected`, hold `contains`, lie within `min` and
 * `max`, and have `min_results` to `max_results` items, as far as these are given; with none of them it must yield something.
 */
export const jsonPath: CheckFactory = (params) => {
  const search = searchOf(params);
  const source = text(params, 'expression', 'jmespath_expression');
  const query = usable(() => compileQuery(source), 'expression');
  const tests = resultTests(params);
  return (view) => {
    const value = findJson(view.last, search);
    if (value === undefined) return fail(NO_JSON);
    const result = query(value);
    for (const test of tests) {
      const finding = test(result);
      if (finding !== undefined) return finding;
    }
    return pass(`"${source}" yields what is expected`);
  };
};

function usable<T>(compileIt: () => T, name: string): T {
  try {
    return compileIt();
  } catch (error) {
    throw new ParameterFault(`parameter "${name}" cannot be used: ${error instanceof Error ? error.message : error}`);
  }
}

type ResultTest = (result: JsonValue) => Finding | undefined;

function resultTests(params: Params): ResultTest[] {
  const tests: ResultTest[] = [];
  const { expected, contains } = params;
  if (expected !== undefined) {
    tests.push((result) => (equalJson(result, expected) ? undefined : differs(result, `not ${short(expected)}`)));
  }
  if (contains !== undefined) {
    tests.push((result) => (holds(result, contains) ? undefined : differs(result, `does not hold ${short(contains)}`)));
  }
  const min = optionalNumber(params, 'min');
  const max = optionalNumber(params, 'max');
  if (min !== undefined || max !== undefined) tests.push((result) => outside(result, min, max));
  const least = optionalNumber(params, 'min_results');
  const most = optionalNumber(params, 'max_results');
  if (least !== undefined || most !== undefined) tests.push((result) => countOutside(result, least, most));
  return tests;
}

function holds(result: JsonValue, part: JsonValue): boolean {
  if (typeof result === 'string') return result.includes(toText(part));
  if (!Array.isArray(result)) return false;
  const parts = Array.isArray(part) ? part : [part];
  return parts.every((wanted) => result.some((item) => equalJson(item, wanted)));
}

function outside(result: JsonValue, min = -Infinity, max = Infinity): Finding | undefined {
  if (typeof result !== 'number') return differs(result, 'not a number');
  return result >= min && result <= max ? undefined : differs(result, `not within ${min} to ${max}`);
}

function countOutside(result: JsonValue, min = 0, max = Infinity): Finding | undefined {
  const count = Array.isArray(result) ? result.length : Number(result !== null);
  return count >= min && count <= max ? undefined : fail(`yields ${count} results, not ${min} to ${max}`);
}

const differs = (result: JsonValue, how: string): Finding => fail(`yields ${short(result)}, ${how}`);

function short(value: JsonValue): string {
  const json = JSON.stringify(value);
  return json.length > 200 ? `${json.slice(0, 200)}…` : json;
}
