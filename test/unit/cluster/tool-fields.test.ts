import { describe, expect, test } from '@jest/globals';
import {
  at,
  type ClusterEffect,
  handler,
  jobOf,
  object,
  reasons,
  resolved,
  showsClusterEffect,
  type World,
} from '../../helpers/cluster-objects.js';

const H = 'ToolRegistry.spec.handlers[]';
const world = (fields: object = {}): World => ({
  job: { toolRegistries: [{ name: 'crm' }] },
  registry: { handlers: [handler(fields)] },
});
const spec = (...path: string[]) =>
  at((job) => path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), job.tools?.[0]?.spec));
const http = (...path: string[]) => spec('http', ...path);
const request = (...path: string[]) => http('request', ...path);
const MCP = world({
  type: 'mcp',
  tool: undefined,
  mcpConfig: { transport: 'streamable-http', endpoint: 'http://mcp.example' },
});
const STDIO = world({ type: 'mcp', tool: undefined, mcpConfig: { transport: 'stdio', command: 'serve' } });
const server = (...path: string[]) =>
  at((job) => path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), job.mcpServers?.[0]?.spec));
const CLIENT = world({ type: 'client', httpConfig: undefined });
const refused = 'refused: InvalidTool';
const BEARER = world({ auth: { type: 'bearer', bearer: { secretRef: { name: 'keys' } } } });
const R = 'ToolRegistry.spec.handlers[].httpConfig.retryPolicy';
const RETRIES = world({ httpConfig: { endpoint: 'https://a.example', retryPolicy: {} } });
const PROBED: World = { ...world(), registry: { handlers: [handler()], probe: { enabled: true } } };
const within = (value: unknown, path: readonly string[]) =>
  path.reduce<unknown>((found, key) => Reflect.get(Object(found), key), value);
const auth = (...path: string[]) => at((job) => within(job.tools?.[0]?.access?.auth, path));
const retry = (...path: string[]) => at((job) => within(job.tools?.[0]?.access?.retry, path));
const probe = (...path: string[]) => at((job) => within(job.probes?.[0], path));

describe('fields of a ToolRegistry', () => {
  test.each<ClusterEffect>([
    [
      `${H}.name`,
      ['orders', 'others'],
      at((job) => job.tools?.[0]?.from),
      ['ToolRegistry team/crm, handler orders', 'ToolRegistry team/crm, handler others'],
      world(),
    ],
    [`${H}.type`, ['http', 'grpc'], spec('mode'), ['live', refused], world({ grpcConfig: { endpoint: 'a:1' } })],
    [`${H}.tool.name`, ['get_order', 'find'], at((job) => job.tools?.[0]?.name), ['get_order', 'find'], world()],
    [`${H}.tool.description`, ['a', 'b'], spec('description'), ['a', 'b'], world()],
    [
      `${H}.tool.inputSchema`,
      [{ type: 'object' }, { required: ['id'] }],
      spec('input_schema'),
      [{ type: 'object' }, { required: ['id'] }],
      world(),
    ],
    [
      `${H}.tool.outputSchema`,
      [{ type: 'object' }, undefined],
      spec('output_schema'),
      [{ type: 'object' }, undefined],
      world(),
    ],
    [`${H}.timeout`, ['2s', undefined], spec('timeout_ms'), [2000, undefined], world()],
    [
      `${H}.httpConfig.endpoint`,
      ['https://a.example', 'https://b.example/{x}'],
      http('url'),
      ['https://a.example', 'https://b.example/%7Bx%7D'],
      world(),
    ],
    [`${H}.httpConfig.method`, ['GET', undefined], http('method'), ['GET', undefined], world()],
    [
      `${H}.httpConfig.contentType`,
      ['text/plain', undefined],
      http('headers'),
      [{ 'Content-Type': 'text/plain' }, undefined],
      world(),
    ],
    [`${H}.httpConfig.headers`, [{ 'X-A': 'a' }, undefined], http('headers'), [{ 'X-A': 'a' }, undefined], world()],
    [`${H}.httpConfig.queryParams`, [['id'], undefined], request('query_params'), [['id'], undefined], world()],
    [
      `${H}.httpConfig.headerParams`,
      [{ 'X-Id': 'id' }, undefined],
      request('header_params'),
      [{ 'X-Id': 'id' }, undefined],
      world(),
    ],
    [`${H}.httpConfig.staticQuery`, [{ v: '1' }, undefined], request('static_query'), [{ v: '1' }, undefined], world()],
    [`${H}.httpConfig.staticBody`, [{ v: 1 }, undefined], request('static_body'), [{ v: 1 }, undefined], world()],
    [`${H}.httpConfig.bodyMapping`, ['{a: b}', '{{'], request('body_mapping'), ['{a: b}', refused], world()],
    [
      `${H}.httpConfig.responseMapping`,
      ['data', undefined],
      http('response'),
      [{ body_mapping: 'data' }, undefined],
      world(),
    ],
    [`${H}.httpConfig.redact`, [['iban'], undefined], http('redact'), [['iban'], undefined], world()],
    [
      `${H}.httpConfig.urlTemplate`,
      ['/{id}/lines', undefined],
      at((job) => [http('url')({ job }), request('exclude')({ job })]),
      [
        ['https://crm.example/orders/{{.id}}/lines', ['id']],
        ['https://crm.example/orders', undefined],
      ],
      world(),
    ],
    [`${R}.maxAttempts`, [5, undefined], retry('maxAttempts'), [5, 3], RETRIES],
    [`${R}.initialBackoff`, ['1s', undefined], retry('initialBackoffMs'), [1000, 100], RETRIES],
    [`${R}.backoffMultiplier`, ['3', undefined], retry('backoffMultiplier'), [3, 2], RETRIES],
    [`${R}.maxBackoff`, ['9s', undefined], retry('maxBackoffMs'), [9000, 30_000], RETRIES],
    [`${R}.retryOn`, [[500], undefined], retry('retryOn'), [[500], [408, 429, 500, 502, 503, 504]], RETRIES],
    [`${R}.respectRetryAfter`, [false, undefined], retry('respectRetryAfter'), [false, true], RETRIES],
    [`${H}.retryPolicy`, [{ maxAttempts: 4 }, undefined], retry('maxAttempts'), [4, undefined], world()],
    [`${H}.mcpConfig.transport`, ['sse', 'stdio'], server('transport'), ['sse', refused], MCP],
    [`${H}.mcpConfig.endpoint`, ['http://a.example', 'ftp://a'], server('url'), ['http://a.example', refused], MCP],
    [`${H}.mcpConfig.command`, ['one', undefined], server('command'), ['one', refused], STDIO],
    [`${H}.mcpConfig.args`, [['-v'], undefined], server('args'), [['-v'], undefined], STDIO],
    [`${H}.mcpConfig.env`, [{ A: 'a' }, undefined], server('env'), [{ A: 'a' }, undefined], STDIO],
    [`${H}.mcpConfig.workDir`, ['/srv', undefined], server('working_dir'), ['/srv', undefined], STDIO],
    [
      `${H}.mcpConfig.toolFilter.allowlist`,
      [['a'], undefined],
      server('tool_filter'),
      [{ allowlist: ['a'] }, undefined],
      MCP,
    ],
    [
      `${H}.mcpConfig.toolFilter.blocklist`,
      [['a'], undefined],
      server('tool_filter'),
      [{ blocklist: ['a'] }, undefined],
      MCP,
    ],
    [
      `${H}.clientConfig.consentMessage`,
      ['May I?', undefined],
      spec('client'),
      [{ consent: { required: true, message: 'May I?' } }, undefined],
      CLIENT,
    ],
    [
      `${H}.clientConfig.categories`,
      [['location'], undefined],
      spec('client'),
      [{ categories: ['location'] }, undefined],
      CLIENT,
    ],
    [
      `${H}.openAPIConfig.specURL`,
      ['https://a.example/openapi.json', 'ftp://a.example'],
      at((job) => job.openApis?.[0]?.specUrl),
      ['https://a.example/openapi.json', refused],
      world({ type: 'openapi', tool: undefined }),
    ],
    [
      `${H}.grpcConfig.endpoint`,
      ['a:1', undefined],
      reasons,
      [['InvalidTool'], ['InvalidTool']],
      world({ type: 'grpc' }),
    ],
    [`${H}.auth.type`, ['bearer', 'workloadIdentity'], auth('type'), ['bearer', refused], BEARER],
    [`${H}.auth.bearer.secretRef.name`, ['keys', 'others'], auth('secret', 'name'), ['keys', 'others'], BEARER],
    [`${H}.auth.bearer.secretRef.key`, ['a', undefined], auth('key'), ['a', 'token'], BEARER],
    [
      `${H}.auth.basic.secretRef.name`,
      ['keys', 'others'],
      auth('secret', 'name'),
      ['keys', 'others'],
      world({ auth: { type: 'basic', basic: { secretRef: { name: 'keys' } } } }),
    ],
    // What stands within is of no matter, and may stand there.
    [
      `${H}.auth.serviceAccount`,
      [{ audience: 'a' }, undefined],
      auth('type'),
      ['serviceAccount', 'serviceAccount'],
      world({ auth: { type: 'serviceAccount' } }),
    ],
    [
      `${H}.auth.workloadIdentity`,
      [{}, undefined],
      reasons,
      [['InvalidTool'], ['InvalidTool']],
      world({ auth: { type: 'workloadIdentity' } }),
    ],
    [
      'ToolRegistry.spec.probe.enabled',
      [true, false],
      probe('endpoint'),
      ['https://crm.example/orders', undefined],
      world(),
    ],
    ['ToolRegistry.spec.probe.timeout', ['1s', undefined], probe('timeoutMs'), [1000, 5000], PROBED],
    ['ToolRegistry.spec.probe.interval', ['1s', undefined], probe('intervalMs'), [1000, 60_000], PROBED],
  ])('%s does what it says', async (...effect) => showsClusterEffect(effect));

  test('the retries of httpConfig beat those of the handler, field by field', async () => {
    const httpConfig = { endpoint: 'https://a.example', retryPolicy: { maxAttempts: 2 } };
    const resolution = await resolved(world({ httpConfig, retryPolicy: { maxAttempts: 9, initialBackoff: '7s' } }));
    expect(jobOf(resolution).tools?.[0]?.access?.retry).toMatchObject({ maxAttempts: 2, initialBackoffMs: 7000 });
  });

  test('credentials are those of the registry’s namespace, for the address of the spec alone', async () => {
    const resolution = await resolved(BEARER, (objects) => {
      const moved = { name: 'get_order', handlerName: 'orders', endpoint: 'https://evil.example' };
      Object.assign(objects.ToolRegistry ?? {}, { status: { discoveredTools: [moved] } });
    });
    const [tool] = jobOf(resolution).tools ?? [];
    expect(tool?.spec.http).toMatchObject({ url: 'https://crm.example/orders' });
    expect(tool?.access?.auth).toEqual({
      origin: 'https://crm.example',
      type: 'bearer',
      secret: { name: 'keys', namespace: 'team' },
      key: 'token',
    });
  });

  test.each<[string, object, string[]]>([
    [
      'that has credentials',
      { auth: { type: 'bearer', bearer: { secretRef: { name: 'keys' } } } },
      ['ToolRegistryNotAllowed'],
    ],
    ['that has none', {}, []],
  ])('a registry of another namespace %s lends them only where it says so', async (_, fields, expected) => {
    const lent = (annotations: object) =>
      object(
        'ToolRegistry',
        'lent',
        { handlers: [handler(fields)] },
        { metadata: { namespace: 'other', annotations } as never },
      );
    const of = (annotations: object) =>
      resolved({ config: { toolRegistries: [{ name: 'lent', namespace: 'other' }] }, more: [lent(annotations)] });
    expect(reasons(await of({ 'arena.dev/allowed-namespaces': 'teams' }))).toEqual(expected);
    expect(reasons(await of({ 'arena.dev/allowed-namespaces': 'x, team' }))).toEqual([]);
  });

  test('tools of one name in two registries are refused with both names', async () => {
    const other = object('ToolRegistry', 'billing', { handlers: [handler({ name: 'bills' })] });
    const job = { toolRegistries: [{ name: 'crm' }, { name: 'billing' }] };
    expect(await resolved({ job, more: [other] })).toEqual({
      refusals: [
        {
          reason: 'ToolNameClash',
          message:
            'ToolRegistry team/billing, handler bills and ToolRegistry team/crm, handler orders both have the tool get_order: rename one',
        },
      ],
    });
  });

  test('what a registry has found out beats its spec, and adds to it', async () => {
    const resolution = await resolved(world(), (objects) => {
      const tool = (fields: object) => ({ inputSchema: { type: 'object' }, description: 'Found.', ...fields });
      Object.assign(objects.ToolRegistry ?? {}, {
        status: {
          discoveredTools: [
            tool({
              name: 'get_order',
              handlerName: 'orders',
              endpoint: 'https://found.example',
              status: 'Unavailable',
              error: 'down',
            }),
            tool({ name: 'extra', handlerName: 'extras', endpoint: 'https://extra.example' }),
          ],
        },
      });
    });
    const { tools, warnings } = jobOf(resolution);
    expect(tools?.map(({ name, spec: { http: found } }) => [name, Reflect.get(Object(found), 'url')])).toEqual([
      ['get_order', 'https://found.example'],
      ['extra', 'https://extra.example'],
    ]);
    expect(warnings).toEqual([
      'ToolRegistry team/crm, handler orders: its registry says that it is not available (down)',
    ]);
  });
});
