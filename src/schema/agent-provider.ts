/** Providers of type `agent`: deployed agents that are talked to over WebSocket. */
import { z } from 'zod';
import { textMap } from './json-value.js';

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/i;
const IN_CLUSTER = /\.svc(\.cluster\.local)?\.?$/i;

/** Whether a token that is sent to the address stays unread on its way: TLS, this machine, or the network of a cluster. */
export function mayCarryToken({ protocol, hostname }: URL): boolean {
  return protocol === 'wss:' || protocol === 'https:' || LOOPBACK.test(hostname) || IN_CLUSTER.test(hostname);
}

const PLAIN =
  'would carry the token unencrypted: take an encrypted address, one of this machine, or one that ends in .svc';

/** What is wrong with an address, or nothing. */
function addressFault(text: string, protocols: readonly [string, string], carriesToken: boolean): string | undefined {
  const [plain, safe] = protocols;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !protocols.includes(url.protocol))
    return `must be an address that begins with ${plain}// or ${safe}//`;
  if (url.username !== '' || url.password !== '') return 'must not hold a user or password: use credential or headers';
  if (url.hash !== '') return 'must not hold a fragment (#…)';
  return carriesToken && !mayCarryToken(url) ? PLAIN : undefined;
}

const name = z.string().min(1).max(253);

export const agentFields = {
  url: z
    .string()
    .min(1)
    .optional()
    .describe('Address of an agent, ws:// or wss://. Only with type agent, which needs it. Default path: /ws.'),
  agent: name.optional().describe('Name of the agent, for its own logs and sessions. Only with type agent.'),
  namespace: name.optional().describe('Namespace of the agent, likewise. Only with type agent.'),
};

export const serviceTokenSchema = z
  .strictObject({
    url: z
      .string()
      .superRefine((text, context) => {
        const message = addressFault(text, ['http:', 'https:'], true);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .describe('Where tokens are issued: POST with {agent, workspace}, answered with {token, expires_at}.'),
    token_file: z
      .string()
      .regex(/^\//, 'must be an absolute path')
      .optional()
      .describe(
        'File with the service account’s token, which asks for the other one. Default: /var/run/secrets/kubernetes.io/serviceaccount/token.',
      ),
    agent: name.optional().describe('Agent that the token is for. Default: `agent` of the provider.'),
    workspace: name.optional().describe('Workspace that the token is for. Default: not sent.'),
  })
  .describe('A token that an issuer gives to the worker’s service account. Only with type agent. Stands alone.');

/** `additional_config` of an agent. */
export const agentConfigSchema = z.strictObject({
  max_connections: z.int().min(1).max(10_000).optional(),
  metadata: textMap.optional(),
});

/** Fields of a provider that agents know nothing of, each with the reason. */
const MEANINGLESS = {
  model: 'an agent has a model of its own',
  base_url: 'the address of an agent is its url',
  platform: 'an agent is reached at its url',
  defaults: 'an agent samples as it is configured',
  unsupported_params: 'nothing of the kind is sent to an agent',
  pricing: 'an agent does not tell what it has used',
  stream_idle_timeout: 'request_timeout bounds a turn',
  stream_retry: 'a turn that is cut is always tried again',
  stream_max_concurrent: 'additional_config.max_connections bounds connections',
  http_transport: 'an agent is not asked over HTTP',
} as const;

/** Headers that the handshake sets itself. */
const HANDSHAKE = /^(host|connection|upgrade|content-length|transfer-encoding|origin|sec-websocket-.*)$/i;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HANDSHAKE_VALUE = /^[\t\x20-\x7e]*$/;
const HTTP_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

type AgentProvider = z.infer<z.ZodObject<typeof agentFields>> & {
  type: string;
  role?: string;
  headers?: { [name: string]: string };
  credential?: { [source: string]: unknown };
  additional_config?: { [name: string]: unknown };
} & { [field in keyof typeof MEANINGLESS]?: unknown };

/** Everything about a provider of type `agent` that can be seen to be wrong, and fields of agents elsewhere. */
export function checkAgentProvider(spec: AgentProvider, context: z.RefinementCtx): void {
  const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
  if (spec.type !== 'agent') {
    checkOther(spec, issue);
    return;
  }
  const { url, role, headers = {}, credential = {} } = spec;
  if (role !== undefined && role !== 'llm') issue(['role'], 'must be llm: an agent only holds conversations');
  for (const [field, why] of Object.entries(MEANINGLESS)) {
    if (isWritten(Reflect.get(spec, field))) issue([field], `means nothing with type agent: ${why}`);
  }
  const carriesToken =
    Object.values(credential).some((source) => source !== undefined) ||
    Object.keys(headers).some((header) => header.toLowerCase() === 'authorization');
  const fault = url === undefined ? 'is required with type agent' : addressFault(url, ['ws:', 'wss:'], carriesToken);
  if (fault !== undefined) issue(['url'], fault);
  else checkQuery(spec, new URL(url ?? ''), issue);
  for (const header of Object.keys(headers)) {
    if (HANDSHAKE.test(header)) issue(['headers', header], 'is set by the WebSocket handshake itself');
  }
  checkHeaders(headers, HANDSHAKE_VALUE, issue);
  checkConfig(spec, context, issue);
}

type Issue = (path: (string | number)[], message: string) => void;

function checkConfig(spec: AgentProvider, context: z.RefinementCtx, issue: Issue): void {
  const config = agentConfigSchema.safeParse(spec.additional_config ?? {});
  for (const { path, ...rest } of config.error?.issues ?? []) {
    if (rest.code === 'unrecognized_keys') {
      const known = Object.keys(agentConfigSchema.shape).join(' and ');
      for (const key of rest.keys)
        issue(['additional_config', key], `means nothing with type agent: known are ${known}`);
    } else
      context.addIssue({ ...rest, path: ['additional_config', ...path] } as Parameters<typeof context.addIssue>[0]);
  }
}

function checkOther({ type, credential, ...spec }: AgentProvider, issue: Issue): void {
  const message = `is for providers of type agent, not of type ${type}`;
  for (const field of ['url', 'agent', 'namespace'] as const) if (spec[field] !== undefined) issue([field], message);
  if (credential?.service_token !== undefined) issue(['credential', 'service_token'], message);
  checkHeaders(spec.headers ?? {}, HTTP_VALUE, issue);
}

function checkQuery(spec: AgentProvider, url: URL, issue: Issue): void {
  for (const field of ['agent', 'namespace'] as const) {
    if (spec[field] !== undefined && url.searchParams.has(field)) issue([field], 'stands in the query of url as well');
  }
  if (url.searchParams.get('binary') === 'true') issue(['url'], 'must not ask for binary frames, which are not read');
}

function checkHeaders(headers: { [name: string]: string }, values: RegExp, issue: Issue): void {
  for (const [header, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(header)) issue(['headers', header], 'is no name of a header');
    else if (!values.test(value)) issue(['headers', header], 'holds characters that no header can carry');
  }
}

function isWritten(value: unknown): boolean {
  if (value === undefined || value === '') return false;
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).some((each) => each !== undefined);
}
