/** What a persona is told about itself. */
import type { Bundle, Loaded } from '../bundle/bundle.js';
import { ArenaError } from '../core/errors.js';
import type { PersonaSpec } from '../schema/persona.js';
import { fragmentsOf } from './fragments.js';
import { toText } from './json.js';
import { placeOfPlaceholder } from './placeholder-place.js';
import { firstPlaceholder, render, type Variables } from './template.js';

/** Throws an `ArenaError` when there is no prompt, a variable is missing, or a placeholder is left. */
export function personaPrompt(persona: Loaded<PersonaSpec>, bundle: Bundle, variables: Variables): string {
  const { system_template: own, system_prompt: plain, prompt_activity: activity = '' } = persona.spec;
  const template = own ?? plain ?? bundle.prompts.get(activity)?.spec.system_template;
  if (template === undefined) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `${persona.at(['spec'])} persona "${persona.id}" has no system_template and no system_prompt`,
    });
  }
  const values = personaVariables(persona, bundle, variables);
  checkRequired(persona, values);
  // A template places goals and constraints itself; a plain prompt has no place for them but its end.
  const text = own === undefined && plain !== undefined ? withAims(plain, persona.spec) : template;
  const filled = render(text, values);
  const left = firstPlaceholder(filled);
  if (left === undefined) return filled;
  const path = ['spec', own === undefined ? 'system_prompt' : 'system_template'];
  throw new ArenaError({
    code: 'unresolved_variable',
    message: `${placeOfPlaceholder(bundle, persona, path, left.name)} nothing fills {{${left.name}}} in the persona's prompt`,
    hint: 'give it under optional_vars, in the scenario, or with --var',
  });
}

function checkRequired(persona: Loaded<PersonaSpec>, values: Variables): void {
  for (const [index, name] of (persona.spec.required_vars ?? []).entries()) {
    if ((values.get(name) ?? '') !== '') continue;
    throw new ArenaError({
      code: 'unresolved_variable',
      message: `${persona.at(['spec', 'required_vars', index])} persona "${persona.id}": required variable "${name}" has no value`,
      hint: `give it in the scenario (variables), or with --var ${name}=…`,
    });
  }
}

const list = (items: readonly string[] | undefined): string => (items ?? []).map((item) => `- ${item}`).join('\n');

function withAims(prompt: string, { goals = [], constraints = [], style }: PersonaSpec): string {
  const sections = [prompt.trimEnd()];
  if (goals.length > 0 && !prompt.includes('{{goals}}')) sections.push(`Your goals:\n${list(goals)}`);
  if (constraints.length > 0 && !prompt.includes('{{constraints}}')) {
    sections.push(`Your constraints:\n${list(constraints)}`);
  }
  const manner = [
    ...(style?.verbosity === undefined ? [] : [`Verbosity: ${style.verbosity}`]),
    ...(style?.challenge_level === undefined ? [] : [`Challenge level: ${style.challenge_level}`]),
    ...((style?.friction_tags ?? []).length === 0 ? [] : [`Friction: ${style?.friction_tags?.join(', ')}`]),
  ];
  if (manner.length > 0) sections.push(`Your manner:\n${list(manner)}`);
  return sections.length === 1 ? prompt : sections.join('\n\n');
}

function personaVariables(persona: Loaded<PersonaSpec>, bundle: Bundle, variables: Variables): Map<string, string> {
  const { spec } = persona;
  const values = new Map(variables);
  const { verbosity = 'medium', challenge_level = 'medium', friction_tags = [], ...further } = spec.style ?? {};
  const defaults = { name: spec.name ?? persona.id, description: spec.description ?? '', ...further };
  for (const [name, value] of [...Object.entries(spec.optional_vars ?? {}), ...Object.entries(defaults)]) {
    if (!values.has(name)) values.set(name, toText(value as never));
  }
  values.set('goals', list(spec.goals));
  values.set('constraints', list(spec.constraints));
  values.set('verbosity', verbosity);
  values.set('challenge_level', challenge_level);
  values.set('friction_tags', friction_tags.join(', '));
  for (const [name, text] of fragmentsOf(persona, spec.fragments, values, bundle)) values.set(name, text);
  return values;
}
