/** What the steps of compositions and the members of a team need of the bundle. */
import type { ArenaSpec } from '../../schema/arena.js';

export interface UsedBySteps {
  /** Task types. */
  prompts: string[];
  tools: string[];
}

export function usedBySteps({ compositions = {}, agents, workflow }: ArenaSpec): UsedBySteps {
  const steps = Object.values(compositions).flatMap((composition) =>
    composition.steps.flatMap((step) => {
      if (step.kind === 'branch') return [];
      return step.kind === 'parallel' ? step.branches : [step];
    }),
  );
  const members = Object.entries(agents?.members ?? {}).map(
    ([name, { state }]) => workflow?.states[state ?? '']?.prompt_task ?? name,
  );
  return {
    prompts: [...members, ...steps.flatMap((step) => (step.kind === 'tool' ? [] : step.prompt_task))],
    tools: steps.flatMap((step) =>
      step.kind === 'tool' ? step.tool : step.kind === 'agent' ? (step.tools ?? []) : [],
    ),
  };
}
