/** Agents that models can call: those that answer elsewhere or by rules, and prompts of the bundle. */
import type { FeatureSource } from '../features.js';
import type { Feature } from '../stage.js';
import { DeclaredAgents } from './declared-agents.js';
import { Team } from './team.js';

export function openAgents(source: FeatureSource): Feature | undefined {
  const { bundle, surroundings } = source.prepared;
  const { a2a_agents = [], agents } = bundle.arena.spec;
  if (a2a_agents.length === 0 && agents === undefined) return undefined;
  const declared = new DeclaredAgents(bundle.arena, surroundings.services);
  const team = agents === undefined ? undefined : new Team(source, agents, declared.tools);
  return {
    start: (ports) => declared.discover(ports),
    tools: ({ task }) => [...declared.tools, ...(team?.toolsOf(task) ?? [])],
  };
}
