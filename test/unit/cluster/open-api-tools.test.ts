import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTool } from '../../../src/io/tools/create-tool.js';
import { openApiTools } from '../../../src/io/tools/openapi/open-api-tools.js';
import { operationsOf } from '../../../src/io/tools/openapi/operations.js';
import { toolSpecSchema } from '../../../src/schema/tool.js';

const DOCUMENT = {
  openapi: '3.0.3',
  servers: [{ url: '/v1' }],
  paths: {
    '/orders/{id}': {
      parameters: [{ $ref: '#/components/parameters/id' }],
      get: {
        operationId: 'get.order',
        summary: 'Looks up an order.',
        parameters: [
          { name: 'lines', in: 'query', schema: { type: 'boolean' } },
          { name: 'X-Team', in: 'header', schema: { type: 'string' } },
        ],
      },
      patch: {
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Change' } } } },
      },
    },
  },
  components: {
    parameters: { id: { name: 'id', in: 'path', required: true, schema: { type: 'string' } } },
    schemas: {
      Change: {
        type: 'object',
        required: ['state'],
        properties: { state: { type: 'string' }, next: { $ref: '#/components/schemas/Change' } },
      },
    },
  },
};

const seen: { method?: string; url?: string; team?: unknown; body: string }[] = [];
let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      if (request.url === '/openapi.json') return response.end(JSON.stringify(DOCUMENT));
      if (request.url === '/none') return response.writeHead(404).end();
      seen.push({ method: request.method, url: request.url, team: request.headers['x-team'], body });
      return response.end('{"ok":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const from = 'ToolRegistry team/crm, handler api';
const SETTINGS = { env: {}, bundleEnv: [], allowExec: false, allowStdioMcp: false };

describe('operations of an OpenAPI document', () => {
  test('each becomes a tool whose call is the request that the document describes', async () => {
    const tools = await openApiTools([{ specUrl: `${origin}/openapi.json`, timeoutMs: 900, from }], [], SETTINGS);
    expect(tools.map(({ name, from: whose }) => [name, whose])).toEqual([
      ['get_order', `${from}, operation get_order`],
      ['patch_orders_id', `${from}, operation patch_orders_id`],
    ]);
    const run = async (index: number, args: { [name: string]: string | boolean }) => {
      const spec = toolSpecSchema.parse(tools[index]?.spec);
      expect(spec.timeout_ms).toBe(900);
      const options = { signal: new AbortController().signal, idempotencyKey: '' };
      await createTool({ name: tools[index]?.name ?? '', spec }).run(args, options as never);
    };
    await run(0, { id: 'a/b', lines: true, 'X-Team': 'blue' });
    await run(1, { id: '7', state: 'sent' });
    expect(seen).toEqual([
      { method: 'GET', url: '/v1/orders/a%2Fb?lines=true', team: 'blue', body: '' },
      { method: 'PATCH', url: '/v1/orders/7', team: undefined, body: '{"state":"sent"}' },
    ]);
  });

  test('arguments are described as the document describes them, references followed', () => {
    const { base, operations } = operationsOf(DOCUMENT, 'https://crm.example/openapi.json');
    const [get, patch] = operations;
    expect(base).toBe('https://crm.example/v1');
    expect(get?.spec.input_schema).toEqual({
      type: 'object',
      properties: { id: { type: 'string' }, lines: { type: 'boolean' }, 'X-Team': { type: 'string' } },
      required: ['id'],
    });
    expect(patch?.spec.input_schema).toMatchObject({ required: ['id', 'state'] });
    expect(patch?.spec.http).toMatchObject({ url: 'https://crm.example/v1/orders/{{.id}}', method: 'PATCH' });
  });

  test('a name that another tool has is refused with both holders', async () => {
    const known = [{ name: 'get_order', spec: {}, from: 'ToolRegistry team/old, handler orders' }];
    await expect(openApiTools([{ specUrl: `${origin}/openapi.json`, from }], known, SETTINGS)).rejects.toThrow(
      `${from}, operation get_order and ToolRegistry team/old, handler orders both have the tool get_order`,
    );
  });

  test.each([
    ['a document that is not there', '/none', 'HTTP 404'],
    ['a service that answers with something else', '/other', 'none of OpenAPI 3'],
  ])('%s is told with the handler that names it', async (_, path, why) => {
    const failing = openApiTools([{ specUrl: `${origin}${path}`, from }], [], SETTINGS);
    await expect(failing).rejects.toThrow(`${from}: the OpenAPI document cannot be used: `);
    await expect(failing).rejects.toThrow(why);
  });

  test.each<[string, unknown, string]>([
    ['no object', 'text', 'no object'],
    ['an older version', { swagger: '2.0', paths: {} }, 'none of OpenAPI 3'],
    ['no operation', { openapi: '3.1.0' }, 'no operation'],
    ['a server that is none', { ...DOCUMENT, servers: [{ url: 'ftp://a' }] }, 'neither http nor https'],
    ['a server with variables', { ...DOCUMENT, servers: [{ url: 'https://{a}' }] }, 'variables'],
    [
      'references in a circle',
      { openapi: '3.0.0', paths: { '/a': { $ref: '#/paths/~1b' }, '/b': { $ref: '#/paths/~1a' } } },
      'in a circle',
    ],
    [
      'a reference to elsewhere',
      { openapi: '3.0.0', paths: { '/a': { $ref: 'file:///etc/passwd' } } },
      'outside of itself',
    ],
  ])('a document with %s is refused', (_, document, why) => {
    expect(() => operationsOf(document, 'https://crm.example/openapi.json')).toThrow(why);
  });
});
