/** A workflow in one conversation: which prompt answers, and which tools move on from there. */
import type { JsonValue } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type { ToolArguments } from '../../core/tool.js';
import type { ToolSpec } from '../../schema/tool.js';
import type { FeatureSource } from '../features.js';
import type { PreparedPrompt } from '../prompt.js';
import type { Feature, StageTrace, Used } from '../stage.js';
import { type PreparedTool, prepareTool } from '../tools/prepared-tool.js';
import { WorkflowMachine } from './machine.js';
import { startState } from './start.js';
import { SET_ARTIFACT, stateTools, TRANSITION } from './tool-specs.js';

export function openWorkflow(source: FeatureSource): Feature | undefined {
  const { workflow } = source.prepared.bundle.arena.spec;
  if (workflow === undefined) return undefined;
  const machine = new WorkflowMachine(workflow, startState(workflow, source.scenario.spec.task_type));
  return new WorkflowFeature(source, machine);
}

class WorkflowFeature implements Feature {
  /** The prompt of the newest state that has one. */
  private answering: PreparedPrompt;

  constructor(
    private readonly source: Pick<FeatureSource, 'prompt' | 'opening'>,
    private readonly machine: WorkflowMachine,
  ) {
    this.answering = source.opening;
  }

  prompt(): PreparedPrompt {
    return this.answering;
  }

  *tools(): Iterable<PreparedTool> {
    const { machine } = this;
    const { transition, setArtifact } = stateTools(machine.spec, machine.state);
    if (transition !== undefined) {
      yield tool(TRANSITION, transition, ({ event, context = '' }) => {
        const target = machine.ask(String(event), String(context));
        return { event: String(event), status: 'transition_scheduled', target_state: target };
      });
    }
    if (setArtifact !== undefined) {
      yield tool(SET_ARTIFACT, setArtifact, ({ name, value = '' }) => {
        machine.setArtifact(String(name), value);
        return { artifact: String(name), status: 'artifact_set' };
      });
    }
  }

  variables(): Iterable<readonly [string, string]> {
    return this.machine.variables();
  }

  trace(): Partial<StageTrace> {
    const { state, record } = this.machine;
    return { state, entered: record.entered, complete: record.complete, workflow: record };
  }

  limit(used: Used): void {
    this.machine.limit(used);
  }

  happened(event: string): void {
    if (!this.machine.events.has(event)) return;
    try {
      this.machine.ask(event, '');
    } catch (error) {
      // There is no model that could be told and choose another event.
      const message = error instanceof Error ? error.message : String(error);
      throw new ArenaError({ code: 'tool_loop', message, hint: 'give the state on_max_visits, or more visits' });
    }
  }

  settle(): void {
    if (!this.machine.settle()) return;
    const { prompt_task } = this.machine.stateSpec;
    if (prompt_task !== undefined) this.answering = this.source.prompt(prompt_task);
  }
}

function tool(name: string, spec: ToolSpec, run: (args: ToolArguments) => JsonValue): PreparedTool {
  return prepareTool(name, spec, { local: true, run: (args) => ({ value: run(args) }) });
}
