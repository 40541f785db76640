/** Constraints on a single tool call, as several checks and the steps of a chain have them. */
import { equalPrinted, toText } from '../json.js';
import { flag, optionalObject, optionalText, optionalTexts, type Params, pattern, quoted } from './check.js';
import type { CallView } from './view.js';

/** What is wrong with a call, or nothing. */
export type CallConstraint = (call: CallView) => string | undefined;

/** All constraints of `params` in one; it names the first that is broken. */
export function callConstraint(params: Params): CallConstraint {
  const constraints = [...argumentConstraints(params), ...resultConstraints(params)];
  return (call) => {
    for (const constraint of constraints) {
      const fault = constraint(call);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** `expected_args` (null = any value, but present) and `args_match` (patterns). */
function argumentConstraints(params: Params): CallConstraint[] {
  const expected = Object.entries(optionalObject(params, 'expected_args') ?? {});
  const matches = Object.entries(optionalObject(params, 'args_match') ?? {});
  return [
    ...expected.map(([key, value]): CallConstraint => {
      const complies = (call: CallView) =>
        value === null ? call.args[key] !== undefined : equalPrinted(call.args[key], value);
      return (call) => (complies(call) ? undefined : `${key} is ${JSON.stringify(call.args[key]) ?? 'missing'}`);
    }),
    ...matches.map(([key, source]): CallConstraint => {
      const wanted = pattern(toText(source));
      return ({ args: { [key]: given } }) =>
        given !== undefined && wanted.test(toText(given)) ? undefined : `${key} does not match /${wanted.source}/`;
    }),
  ];
}

/** `result_includes`, `result_matches` and `no_error`. */
function resultConstraints(params: Params): CallConstraint[] {
  const constraints: CallConstraint[] = [];
  const includes = optionalTexts(params, 'result_includes') ?? [];
  constraints.push(({ result }) => {
    const missing = includes.filter((part) => !result.toLowerCase().includes(part.toLowerCase()));
    return missing.length === 0 ? undefined : `the result does not hold ${quoted(missing)}`;
  });
  const source = optionalText(params, 'result_matches');
  if (source !== undefined) {
    const wanted = pattern(source);
    constraints.push(({ result }) => (wanted.test(result) ? undefined : `the result does not match /${source}/`));
  }
  if (flag(params, 'no_error', false)) {
    constraints.push(({ error }) => (error === undefined ? undefined : `it ended in an error: ${error}`));
  }
  return constraints;
}
