/** What a registry of a cluster says of the calls of its tools: credentials of Secrets, and further tries. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { RetryPolicy, ToolAccess, ToolAuth } from '../../src/core/tool-access.js';
import { ClusterSecrets } from '../../src/io/secrets/cluster-secrets.js';
import { createTool } from '../../src/io/tools/create-tool.js';
import { McpServer } from '../../src/io/tools/mcp/mcp-server.js';
import { openApiTools } from '../../src/io/tools/openapi/open-api-tools.js';
import { ServiceProbes } from '../../src/io/tools/service-probes.js';
import type { ToolSettings } from '../../src/io/tools/tool-settings.js';
import { toolSpecSchema } from '../../src/schema/tool.js';
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';
import { KubernetesApi, MountedSecret } from '../helpers/kubernetes-api.js';

const OLD = 'canary-old-4c1d9be2';
const NEW = 'canary-new-77a0f3d1';

let api: KubernetesApi;
let service: HttpService;
let answer: (request: SeenRequest, response: ServerResponse) => void;
let settings: ToolSettings;
/** Of the clock by which Secrets grow old, in milliseconds. */
let now: number;

beforeEach(async () => {
  now = 0;
  api = await KubernetesApi.start();
  api.secrets.set('team/keys', { token: OLD, username: 'jo', password: OLD });
  service = await startHttpService((request, response) => answer(request, response));
  answer = (_request, response) => answerJson(response, { ok: true });
  const secrets = new ClusterSecrets({ env: api.env, folder: api.folder }, () => now);
  settings = { env: {}, bundleEnv: [], allowExec: false, allowStdioMcp: false, secrets };
});

afterEach(() => Promise.all([api.stop(), service.stop()]));

const secret = { name: 'keys', namespace: 'team' };
const bearer = (): ToolAuth => ({ origin: service.origin, type: 'bearer', secret, key: 'token' });
const options = () => ({ signal: new AbortController().signal, idempotencyKey: 'run/item/1' });

function tool(access: ToolAccess, http: { [field: string]: JsonValue } = {}, fields: object = {}) {
  const written = {
    description: '',
    input_schema: {},
    mode: 'live',
    http: { url: `${service.origin}/orders`, ...http },
    ...fields,
  };
  return createTool({ name: 'orders', spec: toolSpecSchema.parse(written), access }, settings);
}

const call = async (...made: Parameters<typeof tool>) => tool(...made).run({}, options());
const shown = () => service.seen.map(({ headers }) => headers.authorization);

describe('credentials of a tool', () => {
  test.each<[string, () => ToolAuth, string]>([
    ['a bearer token', bearer, `Bearer ${OLD}`],
    [
      'user and password',
      () => ({ origin: service.origin, type: 'basic', secret }),
      `Basic ${Buffer.from(`jo:${OLD}`).toString('base64')}`,
    ],
  ])('%s of a Secret are shown, and kept out of what comes back', async (_, auth, expected) => {
    answer = ({ headers }, response) => {
      const sent = String(headers.authorization);
      answerJson(response, {
        plain: sent,
        base64: Buffer.from(sent).toString('base64'),
        url: encodeURIComponent(sent),
      });
    };
    const { value } = await call({ auth: auth() }, { headers: { Authorization: 'Bearer of-the-registry' } });
    expect(shown()).toEqual([expected]);
    expect(JSON.stringify(value)).not.toMatch(/canary|Y2FuYXJ5/);
    expect(value).toMatchObject({ plain: expect.stringContaining('***') });
  });

  test('a changed Secret is taken up by the call that the old one is refused for', async () => {
    answer = ({ headers }, response) =>
      headers.authorization === `Bearer ${NEW}` ? answerJson(response, { ok: true }) : answerJson(response, {}, 401);
    const orders = tool({ auth: bearer() });
    await expect(orders.run({}, options())).rejects.toThrow('HTTP 401');
    api.secrets.set('team/keys', { token: NEW });
    now += 1_100;
    expect((await orders.run({}, options())).value).toEqual({ ok: true });
    expect(shown().at(-1)).toBe(`Bearer ${NEW}`);
    expect(new Set(shown())).toEqual(new Set([`Bearer ${OLD}`, `Bearer ${NEW}`]));
  });

  test('a token that the installation gives to workers for tools is read anew from its file', async () => {
    const mounted = new MountedSecret();
    mounted.write({ token: `${OLD}\n` });
    settings = { ...settings, toolTokenFile: mounted.path('token') };
    await call({ auth: { origin: service.origin, type: 'serviceAccount' } });
    expect(shown()).toEqual([`Bearer ${OLD}`]);
    mounted.remove();
  });

  test.each<[string, (auth: ToolAuth) => [ToolAccess, object?], string]>([
    [
      'a Secret that is not there',
      (auth) => [{ auth: { ...auth, secret: { ...secret, name: 'none' } } as ToolAuth }],
      'the Secret team/none',
    ],
    ['an entry that is not there', (auth) => [{ auth: { ...auth, key: 'other' } as ToolAuth }], 'has no entry other'],
  ])('%s is told, and nobody is called', async (_, broken, why) => {
    await expect(call(...(broken(bearer()) as Parameters<typeof tool>))).rejects.toThrow(why);
    expect(service.seen).toEqual([]);
  });

  test('no other address is shown them, whatever arguments lead there', async () => {
    const other = await startHttpService((_request, response) => answerJson(response, {}));
    try {
      const anywhere = tool({ auth: bearer() }, { url: 'http://127.0.0.1:{{.port}}/orders' });
      await anywhere.run({ port: new URL(other.origin).port }, options());
      await call({ auth: bearer() }, { url: `${other.origin}/orders` });
      expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    } finally {
      await other.stop();
    }
  });

  test('media that hold them are not taken over', async () => {
    answer = ({ headers }, response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      response.end(`\u0089PNG ${headers.authorization}`);
    };
    await expect(call({ auth: bearer() }, { multimodal: {} })).rejects.toThrow('the media of the answer hold a secret');
  });

  test('where there is no place to look, the tool is refused before any call', () => {
    settings = { ...settings, secrets: undefined };
    expect(() => tool({ auth: bearer() })).toThrow('by workers in a cluster only');
    expect(() => tool({ auth: { origin: service.origin, type: 'serviceAccount' } })).toThrow('no token for tools');
  });
});

const POLICY: RetryPolicy = {
  maxAttempts: 3,
  initialBackoffMs: 1,
  backoffMultiplier: 2,
  maxBackoffMs: 50,
  retryOn: [503],
  respectRetryAfter: true,
};

/** Answers with these statuses, then with 200; `-1` breaks the connection. */
function answering(...statuses: number[]): void {
  answer = (_request, response) => {
    const status = statuses.shift() ?? 200;
    if (status === -1) response.socket?.destroy();
    else answerJson(response, { status }, status);
  };
}

describe('further tries of a call', () => {
  test.each<[string, number[], Partial<RetryPolicy>, object, number, string]>([
    ['one that passes', [503, 503], {}, {}, 3, '200'],
    ['too many failures', [503, 503, 503], {}, {}, 3, 'HTTP 503'],
    ['a status that the policy does not name', [500], {}, {}, 1, 'HTTP 500'],
    ['a status that it does', [500], { retryOn: [500] }, {}, 2, '200'],
    ['one try', [503], { maxAttempts: 1 }, {}, 1, 'HTTP 503'],
    ['a lost connection of a method that may be repeated', [-1], {}, { method: 'PUT' }, 2, '200'],
    ['a lost connection of one that may not', [-1], {}, { method: 'POST' }, 1, 'cannot be reached'],
  ])('after %s', async (_, statuses, policy, http, calls, outcome) => {
    answering(...statuses);
    const said = await call({ retry: { ...POLICY, ...policy } }, http as { [field: string]: JsonValue }).then(
      ({ value }) => JSON.stringify(value),
      (error: Error) => error.message,
    );
    expect(said).toContain(outcome);
    expect(service.seen).toHaveLength(calls);
    // The service can tell that it is the same call.
    expect(new Set(service.seen.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set(['run/item/1']));
  });

  test.each<[string, boolean, string, number]>([
    ['more than the longest wait: the answer stands', true, '3600', 1],
    ['nothing that the policy wants to hear', false, '3600', 2],
    ['no time at all', true, '0', 2],
  ])('where the service asks for %s', async (_, respectRetryAfter, asked, calls) => {
    answer = (_request, response) => {
      response.setHeader('retry-after', asked);
      answerJson(response, {}, service.seen.length === 1 ? 503 : 200);
    };
    await call({ retry: { ...POLICY, respectRetryAfter } }).catch(() => undefined);
    expect(service.seen).toHaveLength(calls);
  });

  test('end with the conversation', async () => {
    answering(503, 503);
    const ending = new AbortController();
    const running = tool({ retry: { ...POLICY, initialBackoffMs: 60_000, maxBackoffMs: 60_000 } }).run(
      {},
      { ...options(), signal: ending.signal },
    );
    setTimeout(() => ending.abort(new Error('over')), 50);
    await expect(running).rejects.toThrow('over');
    expect(service.seen).toHaveLength(1);
  });

  test('each is shown what the Secret holds', async () => {
    answering(503);
    await call({ auth: bearer(), retry: POLICY });
    expect(shown()).toEqual([`Bearer ${OLD}`, `Bearer ${OLD}`]);
  });
});

describe('an OpenAPI document', () => {
  const from = 'ToolRegistry team/crm, handler api';
  const document = (server: string) => ({
    openapi: '3.1.0',
    servers: [{ url: server }],
    paths: { '/orders': { get: { operationId: 'orders' } } },
  });
  const toolsOf = (server: string) => {
    answer = (_request, response) => answerJson(response, document(server));
    const access = { auth: bearer() };
    return openApiTools([{ specUrl: `${service.origin}/openapi.json`, from, access }], [], settings);
  };

  test('and its operations are asked for with the credentials', async () => {
    const [found] = await toolsOf('/v1');
    await createTool({ name: 'orders', spec: toolSpecSchema.parse(found?.spec), access: found?.access }, settings).run(
      {},
      options(),
    );
    expect(service.seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/openapi.json', `Bearer ${OLD}`],
      ['/v1/orders', `Bearer ${OLD}`],
    ]);
  });

  test('that leads elsewhere is refused, so that nobody there sees them', async () => {
    await expect(toolsOf('https://evil.example')).rejects.toThrow('its first server is at another address');
  });
});

test('an MCP server is asked with the credentials, again after a failure, and with a changed Secret', async () => {
  let statuses = [503];
  answer = ({ headers, body }, response) => {
    const status = statuses.shift();
    if (status !== undefined) return answerJson(response, {}, status);
    if (headers.authorization !== `Bearer ${api.secrets.get('team/keys')?.token}`) return answerJson(response, {}, 401);
    const { id, method } = JSON.parse(body || '{}');
    if (id === undefined) return void response.writeHead(202).end();
    const capabilities = {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 's', version: '1' },
    };
    const said = Buffer.from(String(headers.authorization)).toString('base64');
    const results: { [method: string]: object } = {
      initialize: capabilities,
      'tools/call': { content: [{ type: 'text', text: said }] },
    };
    answerJson(response, { jsonrpc: '2.0', id, result: results[method] ?? {} });
  };
  const spec = { name: 'crm', url: `${service.origin}/mcp`, transport: 'http' as const };
  const server = new McpServer(spec, settings, { auth: bearer(), retry: POLICY });
  const ask = async () => JSON.stringify((await server.call('find', {}, options())).value);
  try {
    expect(await ask()).toContain('***');
    expect(await ask()).not.toMatch(/canary|Y2FuYXJ5/);
    api.secrets.set('team/keys', { token: NEW });
    statuses = [];
    now += 1_100;
    expect(await ask()).not.toMatch(/canary|Y2FuYXJ5/);
    expect(shown().at(-1)).toBe(`Bearer ${NEW}`);
    expect(shown()).not.toContain(undefined);
  } finally {
    await server.close();
  }
});

describe('a probe', () => {
  const from = 'ToolRegistry team/crm, handler orders';

  test('lets a run begin where the service accepts connections, and asks it nothing', async () => {
    await new ServiceProbes().expect([{ endpoint: `${service.origin}/a`, timeoutMs: 5_000, intervalMs: 0, from }]);
    expect(service.seen).toEqual([]);
  });

  test('names the handler whose service does not, unless it was there a moment ago', async () => {
    const probes = new ServiceProbes(() => now);
    const probe = { endpoint: service.origin, timeoutMs: 1, intervalMs: 60_000, from };
    await probes.expect([{ ...probe, timeoutMs: 5_000 }]);
    await service.stop();
    now = 59_000;
    await probes.expect([probe]);
    now = 61_000;
    await expect(probes.expect([probe])).rejects.toThrow(
      /^ToolUnavailable: ToolRegistry team\/crm, handler orders: 127\.0\.0\.1:\d+ accepts no connection within 0\.001 s \((ECONNREFUSED|no answer)\)/,
    );
  });
});
