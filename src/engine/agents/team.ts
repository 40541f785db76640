/** Prompts of the bundle that act as agents: the entry's model, and whoever names them as tools, may call the others. */
import { ArenaError } from '../../core/errors.js';
import type { ToolArguments } from '../../core/tool.js';
import type { AgentsSpec } from '../../schema/agents.js';
import type { ToolSpec } from '../../schema/tool.js';
import type { FeatureSource } from '../features.js';
import { type PromptAnswer, runPrompt } from '../prompt-run.js';
import { type PreparedTool, prepareTool, type ToolAnswer, type ToolPorts } from '../tools/prepared-tool.js';
import { describeSkill, toolName, toolSpec } from './agent-tool.js';

/** Members that call members that call members: beyond this a call is refused. */
const MAX_DEPTH = 5;

/** Calls of members in one conversation: each may call others round after round, which multiplies at every level. */
const MAX_CALLS = 500;

interface MemberCall {
  name: string;
  spec: ToolSpec;
  args: ToolArguments;
  ports: ToolPorts;
}

export class Team {
  private readonly entryTask: string;
  private calls = 0;

  constructor(
    private readonly source: FeatureSource,
    private readonly spec: AgentsSpec,
    /** What members may call beside the tools of their prompts. */
    private readonly shared: readonly PreparedTool[],
  ) {
    this.entryTask = this.taskOf(spec.entry);
  }

  /** The members that the model of a task may call: all for the entry, else those that its prompt allows by name. */
  toolsOf(task: string, depth = 1): PreparedTool[] {
    const allowed = this.source.prepared.bundle.prompts.get(task)?.spec.allowed_tools ?? [];
    const names = Object.keys(this.spec.members).filter((member) => {
      const tool = toolName(member, member);
      const isNamed = allowed.some((one) => (one.endsWith('*') ? tool.startsWith(one.slice(0, -1)) : one === tool));
      return isNamed || (depth === 1 && task === this.entryTask && member !== this.spec.entry);
    });
    return names.map((member) => this.tool(member, depth));
  }

  /** The prompt that speaks for a member. */
  private taskOf(member: string): string {
    const state = this.spec.members[member]?.state;
    const { workflow } = this.source.prepared.bundle.arena.spec;
    return (state === undefined ? undefined : workflow?.states[state]?.prompt_task) ?? member;
  }

  private tool(member: string, depth: number): PreparedTool {
    const { description, tags } = this.spec.members[member] ?? {};
    const prompt = this.source.prepared.bundle.prompts.get(this.taskOf(member));
    const name = toolName(member, member);
    const spec = toolSpec(describeSkill([description, prompt?.spec.description, member], tags));
    return {
      descriptor: { name, description: spec.description, inputSchema: spec.input_schema },
      call: (args, ports) => this.call(member, depth, { name, spec, args, ports }),
    };
  }

  private async call(member: string, depth: number, { name, spec, args, ports }: MemberCall): Promise<ToolAnswer> {
    let answer: PromptAnswer | undefined;
    let failure: { reason: unknown } | undefined;
    const run = async (text: string) => {
      if (depth > MAX_DEPTH) throw new Error(`no more than ${MAX_DEPTH} agents may call one another`);
      try {
        this.count();
        answer = await this.ask(member, text, depth);
        return { value: answer.text };
      } catch (reason) {
        failure = { reason };
        throw reason;
      }
    };
    const told = await prepareTool(name, spec, { local: true, run: ({ query }) => run(String(query)) }).call(
      args,
      ports,
    );
    // That a model cannot be asked is no answer of a member: it ends the conversation, as it does elsewhere.
    if (failure !== undefined) throw failure.reason;
    const violations = answer?.violations ?? [];
    return violations.length === 0 ? told : { ...told, violations };
  }

  /** Throws `tool_loop`: a bound that the models were only told of would have each of them try on. */
  private count(): void {
    this.calls += 1;
    if (this.calls <= MAX_CALLS) return;
    const message = `agents of the bundle were called more than ${MAX_CALLS} times in one conversation`;
    throw new ArenaError({ code: 'tool_loop', message, hint: 'lower tool_policy.max_rounds of their prompts' });
  }

  private ask(member: string, text: string, depth: number): Promise<PromptAnswer> {
    const prompt = this.source.prompt(this.taskOf(member));
    const tools = new Map(prompt.tools);
    for (const tool of [...this.shared, ...this.toolsOf(prompt.task, depth + 1)]) tools.set(tool.descriptor.name, tool);
    return runPrompt({ prompt, variables: [], text, tools, speaker: { agent: member } }, this.source.model);
  }
}
