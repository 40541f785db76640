import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { McpServer } from '../../src/io/tools/mcp/mcp-server.js';
import type { ToolSettings } from '../../src/io/tools/tool-settings.js';
import { type McpServerSpec, mcpServersSchema } from '../../src/schema/mcp-server.js';
import { type HttpService, startHttpService } from '../helpers/http-service.js';
import { EVERYTHING } from '../helpers/mcp-programs.js';

const CANARY = 'canary-90aa17';
const KEY = '$'.concat('{MCP_KEY}');
const SETTINGS: ToolSettings = { env: { MCP_KEY: CANARY }, bundleEnv: ['*'], allowExec: false, allowStdioMcp: false };
const FOREVER = { signal: new AbortController().signal };

const children: ChildProcess[] = [];
const origins: { [transport: string]: string } = {};

/** The official server takes its port from the environment, so a free one is looked for first. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startEverything(transport: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [EVERYTHING, transport], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the server has ended')));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      if (/listening|running/i.test(String(text))) resolve();
    });
  });
  return child;
}

beforeAll(async () => {
  for (const transport of ['streamableHttp', 'sse']) {
    const port = await freePort();
    await startEverything(transport, port);
    origins[transport] = `http://127.0.0.1:${port}`;
  }
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

function serverAt(spec: Partial<McpServerSpec>): McpServer {
  const [parsed] = mcpServersSchema.parse([{ name: 'one', ...spec }]);
  if (parsed === undefined) throw new Error('there is a server');
  return new McpServer(parsed, SETTINGS);
}

describe('an MCP server over HTTP', () => {
  // shows Arena.spec.mcp_servers[].url, Arena.spec.mcp_servers[].transport
  test.each([
    ['streamableHttp', '/mcp', undefined],
    ['streamableHttp', '/mcp', 'http' as const],
    ['sse', '/sse', 'sse' as const],
    ['sse', '/sse', undefined],
  ])('%s%s is spoken to with transport %s', async (kind, path, transport) => {
    const server = serverAt({ url: `${origins[kind]}${path}`, transport });
    expect((await server.tools()).map(({ name }) => name)).toContain('echo');
    expect(await server.call('echo', { message: 'hi' }, FOREVER)).toEqual({ value: 'Echo: hi' });
    await server.close();
  });

  test('that was started anew is introduced to again', async () => {
    const port = await freePort();
    const first = await startEverything('streamableHttp', port);
    const server = serverAt({ url: `http://127.0.0.1:${port}/mcp` });
    expect(await server.call('echo', { message: '1' }, FOREVER)).toEqual({ value: 'Echo: 1' });
    first.kill('SIGKILL');
    await once(first, 'exit');
    await expect(server.call('echo', { message: '2' }, FOREVER)).rejects.toThrow();
    await startEverything('streamableHttp', port);
    expect(await server.call('echo', { message: '3' }, FOREVER)).toEqual({ value: 'Echo: 3' });
    await server.close();
  });

  test('that nobody runs is refused with the reason', async () => {
    await expect(serverAt({ url: 'http://127.0.0.1:9/mcp' }).tools()).rejects.toThrow(/fetch failed \(.+\)/);
  });
});

describe('a service that is no good MCP server', () => {
  let service: HttpService;
  let answer: (respond: Parameters<Parameters<typeof startHttpService>[0]>[1]) => void;

  beforeAll(async () => {
    service = await startHttpService((_, response) => answer(response));
  });

  afterAll(() => service.stop());

  test('gets our headers, but its errors do not carry them on', async () => {
    answer = (response) => response.writeHead(403).end(`who is ${CANARY}?`);
    const server = serverAt({ url: service.origin, transport: 'http', headers: { 'X-Key': KEY } });
    // shows Arena.spec.mcp_servers[].headers
    await expect(server.tools()).rejects.toThrow('who is ***?');
    expect(service.seen.at(-1)?.headers['x-key']).toBe(CANARY);
  });

  test('is read up to a bound', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"x":"${'a'.repeat(50 * 1024 * 1024)}"}`);
    };
    await expect(serverAt({ url: service.origin, transport: 'http' }).tools()).rejects.toThrow(
      'longer than 8388608 bytes',
    );
  });

  test('does not lead us elsewhere', async () => {
    answer = (response) => response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end();
    await expect(serverAt({ url: service.origin, transport: 'http' }).tools()).rejects.toThrow(/redirect/i);
  });
});
