/** What the notation of a state means. */
import type { WorkflowStateSpec } from '../../schema/workflow.js';

/** Events that a model may name in the state, and the states that they lead to. */
export function eventsOf({ terminal, orchestration, on_event = {} }: WorkflowStateSpec): ReadonlyMap<string, string> {
  return new Map(terminal === true || orchestration === 'external' ? [] : Object.entries(on_event));
}

/** A workflow ends in states that say so, and in those that nothing leads out of. */
export function isTerminal({ terminal, on_event = {} }: WorkflowStateSpec): boolean {
  return terminal ?? Object.keys(on_event).length === 0;
}
