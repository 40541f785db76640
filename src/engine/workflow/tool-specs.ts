/** The tools by which a model moves through a workflow, as they are described in each state. */
import type { ToolSpec } from '../../schema/tool.js';
import type { WorkflowSpec, WorkflowStateSpec } from '../../schema/workflow.js';
import { eventsOf } from './state.js';

export const TRANSITION = 'workflow__transition';
export const SET_ARTIFACT = 'workflow__set_artifact';

export interface StateTools {
  /** Absent where the model may name no event. */
  transition?: ToolSpec;
  /** Absent where the state has no artifacts. */
  setArtifact?: ToolSpec;
}

/** One object for each state of a workflow, so that its schemas are compiled once for all conversations. */
const known = new WeakMap<WorkflowSpec, Map<string, StateTools>>();

export function stateTools(workflow: WorkflowSpec, state: string): StateTools {
  const tools = known.get(workflow) ?? new Map<string, StateTools>();
  known.set(workflow, tools);
  const found = tools.get(state);
  if (found !== undefined) return found;
  const made = describeTools(new Map(Object.entries(workflow.states)), state);
  tools.set(state, made);
  return made;
}

function describeTools(states: ReadonlyMap<string, WorkflowStateSpec>, state: string): StateTools {
  const spec = states.get(state) ?? {};
  const events = eventsOf(spec);
  const artifacts = Object.entries(spec.artifacts ?? {});
  return {
    transition: events.size === 0 ? undefined : transitionTool(states, state, events),
    setArtifact: artifacts.length === 0 ? undefined : artifactTool(artifacts),
  };
}

function transitionTool(
  states: ReadonlyMap<string, WorkflowStateSpec>,
  state: string,
  events: ReadonlyMap<string, string>,
): ToolSpec {
  const lines = [...events].map(([event, target]) => {
    const description = states.get(target)?.description;
    return `- ${event}: go to ${target}${description === undefined ? '' : ` (${description})`}`;
  });
  return {
    description: [
      `Moves the conversation on to another state of its workflow. Its state now is ${state}. Events:`,
      ...lines,
    ].join('\n'),
    mode: 'local',
    input_schema: {
      type: 'object',
      properties: {
        event: { type: 'string', enum: [...events.keys()], description: 'What has happened.' },
        context: { type: 'string', description: 'What the next state has to know, in a few sentences.' },
      },
      required: ['event'],
    },
  };
}

function artifactTool(artifacts: readonly [string, NonNullable<WorkflowStateSpec['artifacts']>[string]][]): ToolSpec {
  const lines = artifacts.map(([name, { description, type, mode }]) => {
    const second = mode === 'append' ? 'each value is added as a line' : 'a new value replaces the old one';
    return `- ${name}: ${[description, type, second].filter((part) => part !== undefined).join('; ')}`;
  });
  return {
    description: ['Keeps a value for the states to come. Artifacts:', ...lines].join('\n'),
    mode: 'local',
    input_schema: {
      type: 'object',
      properties: {
        name: { type: 'string', enum: artifacts.map(([name]) => name), description: 'Which artifact.' },
        value: { description: 'What it is to hold: a text, or JSON.' },
      },
      required: ['name', 'value'],
    },
  };
}
