/** Agent cards of the A2A protocol: where an agent is asked, in which version, and what it can do. */
import { z } from 'zod';
import { ArenaError } from '../../core/errors.js';
import type { RemoteAgent } from '../../core/outside-services.js';
import { callService } from '../bounded-http.js';
import { failureOf } from './failures.js';

const MAX_CARD_BYTES = 1024 * 1024;
const MAX_CARD_MS = 30_000;

/** `agent.json` is the name that versions before 0.3 had. */
const WELL_KNOWN = ['.well-known/agent-card.json', '.well-known/agent.json'];

const cardSchema = z.looseObject({
  description: z.string().optional(),
  url: z.string().optional(),
  preferredTransport: z.string().optional(),
  additionalInterfaces: z.array(z.looseObject({ url: z.string(), transport: z.string().optional() })).optional(),
  supportedInterfaces: z
    .array(
      z.looseObject({
        url: z.string(),
        protocolBinding: z.string().optional(),
        protocolVersion: z.string().optional(),
      }),
    )
    .optional(),
  capabilities: z.looseObject({ streaming: z.boolean().optional() }).optional(),
  skills: z
    .array(
      z.looseObject({
        id: z.string().min(1),
        name: z.string().optional(),
        description: z.string().optional(),
        tags: z.array(z.string()).optional(),
      }),
    )
    .max(500)
    .optional(),
});

type Card = z.infer<typeof cardSchema>;

export type Version = '0.3' | '1.0';

/** How an agent is asked. */
export interface Endpoint {
  url: URL;
  version: Version;
  streaming: boolean;
}

/** The card of an agent; undefined when it has none where the protocol puts it. Throws an `ArenaError`. */
export async function fetchCard(agent: RemoteAgent, signal: AbortSignal): Promise<Card | undefined> {
  for (const url of cardAddresses(new URL(agent.url))) {
    const timeoutMs = Math.min(agent.timeoutMs, MAX_CARD_MS);
    const headers = { accept: 'application/json', ...agent.headers };
    const call = { method: 'GET', url, headers, timeoutMs, maxBytes: MAX_CARD_BYTES };
    const { status, body } = await callService(call, signal);
    if (status === 200) return parseCard(url, body.toString('utf8'));
    if (status !== 404 && status !== 405) throw failureOf(url, status, body.toString('utf8'));
  }
  return undefined;
}

/** Below the address itself, then at the root of its host. */
function cardAddresses(url: URL): URL[] {
  if (url.pathname.endsWith('.json')) return [url];
  const folder = new URL(url);
  folder.search = '';
  folder.hash = '';
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  const all = [folder, new URL('/', url)].flatMap((base) => WELL_KNOWN.map((path) => new URL(path, base).href));
  return [...new Set(all)].map((address) => new URL(address));
}

function parseCard(url: URL, text: string): Card {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = cardSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ArenaError({ code: 'malformed_answer', message: `${url.origin}${url.pathname} holds no agent card` });
}

/** Where the agent is asked. Throws an `ArenaError` when that is no place that this client may speak to. */
export function endpointOf(agent: RemoteAgent, card: Card | undefined): Endpoint {
  const given = new URL(agent.url);
  if (card === undefined) return { url: given, version: '0.3', streaming: false };
  const streaming = card.capabilities?.streaming === true;
  const newer = card.supportedInterfaces?.find(({ protocolBinding = 'JSONRPC' }) => isJsonRpc(protocolBinding));
  if (newer !== undefined) {
    const version = newer.protocolVersion?.startsWith('0.') ? '0.3' : '1.0';
    return { url: sameOrigin(given, newer.url), version, streaming };
  }
  const other = card.additionalInterfaces?.find(({ transport = '' }) => isJsonRpc(transport));
  const main = isJsonRpc(card.preferredTransport ?? 'JSONRPC') ? card.url : undefined;
  const address = main ?? other?.url;
  if (address !== undefined) return { url: sameOrigin(given, address), version: '0.3', streaming };
  throw new ArenaError({
    code: 'unsupported',
    message: `the agent at ${given.origin} cannot be asked by JSON-RPC`,
    hint: 'let it offer the JSONRPC transport in its card',
  });
}

const isJsonRpc = (transport: string): boolean => transport.toUpperCase() === 'JSONRPC';

/** Credentials are meant for the host that was named, whatever its card says. */
function sameOrigin(given: URL, written: string): URL {
  const url = URL.canParse(written, given.href) ? new URL(written, given.href) : undefined;
  if (url?.origin === given.origin) return url;
  throw new ArenaError({
    code: 'redirect_refused',
    message: `the card of the agent at ${given.origin} leads to ${url?.origin ?? 'what is no address'}`,
    hint: 'name the address that is meant as url',
  });
}
