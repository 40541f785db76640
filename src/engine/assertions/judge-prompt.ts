/** A judge's system prompt that the author wrote as a PromptConfig, filled with what is judged. */
import type { LoadedPrompt } from '../../bundle/bundle.js';
import { judgePromptNames } from '../../bundle/judge-prompts.js';
import type { JsonValue } from '../../core/conversation.js';
import { fragmentsOf } from '../fragments.js';
import { toText } from '../json.js';
import { render } from '../template.js';
import { type CheckSetup, optionalText, ParameterFault, type Params, quoted } from './check.js';

/** What a judge's prompt may hold as `{{name}}`; what a check has nothing for is empty. */
const NAMES = [
  'criteria',
  'rubric',
  'response',
  'conversation',
  'question',
  'tool_calls',
  'contexts',
  'reference',
  'agent_role',
] as const;

export type JudgeVariable = (typeof NAMES)[number];

export interface SystemPrompt {
  /** What it holds, and so need not be said again. */
  uses: ReadonlySet<JudgeVariable>;
  /** Why the prompt that was named is not the one that is used. */
  unheeded?: string;
  fill(textFor: (name: JudgeVariable) => string): string;
}

const PLACEHOLDER = /\{\{([^{}]+)\}\}/g;

const fixed = (text: string): SystemPrompt => ({ uses: new Set(), fill: () => text });

/**
 * By `system_prompt`, else the prompt that `prompt` names, else the one of `byDefault`, else `own`: also where there is no
 * such prompt, or nothing fills one of its placeholders. A verdict then rests on criteria and rubric alone.
 */
export function systemPromptFor(params: Params, setup: CheckSetup, own: string, byDefault?: string): SystemPrompt {
  const written = optionalText(params, 'system_prompt');
  const name = optionalText(params, 'prompt') || byDefault;
  if (written) return fixed(written);
  if (!name) return fixed(own);
  try {
    return namedPrompt(name, params, setup);
  } catch (error) {
    if (!(error instanceof ParameterFault)) throw error;
    return { ...fixed(own), unheeded: `${error.message}; the judge gets the standard prompt` };
  }
}

function namedPrompt(name: string, params: Params, setup: CheckSetup): SystemPrompt {
  const prompts = judgePromptNames(setup.bundle);
  const prompt = prompts.get(name);
  if (prompt !== undefined) return filledBy(prompt, params, setup);
  const known = prompts.size === 0 ? 'there is none' : `there are: ${quoted([...prompts.keys()].slice(0, 10))}`;
  throw new ParameterFault(`no prompt is called "${name}"; ${known}; words of your own go into system_prompt`);
}

function filledBy(prompt: LoadedPrompt, params: Params, { bundle }: CheckSetup): SystemPrompt {
  const texts = new Map<string, string>();
  const defaults = (prompt.spec.variables ?? []).map(({ name, default: value }): [string, unknown] => [name, value]);
  for (const [name, value] of [...defaults, ...Object.entries(prompt.vars)]) {
    if (value !== undefined && value !== null) texts.set(name, toText(value as JsonValue));
  }
  for (const [name, text] of fragmentsOf(prompt, prompt.spec.fragments, texts, bundle)) texts.set(name, text);
  // What the check has comes first; what the author gave under the same name fills in for it.
  const otherwise = new Map([...texts].filter(([name]) => isVariable(name)));
  for (const name of otherwise.keys()) texts.delete(name);
  const template = render(prompt.spec.system_template, texts);
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  const unknown = names.find((name) => !isVariable(name));
  if (unknown !== undefined)
    throw new ParameterFault(`nothing fills {{${unknown}}} in the judge prompt "${prompt.id}"`);
  for (const { name, required } of prompt.spec.variables ?? []) {
    const isGiven = texts.has(name) || otherwise.has(name) || (isVariable(name) && !isMissing(name, params));
    if (required && !isGiven) throw new ParameterFault(`the judge prompt "${prompt.id}" needs "${name}"`);
  }
  return {
    uses: new Set(names.filter(isVariable)),
    // In one pass: what was said is no template.
    fill: (textFor) =>
      template.replace(PLACEHOLDER, (_, name: JudgeVariable) => textFor(name) || otherwise.get(name) || ''),
  };
}

const isVariable = (name: string): name is JudgeVariable => (NAMES as readonly string[]).includes(name);

/** What only the author can say; the rest comes from the conversation. */
function isMissing(name: string, params: Params): boolean {
  return (name === 'criteria' || name === 'rubric') && (params[name] === undefined || params[name] === '');
}
