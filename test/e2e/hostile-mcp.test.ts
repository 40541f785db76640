import { describe, expect, test } from '@jest/globals';
import { discoverTools } from '../../src/io/tools/mcp/discover.js';
import type { ToolSettings } from '../../src/io/tools/tool-settings.js';
import { engineBundle } from '../helpers/engine-bundle.js';
import { isGone } from '../helpers/is-gone.js';

const SETTINGS: ToolSettings = { env: process.env, bundleEnv: [], allowExec: false, allowStdioMcp: true };

/** A server that introduces itself, and answers a request for its tools by what stands in `list`. */
const server = (list: string, before = ''): string => `
const say = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
const tool = (name, more = {}) => ({ name, description: 'd', inputSchema: { type: 'object', ...more } });
${before}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    const { protocolVersion } = params;
    say(id, { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: process.pid + '' } });
  }
  if (method === 'tools/list') { ${list} }
});`;

async function refusalOf(program: string): Promise<string> {
  const bundle = engineBundle({
    arena: { mcp_servers: { bad: { command: process.execPath, args: ['-e', program] } } },
  });
  return discoverTools(bundle, SETTINGS).then(
    (tools) => `offers ${tools.length} tools`,
    (error: Error) => error.message,
  );
}

describe('an MCP server that is out to harm', () => {
  // What it does, its answer to a request for its tools, what else it does, and what is told of it.
  test.each<[string, string, string, RegExp]>([
    [
      'lists tools without end',
      `say(id, { tools: [tool('t' + Math.random())], nextCursor: 'more' + Math.random() })`,
      '',
      /page/i,
    ],
    [
      'lists very many',
      `say(id, { tools: Array.from({ length: 1001 }, (_, i) => tool('t' + i)) })`,
      '',
      /more than 1000 tools/,
    ],
    [
      'describes them at great length',
      `say(id, { tools: [0, 1, 2].map((i) => tool('t' + i, { description: 'x'.repeat(1e6) })) })`,
      '',
      /its tools take \d+ bytes, at most 2097152/,
    ],
    [
      'sends a message that is too long',
      `process.stdout.write('x'.repeat(9e6))`,
      '',
      /no message of MCP, or one that is too long/,
    ],
    [
      'floods both streams',
      '',
      `const flood = (s) => { s.write('x'.repeat(65536), () => flood(s)); }; flood(process.stdout); flood(process.stderr);`,
      /no message of MCP, or one that is too long/,
    ],
    [
      'nests what it says',
      `process.stdout.write('{"jsonrpc":"2.0","id":' + id + ',"result":{"tools":' + '['.repeat(1e6))`,
      '',
      /did not|timed out|timeout/i,
    ],
  ])(
    '%s: it is refused, briefly, and is gone',
    async (_, list, before, expected) => {
      const told = await refusalOf(server(list, before));
      expect(told).toMatch(expected);
      expect(told).toContain('the MCP server bad cannot be used');
      expect(told.length).toBeLessThan(3000);
    },
    40_000,
  );

  test('names tools like what every object has: they are tools like any other', async () => {
    const list = `say(id, { tools: ['__proto__', 'constructor'].map((name) => tool(name)) })`;
    expect(await refusalOf(server(list))).toBe('offers 2 tools');
  });

  test('does not want to end: it is ended', async () => {
    const stay = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000);
      process.stderr.write('pid ' + process.pid + ' ');`;
    const told = await refusalOf(server(`process.stdout.write('x'.repeat(9e6))`, stay));
    const pid = Number(/pid (\d+)/.exec(told)?.[1]);
    expect(await isGone(pid)).toBe(true);
  }, 120_000);
});
