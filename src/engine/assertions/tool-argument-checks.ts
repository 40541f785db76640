/** Checks of what tools were called with and what they returned. */
import type { JsonValue } from '../../core/conversation.js';
import { equalPrinted } from '../json.js';
import { callConstraint } from './call-constraints.js';
import {
  type Check,
  type CheckFactory,
  fail,
  idle,
  objects,
  optionalNumber,
  optionalObject,
  optionalText,
  ParameterFault,
  type Params,
  pass,
  pattern,
  text,
  texts,
  verdict,
} from './check.js';
import { callsOf } from './tool-called-checks.js';

/** At least one call of the tool has all the expected values. */
export const toolArgs: CheckFactory = (params) => {
  const tool = text(params, 'tool_name');
  const expected = optionalObject(params, 'expected_args');
  if (expected === undefined) throw new ParameterFault('parameter "expected_args" is missing');
  return argsFound(tool, expected);
};

/** The same at the end of a conversation; nothing expected is nothing to miss. */
export const toolArgsSession: CheckFactory = (params) => {
  const tool = text(params, 'tool_name');
  const expected = optionalObject(params, 'expected_args');
  return expected === undefined ? idle('no arguments are expected') : argsFound(tool, expected);
};

function argsFound(tool: string, expected: { [key: string]: JsonValue }): Check {
  return (view) => {
    const calls = callsOf(view, tool);
    if (calls.length === 0) return fail(`"${tool}" was not called`);
    const found = calls.some((call) =>
      Object.entries(expected).every(([key, value]) => equalPrinted(call.args[key], value)),
    );
    return verdict(
      found,
      found ? 'a call has all expected arguments' : `no call of "${tool}" has all expected arguments`,
    );
  };
}

/** No call of the tool carries one of the values. */
export const toolArgsExcluded: CheckFactory = (params) => {
  const tool = text(params, 'tool_name');
  const excluded = Object.entries(optionalObject(params, 'excluded_args') ?? {});
  for (const [key, values] of Object.entries(optionalObject(params, 'forbidden_args') ?? {})) {
    for (const value of Array.isArray(values) ? values : [values]) excluded.push([key, value]);
  }
  return (view) => {
    for (const call of callsOf(view, tool)) {
      const hit = excluded.find(([key, value]) => Object.hasOwn(call.args, key) && equalPrinted(call.args[key], value));
      if (hit !== undefined) return fail(`a call of "${tool}" has ${hit[0]} = ${JSON.stringify(hit[1])}`);
    }
    return pass('no call has a forbidden argument');
  };
};

/** Every call of the tool complies; no call at all fails. */
export const toolCallsWithArgs: CheckFactory = (params) => {
  const tool = optionalText(params, 'tool_name', 'tool');
  const broken = callConstraint(params);
  return (view) => {
    const calls = callsOf(view, tool);
    if (calls.length === 0) return fail(`${tool === undefined ? 'no tool' : `"${tool}"`} was not called`);
    const faults = calls.map(broken).filter((fault) => fault !== undefined);
    return verdict(faults.length === 0, faults[0] ?? `${calls.length} calls comply`);
  };
};

/** Steps in order, each with constraints of its own. Score: steps done / all. */
export const toolCallChain: CheckFactory = (params) => {
  const steps = objects(params, 'steps').map((step) => ({ tool: text(step, 'tool'), broken: callConstraint(step) }));
  if (steps.length === 0) return idle('no steps are given');
  return (view) => {
    let done = 0;
    let reason = 'it was not called';
    for (const call of view.calls) {
      const step = steps[done];
      if (step === undefined || step.tool !== call.name) continue;
      const fault = step.broken(call);
      if (fault === undefined) done += 1;
      else reason = fault;
    }
    const missing = steps[done];
    const explanation =
      missing === undefined ? 'all steps were done' : `step ${done + 1}, "${missing.tool}": ${reason}`;
    return { score: done / steps.length, explanation };
  };
};

/** At least `occurrence` results hold all patterns. */
export const toolResultIncludes: CheckFactory = (params) => {
  const patterns = texts(params, 'patterns').map((words) => words.toLowerCase());
  return resultsFound(params, (result) => patterns.every((words) => result.toLowerCase().includes(words)));
};

/** At least `occurrence` results match the pattern. */
export const toolResultMatches: CheckFactory = (params) => {
  const wanted = pattern(text(params, 'pattern'));
  return resultsFound(params, (result) => wanted.test(result));
};

function resultsFound(params: Params, complies: (result: string) => boolean): ReturnType<CheckFactory> {
  const tool = optionalText(params, 'tool', 'tool_name');
  const occurrence = optionalNumber(params, 'occurrence') ?? 1;
  return (view) => {
    const count = callsOf(view, tool).filter((call) => complies(call.result)).length;
    return verdict(count >= occurrence, `${count} results comply, at least ${occurrence} asked for`);
  };
}

/** A field that a call of the tool once had is there in all later calls. */
export const invariantFieldsPreserved: CheckFactory = (params) => {
  const tool = text(params, 'tool');
  const fields = texts(params, 'fields');
  return (view) => {
    const calls = callsOf(view, tool);
    if (calls.length < 2) return pass(`"${tool}" was called ${calls.length} times: nothing to compare`);
    for (const field of fields) {
      const first = calls.findIndex((call) => Object.hasOwn(call.args, field));
      const lost = first < 0 ? -1 : calls.findIndex((call, index) => index > first && !Object.hasOwn(call.args, field));
      if (lost >= 0) return fail(`call ${lost + 1} of "${tool}" no longer has "${field}"`);
    }
    return pass('all fields are kept');
  };
};
