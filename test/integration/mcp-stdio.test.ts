import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { McpServer } from '../../src/io/tools/mcp/mcp-server.js';
import type { ToolSettings } from '../../src/io/tools/tool-settings.js';
import { type McpServerSpec, mcpServersSchema } from '../../src/schema/mcp-server.js';
import { isGone } from '../helpers/is-gone.js';
import { EVERYTHING, FILESYSTEM } from '../helpers/mcp-programs.js';

const CANARY = 'canary-1c9e40';
const SETTINGS: ToolSettings = {
  env: { ...process.env, MCP_KEY: CANARY },
  bundleEnv: ['MCP_KEY'],
  allowExec: false,
  allowStdioMcp: true,
};
const FOREVER = { signal: new AbortController().signal };

let folder: string;
const open: McpServer[] = [];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'arena-mcp-')));
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function serve(spec: Partial<McpServerSpec>): McpServer {
  const [parsed] = mcpServersSchema.parse([{ name: 'one', command: process.execPath, ...spec }]);
  if (parsed === undefined) throw new Error('there is a server');
  const server = new McpServer(parsed, SETTINGS);
  open.push(server);
  return server;
}

const everything = (more: Partial<McpServerSpec> = {}) => serve({ args: [EVERYTHING, 'stdio'], ...more });

describe('an MCP server on the standard streams', () => {
  test('lists its tools, as its filter lets through', async () => {
    const all = (await everything().tools()).map(({ name }) => name);
    expect(all).toEqual(expect.arrayContaining(['echo', 'get-sum', 'get-tiny-image']));
    // shows Arena.spec.mcp_servers[].tool_filter.allowlist[], Arena.spec.mcp_servers[].tool_filter.blocklist[]
    const filter = { allowlist: ['echo', 'get-sum'], blocklist: ['get-sum'] };
    expect((await everything({ tool_filter: filter }).tools()).map(({ name }) => name)).toEqual(['echo']);
  });

  test('answers with texts, data, media and errors', async () => {
    const server = everything();
    const call = (tool: string, args = {}) => server.call(tool, args, FOREVER);
    expect(await call('echo', { message: 'hi' })).toEqual({ value: 'Echo: hi' });
    expect((await call('get-structured-content', { location: 'Chicago' })).value).toMatchObject({
      conditions: expect.any(String),
    });
    const image = await call('get-tiny-image');
    expect(image.parts?.map(({ type, mimeType }) => [type, mimeType])).toContainEqual(['image', 'image/png']);
    await expect(call('echo', {})).rejects.toThrow(/[Ii]nvalid/);
    await expect(call('no-such-tool')).rejects.toThrow(/not found/);
  });

  // shows Arena.spec.mcp_servers[].env, Arena.spec.mcp_servers[].command, Arena.spec.mcp_servers[].args[]
  test('gets its environment, and nobody gets to see the secrets in it', async () => {
    const key = '$'.concat('{MCP_KEY}');
    const server = everything({ env: { PLAIN: 'seen', FILLED: key } });
    const { value } = await server.call('get-env', {}, FOREVER);
    expect(value).toMatchObject({ PLAIN: 'seen', FILLED: '***' });
    expect(value).not.toHaveProperty('MCP_KEY');
    const other = everything({ env: { FILLED: '$'.concat('{HOME}') } });
    await expect(other.tools()).rejects.toThrow(
      'env FILLED needs the environment variable HOME, which is not set or not open',
    );
  });

  // shows Arena.spec.mcp_servers[].working_dir
  test('works in its folder, on real files', async () => {
    await writeFile(join(folder, 'note.txt'), 'remember the milk');
    const server = serve({ args: [FILESYSTEM, '.'], working_dir: folder });
    const { value } = await server.call('read_text_file', { path: join(folder, 'note.txt') }, FOREVER);
    expect(JSON.stringify(value)).toContain('remember the milk');
    await expect(server.call('read_text_file', { path: '/etc/passwd' }, FOREVER)).rejects.toThrow('outside allowed');
  });

  // shows Arena.spec.mcp_servers[].timeout_ms
  test('is given so much time for a call, and goes on after it', async () => {
    const server = everything({ timeout_ms: 300 });
    await server.tools();
    const slow = server.call('trigger-long-running-operation', { duration: 20, steps: 2 }, FOREVER);
    await expect(slow).rejects.toThrow(/timed out/i);
    expect(await server.call('echo', { message: 'still here' }, FOREVER)).toEqual({ value: 'Echo: still here' });
  });

  test.each([
    [{ command: '/nowhere/server', args: [] }, '/nowhere/server cannot be started (exit code 127)'],
    [{ args: ['-e', 'console.error("no database"); process.exit(4)'] }, 'exit code 4; it last said: no database'],
    [
      { args: ['-e', 'console.log("Hello, I am no MCP server"); setInterval(() => 0, 1000)'] },
      'did not introduce itself',
    ],
    [{ args: ['-e', 'process.stdout.write("x".repeat(50e6)); setInterval(() => 0, 1000)'] }, 'one that is too long'],
  ])('that is none is told with its last words: %j', async (spec, reason) => {
    await expect(serve(spec).tools()).rejects.toThrow(reason);
  });

  test('that dies fails the call, and is started again for the next one', async () => {
    const pidFile = join(folder, 'pid');
    const start = `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); import(${JSON.stringify(EVERYTHING)})`;
    const server = serve({ args: ['-e', start, 'stdio'] });
    await server.tools();
    const first = Number(await readFile(pidFile, 'utf8'));
    const pending = server.call('trigger-long-running-operation', { duration: 20, steps: 2 }, FOREVER);
    setTimeout(() => process.kill(first, 'SIGKILL'), 100);
    await expect(pending).rejects.toThrow('was ended by a signal');
    expect(await server.call('echo', { message: 'again' }, FOREVER)).toEqual({ value: 'Echo: again' });
    expect(Number(await readFile(pidFile, 'utf8'))).not.toBe(first);
  });

  test('ends when it is closed, children and all', async () => {
    const pidFile = join(folder, 'child');
    const start = `const child = require('node:child_process').spawn('sleep', ['1000']);
      require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid)); import(${JSON.stringify(EVERYTHING)})`;
    const server = serve({ args: ['-e', start, 'stdio'] });
    await server.tools();
    await server.close();
    expect(await isGone(Number(await readFile(pidFile, 'utf8')))).toBe(true);
  });
});
