/** Agents at an address of their own, asked over A2A. */
import type { OutsideServices, RemoteAgent } from '../../core/outside-services.js';
import type { ToolRunner } from '../../core/tool.js';
import type { A2aAgentSpec } from '../../schema/a2a-agent.js';
import type { EnginePorts } from '../ports.js';
import { describeSkill, type Skill } from './agent-tool.js';

const DEFAULT_TIMEOUT_MS = 60_000;

/** Shorter secrets would tear holes into any text. */
const MIN_SECRET_CHARACTERS = 4;

/** An agent as it is called, and what of that no text may show. */
interface Addressed {
  remote: RemoteAgent;
  secrets: string[];
}

/** Read at each call, so that no value of the environment is kept. Throws an Error when one is missing. */
function address(agent: A2aAgentSpec, services: OutsideServices): Addressed {
  const secrets: string[] = [];
  const read = (name: string): string => {
    const value = services.env(name);
    if (value === undefined) {
      throw new Error(
        `agent ${agent.name} needs the environment variable ${name}, which is not set or not open to bundles here`,
      );
    }
    secrets.push(value);
    return value;
  };
  const headers: { [name: string]: string } = { ...agent.headers };
  for (const entry of agent.headers_from_env ?? []) {
    const split = entry.indexOf('=');
    headers[entry.slice(0, split)] = read(entry.slice(split + 1));
  }
  if (agent.auth !== undefined) {
    const { scheme = 'Bearer', token, token_env, header = 'Authorization' } = agent.auth;
    if (token !== undefined) secrets.push(token);
    const value = token ?? read(token_env ?? '');
    headers[header] = scheme === '' ? value : `${scheme} ${value}`;
  }
  const remote = { url: agent.url ?? '', headers, timeoutMs: agent.timeout_ms || DEFAULT_TIMEOUT_MS };
  return { remote, secrets: secrets.filter((secret) => secret.length >= MIN_SECRET_CHARACTERS) };
}

/** What the action gives or throws, with `***` in place of every secret. */
async function withoutSecrets(secrets: readonly string[], action: () => Promise<string>): Promise<string> {
  const clean = (text: string) => secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text);
  try {
    return clean(await action());
  } catch (error) {
    throw new Error(clean(error instanceof Error ? error.message : String(error)));
  }
}

export function remoteRunner(agent: A2aAgentSpec, services: OutsideServices, skill: string): ToolRunner {
  return {
    local: false,
    async run({ query }, { signal, idempotencyKey }) {
      const { remote, secrets } = address(agent, services);
      const asked = { ...remote, skill, messageId: idempotencyKey };
      const value = await withoutSecrets(secrets, () => services.askAgent(asked, String(query), { signal }));
      return { value };
    },
  };
}

/** The skills of the agent's own card; recorded, so that a replayed conversation is offered the same ones. */
export async function discoverSkills(
  agent: A2aAgentSpec,
  services: OutsideServices,
  ports: Pick<EnginePorts, 'perform'>,
): Promise<Skill[]> {
  const skills = await ports.perform(`agent card ${agent.name}`, {}, async ({ signal }) => {
    const { remote } = address(agent, services);
    const card = await services.agentCard(remote, { signal });
    return card.skills.map(({ id, name, description, tags }) => {
      const text = describeSkill([description, name, agent.card?.description, card.description, id], tags);
      return { id, description: text };
    });
  });
  return skills;
}
