/** Checks of which tools were called, and how often. They see every call of the conversation so far. */
import {
  type Check,
  type CheckFactory,
  flag,
  objects,
  optionalNumber,
  optionalText,
  optionalTexts,
  ParameterFault,
  pass,
  quoted,
  texts,
  verdict,
} from './check.js';
import { longestPrefix, sequenceOf } from './sequence.js';
import type { CallView, ConversationView } from './view.js';

/** Each named tool was called often enough. Calls that ended in an error do not count. Score: found / all. */
export const toolsCalled: CheckFactory = (params) => {
  const names = optionalTexts(params, 'tool_names', 'tools') ?? [];
  if (names.length === 0) throw new ParameterFault('parameter "tool_names" (or "tools") is missing');
  const min = optionalNumber(params, 'min_calls') ?? 1;
  const max = optionalNumber(params, 'max_calls') ?? Infinity;
  const ignoreValidation = flag(params, 'ignore_validation', false);
  const requireArgs = flag(params, 'require_args', false);
  const counts = (call: CallView) =>
    (call.error === undefined || (ignoreValidation && call.invalidArgs === true)) &&
    (!requireArgs || Object.keys(call.args).length > 0);
  return (view) => {
    const called = names.map((name) => view.calls.filter((call) => call.name === name && counts(call)).length);
    const tooMany = names.filter((_, index) => (called[index] ?? 0) > max);
    if (tooMany.length > 0) return { score: 0, explanation: `called more than ${max} times: ${quoted(tooMany)}` };
    const tooFew = names.filter((_, index) => (called[index] ?? 0) < min);
    const score = (names.length - tooFew.length) / names.length;
    const missing = tooFew.map((name) => `"${name}" (${called[names.indexOf(name)]} of ${min})`).join(', ');
    return { score, explanation: missing === '' ? 'all tools were called' : `not called often enough: ${missing}` };
  };
};

export const toolsNotCalled: CheckFactory = (params) => {
  const names = texts(params, 'tool_names', 'tools');
  return (view) => {
    const called = names.filter((name) => view.calls.some((call) => call.name === name));
    return verdict(called.length === 0, called.length === 0 ? 'none of them was called' : `called: ${quoted(called)}`);
  };
};

/** Calls of one tool, or of all without `tool`, lie within `min` and `max`. */
export const toolCallCount: CheckFactory = (params) => {
  const tool = optionalText(params, 'tool');
  const min = optionalNumber(params, 'min') ?? 0;
  const max = optionalNumber(params, 'max') ?? Infinity;
  return (view) => {
    const count = callsOf(view, tool).length;
    const bounds = `${min} to ${max === Infinity ? 'any number' : max}`;
    return verdict(count >= min && count <= max, `${count} calls, ${bounds} expected`);
  };
};

/** The tools were called in this order; others may come between. Score: matched / all. */
export const toolCallSequence: CheckFactory = (params) => {
  const sequence = texts(params, 'sequence');
  return (view) =>
    sequenceOf(
      sequence,
      view.calls.map(({ name }) => name),
    );
};

/** None of the sequences was called in order. */
export const toolAntiPattern: CheckFactory = (params) => {
  const patterns = objects(params, 'patterns').map((entry) => ({
    sequence: texts(entry, 'sequence'),
    message: optionalText(entry, 'message'),
  }));
  return (view) => {
    const names = view.calls.map(({ name }) => name);
    const hit = patterns.find(({ sequence }) => longestPrefix(sequence, names) === sequence.length);
    if (hit === undefined) return pass('none of the patterns occurs');
    return verdict(false, `${hit.sequence.join(' → ')} occurs${hit.message === undefined ? '' : `: ${hit.message}`}`);
  };
};

/** No tool is called more than `max_repeats` times in a row. `tools` limits the check to these. */
export const toolNoRepeat: CheckFactory = (params) => {
  const tools = optionalTexts(params, 'tools') ?? [];
  const max = optionalNumber(params, 'max_repeats') ?? 1;
  return (view) => {
    let run = 0;
    let previous: string | undefined;
    for (const { name } of view.calls) {
      run = name === previous ? run + 1 : 1;
      previous = name;
      if (run > max && (tools.length === 0 || tools.includes(name))) {
        return verdict(false, `"${name}" was called more than ${max} times in a row`);
      }
    }
    return pass(`no tool was called more than ${max} times in a row`);
  };
};

/**
 * Calls, errors and their share stay within limits. Score within them: 1 − calls / max_calls, so that a bar above 0 is
 * set with `min_score`; without `max_calls`: 1.
 */
export const toolEfficiency: CheckFactory = (params) => {
  const maxCalls = optionalNumber(params, 'max_calls');
  const maxErrors = optionalNumber(params, 'max_errors');
  const maxRate = optionalNumber(params, 'max_error_rate');
  if (maxCalls === undefined && maxErrors === undefined && maxRate === undefined) {
    throw new ParameterFault('one of "max_calls", "max_errors" and "max_error_rate" is needed');
  }
  const efficiency: Check = (view) => {
    const calls = view.calls.length;
    const errors = view.calls.filter((call) => call.error !== undefined).length;
    const rate = calls === 0 ? 0 : errors / calls;
    const over = calls > (maxCalls ?? Infinity) || errors > (maxErrors ?? Infinity) || rate > (maxRate ?? Infinity);
    const explanation = `${calls} calls, ${errors} of them ended in an error`;
    if (over) return { score: 0, explanation: `${explanation}: over the limit` };
    return { score: maxCalls === undefined || maxCalls === 0 ? 1 : 1 - calls / maxCalls, explanation };
  };
  return maxCalls ? Object.assign(efficiency, { graded: 'each call lowers it' }) : efficiency;
};

export const noToolErrors: CheckFactory = (params) => {
  const tools = optionalTexts(params, 'tools') ?? [];
  return (view) => {
    const failed = view.calls.filter(
      (call) => call.error !== undefined && (tools.length === 0 || tools.includes(call.name)),
    );
    const [first] = failed;
    return first === undefined
      ? pass('no call ended in an error')
      : verdict(false, `${failed.length} calls ended in an error, the first: ${first.name}: ${first.error}`);
  };
};

/** Calls of one tool, or of all. */
export function callsOf(view: ConversationView, tool: string | undefined): readonly CallView[] {
  return tool === undefined ? view.calls : view.calls.filter((call) => call.name === tool);
}
