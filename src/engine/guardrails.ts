/** Guardrails of a prompt: checks that replace a text which breaks them. */
import type { JsonValue, Violation } from '../core/conversation.js';
import type { Failure } from '../core/errors.js';
import type { ValidatorSpec } from '../schema/prompt-config.js';
import { type BoundedCheck, passes, usableCheck } from './assertions/assertion.js';
import { type CheckOutside, type CheckSetup, optionalNumber, ParameterFault } from './assertions/check.js';
import { canonicalType, findCheck, isWrapper } from './assertions/registry.js';
import { ConversationView } from './assertions/view.js';

/** What stands in place of a blocked text unless the guardrail has words of its own. */
const REPLACEMENT = "Sorry, we can't provide this response as it would violate our content policy.";

type Direction = Violation['direction'];

interface Guardrail extends BoundedCheck {
  type: string;
  directions: ReadonlySet<Direction>;
  replacement: string;
  /** Longer answers are cut to so many bytes instead of being replaced. */
  cutBytes?: number;
}

export interface Guardrails {
  list: readonly Guardrail[];
  /** Guardrails that cannot work as written and are left out, and parameters that nothing heeds. */
  warnings: string[];
  /** A guardrail that does not exist: every turn ends with it. */
  failure?: Failure;
}

export function compileGuardrails(specs: readonly ValidatorSpec[], setup: CheckSetup): Guardrails {
  const list: Guardrail[] = [];
  const warnings: string[] = [];
  let failure: Failure | undefined;
  for (const spec of specs) {
    if (spec.enabled === false) continue;
    if (findCheck(spec.type) === undefined && !isWrapper(spec.type)) {
      failure ??= { code: 'unsupported', message: `there is no guardrail "${spec.type}"` };
      continue;
    }
    try {
      const compiled = compileGuardrail(spec, setup);
      list.push(...compiled);
      warnings.push(...oddities(spec.type, compiled[0]));
    } catch (error) {
      if (!(error instanceof ParameterFault)) throw error;
      warnings.push(`guardrail ${spec.type} is left out: ${error.message}`);
    }
  }
  return { list, warnings, failure };
}

function oddities(type: string, guardrail: Guardrail | undefined): string[] {
  const unread = guardrail?.unread ?? [];
  const found = unread.map((name) => `guardrail ${type} does not know the parameter "${name}"`);
  const nothing = guardrail?.check.idle;
  return nothing === undefined ? found : [...found, `guardrail ${type} checks nothing: ${nothing}`];
}

/** Old names of parameters that guardrails, other than assertions, still understand. */
const RENAMED: { [type: string]: { [old: string]: string } } = {
  content_excludes: { words: 'patterns' },
  max_length: { max_characters: 'max', max_chars: 'max' },
  sentence_count: { max_sentences: 'max' },
  field_presence: { required_fields: 'fields' },
};

type GuardrailParams = { [name: string]: JsonValue };

/** One guardrail, or two where input and output are judged differently. */
function compileGuardrail(spec: ValidatorSpec, setup: CheckSetup): Guardrail[] {
  const { direction = 'output', action: _, ...written } = spec.params ?? {};
  const canonical = canonicalType(spec.type);
  const params: GuardrailParams = {};
  for (const [name, value] of Object.entries(written)) params[RENAMED[canonical]?.[name] ?? name] = value;
  if (canonical === 'max_length' && params.max === undefined) throw new ParameterFault('parameter "max" is missing');
  const base = {
    type: spec.type,
    replacement: spec.message ?? REPLACEMENT,
    cutBytes: canonical === 'max_length' ? optionalNumber(params, 'max') : undefined,
  };
  const directions = directionsOf(direction);
  if (spec.type !== 'banned_words' || params.match_mode !== undefined) {
    return [{ ...base, directions: new Set(directions), ...usableCheck(spec.type, params, setup) }];
  }
  // Answers are judged while they stream in, where the end of a word is not known yet: any occurrence counts. Input
  // is there as a whole: only whole words count.
  return directions.map((one) => {
    const mode = one === 'output' ? 'substring' : 'word_boundary';
    return { ...base, directions: new Set([one]), ...usableCheck(spec.type, { ...params, match_mode: mode }, setup) };
  });
}

function directionsOf(written: JsonValue): Direction[] {
  if (written === 'both') return ['input', 'output'];
  if (written === 'input' || written === 'output') return [written];
  throw new ParameterFault('parameter "direction" must be input, output or both');
}

export interface Guarded {
  /** The text as it is to be used. */
  text: string;
  violations: Violation[];
}

/** Applies all guardrails in order; a later one sees what an earlier one left. A promise only where there are any. */
export function guard(
  guardrails: Guardrails,
  direction: Direction,
  text: string,
  outside: CheckOutside,
): Guarded | Promise<Guarded> {
  return guardrails.list.length === 0 ? { text, violations: [] } : applyAll(guardrails, direction, text, outside);
}

async function applyAll(
  guardrails: Guardrails,
  direction: Direction,
  text: string,
  outside: CheckOutside,
): Promise<Guarded> {
  let current = text;
  const violations: Violation[] = [];
  for (const guardrail of guardrails.list) {
    if (!guardrail.directions.has(direction)) continue;
    const finding = await guardrail.check(ConversationView.ofText(current), outside);
    if (passes(finding, guardrail.bounds)) continue;
    const { score = 0, explanation } = finding;
    violations.push({ validator: guardrail.type, direction, score, message: explanation });
    current = enforce(guardrail, direction, current);
  }
  return { text: current, violations };
}

function enforce(guardrail: Guardrail, direction: Direction, text: string): string {
  const { cutBytes } = guardrail;
  if (direction === 'input' || cutBytes === undefined || Buffer.byteLength(text) <= cutBytes)
    return guardrail.replacement;
  return cutToBytes(text, cutBytes);
}

/** The longest beginning of a text that fits, without splitting a character. */
function cutToBytes(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  let end = Math.max(0, Math.floor(bytes));
  // 0b10xxxxxx continues a character of UTF-8.
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return whole.toString('utf8', 0, end);
}
