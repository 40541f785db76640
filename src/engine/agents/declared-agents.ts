/** The agents that a bundle declares: each of their skills is a tool of every model. */
import type { Loaded } from '../../bundle/bundle.js';
import type { OutsideServices } from '../../core/outside-services.js';
import type { A2aAgentSpec } from '../../schema/a2a-agent.js';
import type { ArenaSpec } from '../../schema/arena.js';
import type { EnginePorts } from '../ports.js';
import { type PreparedTool, prepareTool } from '../tools/prepared-tool.js';
import { describeSkill, type Skill, toolName, toolSpec } from './agent-tool.js';
import { mockRunner } from './mock-agent.js';
import { discoverSkills, remoteRunner } from './remote-agent.js';

export class DeclaredAgents {
  readonly tools: PreparedTool[] = [];
  private readonly list: readonly A2aAgentSpec[];
  /** Remote agents whose own cards say what they can do. */
  private unknown: number[] = [];

  constructor(
    private readonly arena: Loaded<ArenaSpec>,
    private readonly services: OutsideServices,
  ) {
    this.list = arena.spec.a2a_agents ?? [];
    for (const [index, agent] of this.list.entries()) {
      const skills = declaredSkills(agent);
      if (skills.length === 0 && agent.url !== undefined) this.unknown.push(index);
      else this.add(agent, index, skills);
    }
  }

  /** Asks those agents for their cards. Throws an `ArenaError` when one has none. */
  async discover(ports: Pick<EnginePorts, 'perform'>): Promise<void> {
    for (const index of this.unknown) {
      const agent = this.list[index];
      if (agent !== undefined) this.add(agent, index, await discoverSkills(agent, this.services, ports));
    }
    this.unknown = [];
  }

  private add(agent: A2aAgentSpec, index: number, skills: readonly Skill[]): void {
    for (const { id, description } of skills) {
      const remote = agent.url !== undefined;
      const runner = remote ? remoteRunner(agent, this.services, id) : mockRunner(agent, index, this.arena, id);
      this.tools.push(prepareTool(toolName(agent.name, id), toolSpec(description), runner));
    }
  }
}

/** Those of the card, else those that the rules of a mock agent name. */
function declaredSkills({ name, card, responses }: A2aAgentSpec): Skill[] {
  if (card?.skills !== undefined) {
    return card.skills.map((skill) => ({
      id: skill.id,
      description: describeSkill([skill.description, skill.name, card.description, skill.id], skill.tags),
    }));
  }
  const named = new Set((responses ?? []).flatMap(({ skill }) => skill ?? []));
  return [...named].map((id) => ({ id, description: describeSkill([card?.description, card?.name, name]) }));
}
