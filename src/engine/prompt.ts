/** A prompt of the bundle, filled for a scenario. */
import type { Bundle, LoadedPrompt } from '../bundle/bundle.js';
import { ArenaError } from '../core/errors.js';
import type { CallParameters } from '../core/provider.js';
import type { Guardrails } from './guardrails.js';
import type { PackEval } from './pack-evals.js';
import { placeOfPlaceholder } from './placeholder-place.js';
import type { PromptForModel } from './prompt-for-model.js';
import { firstPlaceholder, insert, render, type Variables } from './template.js';
import type { ToolPolicy } from './tools/policy.js';
import type { PreparedTool } from './tools/prepared-tool.js';

export interface PreparedPrompt {
  /** Its task_type. */
  task: string;
  /** The variables of turns, too. */
  variables: Variables;
  /**
   * The system message; `extra` are variables that only a conversation has, and that those of the bundle beat. Throws
   * when a placeholder is left.
   */
  system(extra: readonly (readonly [string, string])[]): string;
  /** Its own sampling, for the model that it was prepared for. */
  parameters: CallParameters;
  /** The tools that the prompt allows, by name. */
  tools: ReadonlyMap<string, PreparedTool>;
  toolPolicy: ToolPolicy;
  guardrails: Guardrails;
  evals: readonly PackEval[];
}

export interface SystemSource {
  bundle: Bundle;
  prompt: LoadedPrompt;
  /** The prompt as one model gets it. */
  model: PromptForModel;
  variables: Variables;
}

/** The system message of a prompt by what a conversation adds to its variables. */
export function systemMessage(source: SystemSource): PreparedPrompt['system'] {
  const { variables, model } = source;
  let rendered: string | undefined;
  let whole: string | undefined;
  return (extra) => {
    rendered ??= render(model.template, variables);
    if (extra.length === 0) {
      whole ??= filled(source, rendered);
      return whole;
    }
    const own = new Map(extra);
    return insert(filled(source, rendered, own), own);
  };
}

/** A placeholder that nothing fills is a mistake of the bundle: no model could make sense of it. */
function filled({ bundle, prompt, model }: SystemSource, system: string, own?: Variables): string {
  const left = firstPlaceholder(system, own);
  if (left === undefined) return system;
  throw new ArenaError({
    code: 'unresolved_variable',
    message: `${placeOfPlaceholder(bundle, prompt, model.path, left.name)} nothing fills {{${left.name}}} in the system prompt`,
    hint: 'declare a default, or give the variable in the Arena file, the scenario or with --var; placeholders are {{name}} without spaces',
  });
}
