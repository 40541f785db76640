/** Whether the agents of a bundle, and the memories of its scenarios, are there for somebody. */
import type { A2aAgentSpec } from '../schema/a2a-agent.js';
import type { DocumentReader } from './document-reader.js';
import type { ReadBundle } from './load.js';
import { hintFor } from './suggest.js';

/** Adds a fault for every agent that nobody could call, or that could not answer. */
export function checkAgents(bundle: ReadBundle, reader: DocumentReader, allPrompts: boolean): void {
  const { arena } = bundle;
  const { a2a_agents = [], agents } = arena.spec;
  const seen = new Set<string>();
  for (const [index, agent] of a2a_agents.entries()) {
    const at = (key: string) => arena.placeOf(['spec', 'a2a_agents', index, key]);
    if (seen.has(agent.name))
      reader.error(at('name'), `there is another agent "${agent.name}"`, 'give it a name of its own');
    seen.add(agent.name);
    checkSkills(agent, index, bundle, reader);
    if (agent.auth?.token !== undefined) {
      const message = 'a token stands in the bundle and is copied wherever the bundle goes';
      reader.warn(arena.placeOf(['spec', 'a2a_agents', index, 'auth', 'token']), message, 'use token_env');
    }
  }
  if (agents === undefined) return;
  const members = Object.keys(agents.members);
  if (!members.includes(agents.entry)) {
    const hint = hintFor(agents.entry, members, 'members');
    reader.error(arena.placeOf(['spec', 'agents', 'entry']), `unknown member "${agents.entry}"`, hint);
  }
  for (const member of members) checkMember(member, bundle, reader, allPrompts);
}

function checkSkills(
  { url, card, responses }: A2aAgentSpec,
  index: number,
  bundle: ReadBundle,
  reader: DocumentReader,
) {
  if (url !== undefined) return;
  const place = (path: (string | number)[]) => bundle.arena.placeOf(['spec', 'a2a_agents', index, ...path]);
  const skills = card?.skills?.map(({ id }) => id) ?? (responses ?? []).flatMap(({ skill }) => skill ?? []);
  if (skills.length === 0) reader.error(place([]), 'has no skill that could be called', 'name one under card.skills');
  for (const [number, { skill }] of (responses ?? []).entries()) {
    if (skill === undefined || skills.includes(skill)) continue;
    const hint = hintFor(skill, skills, 'skills of this agent');
    reader.error(place(['responses', number, 'skill']), `unknown skill "${skill}"`, hint);
  }
}

function checkMember(member: string, { arena, prompts }: ReadBundle, reader: DocumentReader, allPrompts: boolean) {
  const { workflow, agents } = arena.spec;
  const state = agents?.members[member]?.state;
  const at = arena.placeOf(['spec', 'agents', 'members', member, ...(state === undefined ? [] : ['state'])]);
  if (state !== undefined) {
    const states = Object.keys(workflow?.states ?? {});
    if (!states.includes(state)) reader.error(at, `unknown state "${state}"`, hintFor(state, states, 'states'));
    else if (workflow?.states[state]?.prompt_task === undefined) {
      reader.error(at, `state "${state}" has no prompt that could answer`, 'give it a prompt_task');
    }
  } else if (allPrompts && !prompts.has(member)) {
    const hint = hintFor(member, prompts.keys(), 'task types');
    reader.error(at, `no prompt has the task_type "${member}"`, hint);
  }
}

/** Memories are for models that can recall them. */
export function checkMemories({ arena, scenarios }: ReadBundle, reader: DocumentReader): void {
  const { memory } = arena.spec;
  if (memory !== undefined && memory.enabled !== false) return;
  for (const scenario of scenarios.values()) {
    if ((scenario.spec.seed_memories ?? []).length === 0) continue;
    const at = scenario.placeOf(['spec', 'seed_memories']);
    reader.error(at, 'no model has a memory', 'write memory: { enabled: true } into the Arena file');
  }
}
