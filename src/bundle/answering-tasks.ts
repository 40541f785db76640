import type { ArenaSpec } from '../schema/arena.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import { usedBySteps } from './compositions/used-by-steps.js';

/** Tasks of the prompts that may answer in a scenario: its own, and those of states, agents and steps. */
export function answeringTasks(arena: ArenaSpec, { task_type }: ScenarioSpec): string[] {
  const states = Object.values(arena.workflow?.states ?? {}).flatMap(({ prompt_task }) => prompt_task ?? []);
  return [...(task_type === undefined ? [] : [task_type]), ...states, ...usedBySteps(arena).prompts];
}
