/** Deployed agents as providers of type `agent`. */
import type { JsonValue } from '../core/conversation.js';
import type { AgentRuntimeObject } from '../schema/cluster/agent-runtime.js';
import { providerSpecSchema } from '../schema/provider.js';
import type { ClusterReader } from './cluster-reader.js';
import { called, faultsOf, readObject } from './read-object.js';
import type { Refusals } from './refusal.js';

/** Path at which agents serve their WebSocket. */
const PATH = '/ws';
/** Port of a facade that names none. */
const USUAL_PORT = 8080;

/** `host:port`; an address of IPv6 stands in brackets. */
const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/;

export interface AgentSettings {
  /** Issuer of the tokens that agents want to see at their port inside the cluster; absent: none is asked for. */
  tokenUrl?: string;
}

/** The agent of that name in the job's own namespace. Undefined, with a refusal, when it cannot be reached. */
export async function agentSpec(
  reader: ClusterReader,
  key: { namespace: string; name: string },
  settings: AgentSettings,
  refusals: Refusals,
): Promise<{ [field: string]: JsonValue } | undefined> {
  const what = called('AgentRuntime', key);
  const found = await readObject(reader, 'AgentRuntime', key);
  if (found === undefined) {
    return refusals.add('AgentNotFound', `there is no ${what}: create it, or correct agentRef.name`);
  }
  if ('faults' in found) return refusals.add('InvalidAgent', `${what}: ${found.faults}`);
  const { spec } = found.object;
  if (spec.mode === 'function') {
    return refusals.add('InvalidAgent', `${what} is a function: only mode agent holds conversations`);
  }
  const facades = spec.facades ?? (spec.facade === undefined ? undefined : [spec.facade]);
  if (spec.endpoint === undefined && facades !== undefined && !facades.some(({ type }) => type === 'websocket')) {
    return refusals.add('InvalidAgent', `${what} has no facade of type websocket: add one, or give it an endpoint`);
  }
  const door = doorOf(found.object, settings);
  if (door === undefined) {
    const { phase } = found.object.status ?? {};
    const state = phase === undefined ? '' : ` (phase ${phase})`;
    const message = `${what} has no endpoint yet${state}: wait for status.serviceEndpoint, or write spec.endpoint`;
    return refusals.add('AgentNotReady', message);
  }
  const translated = { type: 'agent', agent: key.name, namespace: key.namespace, ...door };
  const parsed = providerSpecSchema.safeParse(translated);
  return parsed.success ? translated : refusals.add('InvalidAgent', `${what}: ${faultsOf(parsed.error)}`);
}

/**
 * An address that somebody wrote down is used as it is. Else the agent's port inside the cluster, which wants a token of
 * the installation's issuer, before the one for everybody.
 */
function doorOf(
  { metadata, spec, status }: AgentRuntimeObject,
  { tokenUrl }: AgentSettings,
): { [field: string]: JsonValue } | undefined {
  if (spec.endpoint !== undefined) return { url: spec.endpoint };
  const [, host, port] = HOST_AND_PORT.exec(status?.serviceEndpoint ?? '') ?? [];
  if (host === undefined) return undefined;
  const facade = (spec.facades ?? []).find(({ type }) => type === 'websocket') ?? spec.facade;
  const inside = facade?.managementPlane === false ? undefined : status?.managementEndpoints?.ws;
  if (inside === undefined) return { url: `ws://${host}${port ?? `:${facade?.port ?? USUAL_PORT}`}${PATH}` };
  const url = `ws://${host}:${inside}${PATH}`;
  if (tokenUrl === undefined) return { url };
  return { url, credential: { service_token: { url: tokenUrl, workspace: metadata.namespace } } };
}
