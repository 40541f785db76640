/** Agents at an address of their own, asked over A2A. */
import type { OutsideServices, RemoteAgent } from '../../core/outside-services.js';
import { Secrets } from '../../core/secrets.js';
import type { ToolRunner } from '../../core/tool.js';
import type { A2aAgentSpec } from '../../schema/a2a-agent.js';
import type { EnginePorts } from '../ports.js';
import { describeSkill, type Skill } from './agent-tool.js';

const DEFAULT_TIMEOUT_MS = 60_000;

/** An agent as it is called, and what of that no text may show. */
interface Addressed {
  remote: RemoteAgent;
  secrets: Secrets;
}

/** Read at each call, so that no value of the environment is kept. Throws `invalid_input` when one is missing. */
function address(agent: A2aAgentSpec, services: OutsideServices): Addressed {
  const secrets = new Secrets(services.env);
  const use = `agent ${agent.name}`;
  const headers: { [name: string]: string } = { ...agent.headers };
  secrets.keepNamed(headers);
  for (const entry of agent.headers_from_env ?? []) {
    const split = entry.indexOf('=');
    headers[entry.slice(0, split)] = secrets.read(entry.slice(split + 1), use);
  }
  if (agent.auth !== undefined) {
    const { scheme = 'Bearer', token, token_env, header = 'Authorization' } = agent.auth;
    if (token !== undefined) secrets.keep(token);
    const value = token ?? secrets.read(token_env ?? '', use);
    headers[header] = scheme === '' ? value : `${scheme} ${value}`;
  }
  const remote = { url: agent.url ?? '', headers, timeoutMs: agent.timeout_ms || DEFAULT_TIMEOUT_MS };
  return { remote, secrets };
}

/** What the agent gives; nothing of it, and of no failure, shows a secret. */
async function ask<T>(
  agent: A2aAgentSpec,
  services: OutsideServices,
  signal: AbortSignal,
  action: (addressed: Addressed) => Promise<T>,
): Promise<T> {
  const addressed = address(agent, services);
  try {
    return await action(addressed);
  } catch (error) {
    signal.throwIfAborted();
    throw addressed.secrets.scrubbed(error);
  }
}

export function remoteRunner(agent: A2aAgentSpec, services: OutsideServices, skill: string): ToolRunner {
  return {
    local: false,
    run: ({ query }, { signal, idempotencyKey }) =>
      ask(agent, services, signal, async ({ remote, secrets }) => {
        const asked = { ...remote, skill, messageId: idempotencyKey };
        return { value: secrets.scrub(await services.askAgent(asked, String(query), { signal })) };
      }),
  };
}

/** The skills of the agent's own card; recorded, so that a replayed conversation is offered the same ones. */
export async function discoverSkills(
  agent: A2aAgentSpec,
  services: OutsideServices,
  ports: Pick<EnginePorts, 'perform'>,
): Promise<Skill[]> {
  return ports.perform(`agent card ${agent.name}`, {}, ({ signal }) =>
    ask(agent, services, signal, async ({ remote, secrets }) => {
      const card = await services.agentCard(remote, { signal });
      return card.skills.map(({ id, name, description, tags }) => {
        const text = describeSkill([description, name, agent.card?.description, card.description, id], tags);
        return { id: secrets.scrub(id), description: secrets.scrub(text) };
      });
    }),
  );
}
