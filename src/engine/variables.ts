/** The variables of a conversation's templates: where they come from, and whether they comply. */
import type { Bundle, Loaded, LoadedPrompt } from '../bundle/bundle.js';
import type { JsonValue } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { PromptConfigSpec } from '../schema/prompt-config.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import { fragmentsOf } from './fragments.js';
import { equalJson, toText } from './json.js';
import { compilePattern } from './regex.js';
import type { Variables } from './template.js';

type VariableSpec = NonNullable<PromptConfigSpec['variables']>[number];
type JsonMap = { readonly [name: string]: JsonValue };

/** `context_slot` is a summary for prompts; longer ones are cut. */
const CONTEXT_SLOT_CHARACTERS = 150;

export interface VariableSources {
  bundle: Bundle;
  prompt: LoadedPrompt;
  scenario: Loaded<ScenarioSpec>;
  region: string;
  /** Beat everything. */
  runtime: JsonMap;
}

/**
 * High to low: runtime, scenario, Arena file, the prompt's defaults, automatic ones. Throws an `ArenaError` when a
 * required variable is missing or empty, or when a value does not comply with its declaration.
 */
export function resolveVariables(sources: VariableSources): Variables {
  const { bundle, prompt, scenario, runtime } = sources;
  const values = new Map<string, JsonValue>(Object.entries(automaticVariables(sources)));
  const declared = prompt.spec.variables ?? [];
  for (const { name, default: value } of declared) if (value !== undefined && value !== null) values.set(name, value);
  for (const layer of [prompt.vars as JsonMap, scenario.spec.variables ?? {}, runtime]) {
    for (const [name, value] of Object.entries(layer))
      if (value !== null && value !== undefined) values.set(name, value);
  }
  for (const [index, variable] of declared.entries()) {
    checkVariable(variable, values.get(variable.name), prompt.at(['spec', 'variables', index]));
  }
  const texts = new Map([...values].map(([name, value]) => [name, toText(value)]));
  for (const [name, text] of fragmentsOf(prompt, prompt.spec.fragments, texts, bundle)) texts.set(name, text);
  return texts;
}

function automaticVariables({ scenario, region }: VariableSources): { [name: string]: string } {
  const { description = '', context_metadata: context, turns = [] } = scenario.spec;
  const first = turns.find((turn) => turn.role === 'user')?.content ?? '';
  const slot = [description.trim(), first.trim()].filter((text) => text !== '').join(' ');
  return {
    region,
    domain: context?.domain ?? '',
    user_role: context?.user_role ?? '',
    user_context: context?.user_context ?? '',
    context_slot: [...slot.slice(0, 2 * CONTEXT_SLOT_CHARACTERS)].slice(0, CONTEXT_SLOT_CHARACTERS).join(''),
  };
}

function checkVariable(variable: VariableSpec, value: JsonValue | undefined, place: string): void {
  if (value === undefined || value === '') {
    if (variable.required !== true) return;
    throw new ArenaError({
      code: 'unresolved_variable',
      message: `${place} required variable "${variable.name}" has no value`,
      hint: `${variable.binding === undefined ? '' : 'no host fills its binding here: '}give it in the Arena file (prompt_configs[].vars), in the scenario (variables), or with --var ${variable.name}=…`,
    });
  }
  const fault = typeFault(variable, value) ?? ruleFault(variable, value);
  if (fault === undefined) return;
  throw new ArenaError({ code: 'invalid_input', message: `${place} variable "${variable.name}" ${fault}` });
}

/** Texts are taken for every type that they can be read as: variables often come from a command line. */
function typeFault({ type = 'string' }: VariableSpec, value: JsonValue): string | undefined {
  if (type === 'number' && !Number.isFinite(asNumber(value))) return 'must be a number';
  if (type === 'boolean' && value !== true && value !== false && value !== 'true' && value !== 'false') {
    return 'must be true or false';
  }
  if (type === 'array' && !Array.isArray(value) && typeof value !== 'string') return 'must be a list';
  if (type === 'object' && (typeof value !== 'object' || Array.isArray(value)) && typeof value !== 'string') {
    return 'must be a map';
  }
  return undefined;
}

const asNumber = (value: JsonValue): number =>
  typeof value === 'string' && value.trim() !== '' ? Number(value) : typeof value === 'number' ? value : Number.NaN;

function ruleFault({ validation: rules }: VariableSpec, value: JsonValue): string | undefined {
  if (rules === undefined) return undefined;
  const text = toText(value);
  const length = Array.isArray(value) ? value.length : [...text].length;
  if (rules.enum !== undefined && !rules.enum.some((one) => equalJson(one, value))) {
    return `must be one of ${JSON.stringify(rules.enum)}`;
  }
  if (rules.minLength !== undefined && length < rules.minLength)
    return `must have at least ${rules.minLength} characters`;
  if (rules.maxLength !== undefined && length > rules.maxLength)
    return `must have at most ${rules.maxLength} characters`;
  if (rules.min !== undefined && !(asNumber(value) >= rules.min)) return `must be at least ${rules.min}`;
  if (rules.max !== undefined && !(asNumber(value) <= rules.max)) return `must be at most ${rules.max}`;
  return rules.pattern === undefined ? undefined : patternFault(rules.pattern, text);
}

function patternFault(pattern: string, text: string): string | undefined {
  try {
    return compilePattern(pattern).test(text) ? undefined : `must match /${pattern}/`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `has a validation pattern that cannot be used: ${reason}`;
  }
}
