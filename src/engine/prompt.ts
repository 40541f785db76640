/** A prompt of the bundle, filled for a scenario. */
import type { LoadedPrompt } from '../bundle/bundle.js';
import { ArenaError } from '../core/errors.js';
import type { Guardrails } from './guardrails.js';
import { firstPlaceholder, render, type Variables } from './template.js';
import type { ToolPolicy } from './tools/policy.js';
import type { PreparedTool } from './tools/prepared-tool.js';

export interface PreparedPrompt {
  /** Its task_type. */
  task: string;
  /** The variables of turns, too. */
  variables: Variables;
  /** The system message; `extra` are variables that only a conversation has. Throws when a placeholder is left. */
  system(extra: readonly (readonly [string, string])[]): string;
  /** The tools that the prompt allows, by name. */
  tools: ReadonlyMap<string, PreparedTool>;
  toolPolicy: ToolPolicy;
  guardrails: Guardrails;
}

/** The system message of a prompt by what a conversation adds to its variables. */
export function systemMessage(prompt: LoadedPrompt, variables: Variables): PreparedPrompt['system'] {
  const template = prompt.spec.system_template;
  let plain: string | undefined;
  return (extra) => {
    if (extra.length > 0) return filled(prompt, render(template, new Map([...variables, ...extra])));
    plain ??= filled(prompt, render(template, variables));
    return plain;
  };
}

/** A placeholder that nothing fills is a mistake of the bundle: no model could make sense of it. */
function filled(prompt: LoadedPrompt, system: string): string {
  const left = firstPlaceholder(system);
  if (left === undefined) return system;
  throw new ArenaError({
    code: 'unresolved_variable',
    message: `${prompt.at(['spec', 'system_template'])} nothing fills {{${left.name}}} in the system prompt`,
    hint: 'declare a default, or give the variable in the Arena file, the scenario or with --var; placeholders are {{name}} without spaces',
  });
}
