/** Where a conversation begins in the workflow of its bundle. */
import type { Bundle } from '../../bundle/bundle.js';
import type { ScenarioSpec } from '../../schema/scenario.js';
import type { WorkflowSpec } from '../../schema/workflow.js';

/** The state that the scenario's task belongs to, else the entry. Of several such states the entry, then the first. */
export function startState({ states, entry }: WorkflowSpec, task: string | undefined): string {
  if (task === undefined || states[entry]?.prompt_task === task) return entry;
  return Object.keys(states).find((name) => states[name]?.prompt_task === task) ?? entry;
}

/**
 * Task of the prompt that answers first: that of the workflow's first state, where there is one, else the scenario's,
 * else that of the agent that is the entry. A state with a composition has no prompt: its composition's name stands in.
 */
export function openingTask({ arena }: Pick<Bundle, 'arena'>, { task_type }: ScenarioSpec): string {
  const { workflow, agents } = arena.spec;
  const first = workflow?.states[startState(workflow, task_type)];
  return first?.prompt_task ?? first?.composition ?? task_type ?? agents?.entry ?? '';
}
