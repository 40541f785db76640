/** From a provider file of type `agent` to what its calls need. */
import { agentConfigSchema } from '../../schema/agent-provider.js';
import {
  type CallSettings,
  callTimeoutMs,
  credentialOf,
  invalid,
  type ProviderDocument,
} from '../providers/provider-settings.js';
import { AgentProvider } from './agent-provider.js';
import type { Bearer } from './bearer.js';
import { slotsOf } from './connection-slots.js';
import { AgentDoor } from './door.js';
import { ServiceToken } from './service-token.js';

/** Times that a connection is given until it stands, and until the agent is ready, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
const GREETING_TIMEOUT_MS = 30_000;

/** As many as an agent process takes. */
const MAX_CONNECTIONS = 500;

/** Throws `invalid_input` for what cannot be had here. The schema has seen to everything else. */
export function createAgent(document: ProviderDocument, settings: CallSettings): AgentProvider {
  const { id, spec } = document;
  const url = addressOf(spec);
  const { max_connections: maxConnections = MAX_CONNECTIONS, metadata } = agentConfigSchema.parse(
    spec.additional_config ?? {},
  );
  const door = new AgentDoor({
    url,
    headers: spec.headers ?? {},
    bearer: bearerOf(document, url, settings),
    slots: slotsOf(url.origin),
    maxConnections,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    greetingTimeoutMs: GREETING_TIMEOUT_MS,
  });
  const keepRaw = spec.include_raw_output === true;
  return new AgentProvider({ id, door, timeoutMs: callTimeoutMs(spec, settings), metadata, keepRaw });
}

/** Agents are served at `/ws`: whoever names the host alone means that. */
function addressOf({ url: written = '', agent, namespace }: ProviderDocument['spec']): URL {
  const url = new URL(written);
  if (url.pathname === '/') url.pathname = '/ws';
  if (agent !== undefined) url.searchParams.set('agent', agent);
  if (namespace !== undefined) url.searchParams.set('namespace', namespace);
  return url;
}

function bearerOf(document: ProviderDocument, url: URL, settings: CallSettings): Bearer {
  const { id, spec } = document;
  const token = spec.credential?.service_token;
  // There is no variable that usually holds the token of an agent.
  if (token === undefined) return credentialOf(document, { baseUrl: url.href, keyVariables: [] }, url, settings);
  if (settings.openToBundle !== undefined) {
    const where = document.at(['spec', 'credential', 'service_token']);
    const why = 'a bundle from elsewhere may not use the service account of the workers';
    throw invalid(
      `${where} provider ${id}: ${why}`,
      'name a variable in credential_env, open to bundles by ARENA_BUNDLE_ENV',
    );
  }
  const { agent = spec.agent, workspace } = token;
  return new ServiceToken({ url: token.url, tokenFile: token.token_file, agent, workspace });
}
