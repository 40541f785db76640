/** The shape of every check, and how it reads its parameters. */
import type { Bundle } from '../../bundle/bundle.js';
import type { JsonValue } from '../../core/conversation.js';
import type { OutsideServices } from '../../core/outside-services.js';
import { shorten } from '../../core/shorten.js';
import { isObject } from '../json.js';
import type { EnginePorts } from '../ports.js';
import { compilePattern, type Pattern, RE2_RULE } from '../regex.js';
import type { PreparedTool } from '../tools/prepared-tool.js';
import type { ConversationView } from './view.js';

export type Params = { readonly [name: string]: JsonValue | undefined };

export interface Finding {
  /** 0..1; absent when the check gives none. */
  score?: number;
  /** Scores of several answers to one question: whether most of them pass decides, in place of `score`. */
  samples?: readonly number[];
  explanation: string;
  /** There was nothing to judge it by: counts as passed, and reports show it as skipped. */
  skipped?: boolean;
  /** What was found, for reports. */
  value?: JsonValue;
}

/** What a check is made with. */
export interface CheckSetup {
  bundle: Bundle;
  /** Id of the eval whose own judges come before those of the Arena file; absent in scenarios. */
  evalId?: string;
}

/** What a check reaches while it runs. */
export interface CheckOutside extends Pick<EnginePorts, 'complete' | 'perform' | 'now' | 'signal'> {
  services: OutsideServices;
  /** Tools that a check may run: all of the bundle. */
  tools: Pick<ReadonlyMap<string, PreparedTool>, 'get'>;
  /** Scenario or eval that is judged. */
  scenario: string;
}

/** Most checks only look and answer at once; those that ask a model or a service come back later. */
export interface Check {
  (view: ConversationView, outside: CheckOutside): Finding | Promise<Finding>;
  /** Set when the parameters leave nothing to check, so that it always passes. */
  idle?: string;
  /**
   * Set when the score is a degree that hardly ever reaches 1, so that the check fails unless `min_score` is given, and
   * why an author may not expect that.
   */
  graded?: string;
  /** What was written and has no effect, and what happens instead. */
  unheeded?: string;
}

/**
 * Reads the parameters of a check once, so that the check itself only looks at conversations. Throws a `ParameterFault`
 * when they cannot be used: the check then fails with that explanation, whatever was said.
 */
export type CheckFactory = (params: Params, setup: CheckSetup) => Check;

export class ParameterFault extends Error {
  override readonly name = 'ParameterFault';
}

export const pass = (explanation: string): Finding => ({ score: 1, explanation });
export const fail = (explanation: string): Finding => ({ score: 0, explanation });
export const verdict = (passed: boolean, explanation: string): Finding => ({ score: passed ? 1 : 0, explanation });

/** A check that always passes, because its parameters ask for nothing. */
export const idle = (explanation: string): Check => Object.assign(() => pass(explanation), { idle: explanation });

/** First of the named parameters that is given. */
function given(params: Params, names: readonly string[]): [string, JsonValue] | undefined {
  for (const name of names) {
    const value = params[name];
    if (value !== undefined && value !== null) return [name, value];
  }
  return undefined;
}

export function optionalText(params: Params, ...names: string[]): string | undefined {
  const found = given(params, names);
  if (found === undefined) return undefined;
  const [name, value] = found;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw new ParameterFault(`parameter "${name}" must be a text`);
  return value;
}

export function text(params: Params, ...names: string[]): string {
  const value = optionalText(params, ...names);
  if (value === undefined || value === '') throw new ParameterFault(`parameter "${names[0]}" is missing`);
  return value;
}

export function optionalNumber(params: Params, ...names: string[]): number | undefined {
  const found = given(params, names);
  if (found === undefined) return undefined;
  const [name, value] = found;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new ParameterFault(`parameter "${name}" must be a number`);
  }
  return number;
}

export function number(params: Params, ...names: string[]): number {
  const value = optionalNumber(params, ...names);
  if (value === undefined) throw new ParameterFault(`parameter "${names[0]}" is missing`);
  return value;
}

export function flag(params: Params, name: string, otherwise: boolean): boolean {
  const value = params[name];
  if (value === undefined || value === null) return otherwise;
  if (typeof value !== 'boolean') throw new ParameterFault(`parameter "${name}" must be true or false`);
  return value;
}

/** A list of texts; a single text counts as a list of one. */
export function optionalTexts(params: Params, ...names: string[]): string[] | undefined {
  const found = given(params, names);
  if (found === undefined) return undefined;
  const [name, value] = found;
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item === 'object') throw new ParameterFault(`parameter "${name}" must be a list of texts`);
    return String(item);
  });
}

export function texts(params: Params, ...names: string[]): string[] {
  const values = optionalTexts(params, ...names);
  if (values === undefined || values.length === 0) throw new ParameterFault(`parameter "${names[0]}" is missing`);
  return values;
}

export function optionalObject(params: Params, name: string): { [key: string]: JsonValue } | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new ParameterFault(`parameter "${name}" must be a map`);
  return value;
}

/** A list of maps, e.g. the steps of a chain. */
export function objects(params: Params, name: string): { [key: string]: JsonValue }[] {
  const value = params[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw new ParameterFault(`parameter "${name}" must be a list of maps`);
  }
  return value;
}

export function pattern(source: string): Pattern {
  try {
    return compilePattern(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ParameterFault(`pattern "${shorten(source, 100)}" cannot be used: ${shorten(reason, 200)} (${RE2_RULE})`);
  }
}

/** Names in quotes, joined, for explanations. */
export const quoted = (names: Iterable<string>): string => [...names].map((name) => `"${name}"`).join(', ');
