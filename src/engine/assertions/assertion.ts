/** From an assertion of the bundle to a function of the conversation: conditions, check, pass rule. */
import type { AssertionResult, JsonValue } from '../../core/conversation.js';
import { ArenaError, isPassing } from '../../core/errors.js';
import type { AssertionSpec } from '../../schema/assertion.js';
import { allEnded } from '../all-ended.js';
import { isObject } from '../json.js';
import {
  type Check,
  type CheckOutside,
  type CheckSetup,
  type Finding,
  fail,
  optionalNumber,
  ParameterFault,
  type Params,
  pattern,
} from './check.js';
import { recordedParams } from './recorded-params.js';
import { findCheck, isWrapper } from './registry.js';
import type { ConversationView } from './view.js';

export type Level = AssertionResult['level'];

export interface Assertion {
  /** False when its `when` is not met: then it is skipped. */
  applies(view: ConversationView): boolean;
  /** A promise only where the check asks somebody. */
  evaluate(view: ConversationView, outside: CheckOutside): AssertionResult | Promise<AssertionResult>;
}

/** Both ends of the scores that pass. */
export interface ScoreBounds {
  min: number;
  max: number;
}

/** A check with the bounds of its score, which any check takes from its parameters. */
export interface BoundedCheck {
  check: Check;
  bounds: ScoreBounds;
  /** Parameters that the check does not know, and so does not heed. */
  unread: string[];
}

/** A check without a score passes, and so does one that was skipped. */
export function passes({ score, samples, skipped }: Finding, { min, max }: ScoreBounds): boolean {
  const isWithin = (one: number) => one >= min && one <= max;
  if (skipped || score === undefined) return true;
  return samples === undefined ? isWithin(score) : samples.filter(isWithin).length * 2 > samples.length;
}

/** `source` is where the assertion stands, `file:line:col`. */
export function compileAssertion(spec: AssertionSpec, level: Level, source: string, setup: CheckSetup): Assertion {
  const { check, bounds, applies } = compileSpec(spec, setup);
  const base: Omit<AssertionResult, 'passed' | 'explanation'> = { level, type: spec.type };
  if (spec.params !== undefined) base.params = recordedParams(spec.type, spec.params);
  if (spec.message !== undefined) base.message = spec.message;
  if (spec.pass_threshold !== undefined) base.passThreshold = spec.pass_threshold;
  base.source = source;
  const found = (finding: Finding): AssertionResult => {
    const { score, explanation, skipped, value } = finding;
    // By name: spreading costs more than most checks.
    const result: AssertionResult = {
      level,
      type: spec.type,
      params: base.params,
      message: base.message,
      passThreshold: base.passThreshold,
      source,
      passed: passes(finding, bounds),
      score,
      explanation,
    };
    if (skipped) result.skipped = true;
    if (value !== undefined) result.value = value;
    return result;
  };
  const failed = (error: unknown): AssertionResult => {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...base, passed: false, score: 0, explanation: 'the check could not be carried out', error: reason };
  };
  return {
    applies,
    evaluate(view, outside) {
      if (!applies(view)) {
        return { ...base, passed: true, skipped: true, explanation: 'skipped: its conditions are not met' };
      }
      try {
        const finding = check(view, outside);
        return finding instanceof Promise ? finding.then(found).catch(unlessPassing(outside, failed)) : found(finding);
      } catch (error) {
        return failed(error);
      }
    },
  };
}

/**
 * A judge that cannot be reached for the moment is no verdict on the conversation: the failure goes on, so that the item
 * is tried again. Everything else fails the check.
 */
function unlessPassing(outside: CheckOutside, failed: (error: unknown) => AssertionResult) {
  return (error: unknown): AssertionResult => {
    if (outside.signal.aborted || (error instanceof ArenaError && isPassing(error.failure))) throw error;
    return failed(error);
  };
}

/** Never throws: a check that cannot be used fails with the reason, whatever was said. */
function compileSpec(spec: AssertionSpec, setup: CheckSetup): BoundedCheck & { applies: Condition } {
  try {
    return usableSpec(spec, setup);
  } catch (error) {
    if (!(error instanceof ParameterFault)) throw error;
    const finding = fail(error.message);
    return { check: () => finding, bounds: { min: 1, max: Infinity }, unread: [], applies: () => true };
  }
}

function usableSpec(spec: AssertionSpec, setup: CheckSetup): BoundedCheck & { applies: Condition } {
  return { ...usableCheck(spec.type, spec.params ?? {}, setup), applies: compileCondition(spec.when) };
}

class UnknownCheck extends ParameterFault {}

/**
 * What is odd about an assertion, before anything was said: that it can never pass, or what it does not heed. Types that
 * do not exist are left to those who list what a version cannot run.
 */
export function complaintsOf(spec: AssertionSpec, setup: CheckSetup): string[] {
  try {
    const { check, unread, bounds } = usableSpec(spec, setup);
    const complaints = unread.map((name) => `${spec.type} does not know the parameter "${name}"`);
    if (bounds.min > Math.min(1, bounds.max)) {
      const least = bounds.min > 1 ? '1, the highest score' : `max_score ${bounds.max}`;
      complaints.push(`${spec.type} can never pass: min_score ${bounds.min} is above ${least}`);
    }
    if (check.idle !== undefined) complaints.push(`${spec.type} checks nothing: ${check.idle}`);
    if (check.unheeded !== undefined) complaints.push(`${spec.type}: ${check.unheeded}`);
    if (check.graded !== undefined && spec.params?.min_score === undefined) {
      complaints.push(`${spec.type} passes at a score of 1 only, set min_score: ${check.graded}`);
    }
    return complaints;
  } catch (error) {
    if (error instanceof UnknownCheck) return [];
    if (error instanceof ParameterFault) return [`${spec.type} can never pass: ${error.message}`];
    throw error;
  }
}

/** Throws a `ParameterFault` when the type is unknown or its parameters cannot be used. */
export function usableCheck(type: string, written: Params, setup: CheckSetup): BoundedCheck {
  const { min_score: _, max_score: __, ...params } = written;
  const bounds = {
    min: optionalNumber(written, 'min_score') ?? 1,
    max: optionalNumber(written, 'max_score') ?? Infinity,
  };
  if (isWrapper(type)) {
    const inner = params.eval_type;
    if (typeof inner !== 'string' || isWrapper(inner)) throw new ParameterFault('parameter "eval_type" is missing');
    return { ...usableCheck(inner, innerParams(params.eval_params), setup), bounds };
  }
  const factory = findCheck(type);
  if (factory === undefined) throw new UnknownCheck(`there is no check "${type}"`);
  // Published bundles often put the author's words inside the parameters.
  const read = new Set<PropertyKey>(['message']);
  const watched = new Proxy(params, {
    get(target, name) {
      read.add(name);
      return typeof name === 'string' && Object.hasOwn(target, name) ? target[name] : undefined;
    },
  });
  const check = factory(watched, setup);
  return { check, bounds, unread: Object.keys(params).filter((name) => !read.has(name)) };
}

function innerParams(params: JsonValue | undefined): Params {
  if (params === undefined || params === null) return {};
  if (!isObject(params)) throw new ParameterFault('parameter "eval_params" must be a map');
  return params;
}

type Condition = (view: ConversationView) => boolean;

function compileCondition(when: AssertionSpec['when']): Condition {
  if (when === undefined) return () => true;
  const conditions: Condition[] = [];
  const { tool_called: name, tool_called_pattern: source, any_tool_called: any, min_tool_calls: min } = when;
  if (name !== undefined) conditions.push(({ calls }) => calls.some((call) => call.name === name));
  if (source !== undefined) {
    const wanted = pattern(source);
    conditions.push(({ calls }) => calls.some((call) => wanted.test(call.name)));
  }
  if (any === true) conditions.push(({ calls }) => calls.length > 0);
  if (min !== undefined) conditions.push(({ calls }) => calls.length >= min);
  return (view) => conditions.every((condition) => condition(view));
}

/** Results in the order of the bundle, those whose conditions are not met first. A promise only where a check asks. */
export function evaluateAll(
  assertions: readonly Assertion[],
  view: ConversationView,
  outside: CheckOutside,
): AssertionResult[] | Promise<AssertionResult[]> {
  const idle = assertions.filter((assertion) => !assertion.applies(view));
  const ordered = idle.length === 0 ? assertions : [...idle, ...assertions.filter((one) => !idle.includes(one))];
  const found = ordered.map((assertion) => assertion.evaluate(view, outside));
  return isKnown(found) ? found : allEnded(found.map(async (one) => one));
}

function isKnown(found: (AssertionResult | Promise<AssertionResult>)[]): found is AssertionResult[] {
  return !found.some((one) => one instanceof Promise);
}
