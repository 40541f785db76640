import { afterEach, describe, expect, test } from '@jest/globals';
import { discoverTools } from '../../src/io/tools/mcp/discover.js';
import type { ToolSettings } from '../../src/io/tools/tool-settings.js';
import { Toolbox } from '../../src/io/tools/toolbox.js';
import { engineBundle } from '../helpers/engine-bundle.js';
import { EVERYTHING } from '../helpers/mcp-programs.js';

const SETTINGS: ToolSettings = { env: process.env, bundleEnv: [], allowExec: false, allowStdioMcp: true };
const OPTIONS = { signal: new AbortController().signal, idempotencyKey: '' };

/** Tells the process that it is: every server answers with another. */
const PID_SERVER = `
  process.env.WHO = String(process.pid);
  import(${JSON.stringify(EVERYTHING)});`;

const everything = (more: object = {}) => ({ command: process.execPath, args: ['-e', PID_SERVER, 'stdio'], ...more });

const boxes: Toolbox[] = [];
afterEach(() => Promise.all(boxes.splice(0).map((box) => box.close())));

async function open(servers: object, parts: Parameters<typeof engineBundle>[0] = {}) {
  const bundle = engineBundle({ ...parts, arena: { mcp_servers: servers, ...parts.arena } });
  const box = new Toolbox(bundle, await discoverTools(bundle, SETTINGS), SETTINGS);
  boxes.push(box);
  const call = async (name: string, args = {}, options = {}) => {
    const spec = box.bundle.tools.get(name)?.spec;
    if (spec === undefined) throw new Error(`there is no tool ${name}`);
    return (await box.create({ name, spec }).run(args, { ...OPTIONS, ...options })).value;
  };
  const whoAnswers = async (name: string) => ((await call(name)) as { WHO: string }).WHO;
  return { box, call, whoAnswers };
}

describe('the tools of MCP servers in a bundle', () => {
  // shows Arena.spec.mcp_servers[].name
  test('stand under the name of their server, with its schema, beside those of the bundle', async () => {
    const { box, call } = await open([{ name: 'all', ...everything() }], { tools: { own: { mock_result: 1 } } });
    const names = [...box.bundle.tools.keys()];
    expect(names[0]).toBe('own');
    expect(names).toEqual(expect.arrayContaining(['mcp__all__echo', 'mcp__all__get-sum']));
    expect(box.bundle.tools.get('mcp__all__echo')?.spec.input_schema).toMatchObject({ required: ['message'] });
    expect(await call('mcp__all__echo', { message: 'hi' })).toBe('Echo: hi');
  });

  // shows Arena.spec.mcp_servers.*
  test('are called by a document of their name', async () => {
    const document = { mode: 'mcp', description: 'Says it again.', input_schema: { type: 'object' } };
    const { box, call } = await open({ all: everything() }, { tools: { echo: document, mcp__all__echo: document } });
    for (const name of ['echo', 'mcp__all__echo']) {
      expect(box.bundle.tools.get(name)?.spec.description).toBe('Says it again.');
      expect(await call(name, { message: 'hi' })).toBe('Echo: hi');
    }
  });

  // shows Arena.spec.mcp_servers[].scope
  test('come from one server for all conversations, or from one for each', async () => {
    const servers = { shared: everything(), own: everything({ scope: 'conversation' }) };
    const { box, whoAnswers } = await open(servers);
    const conversation = () =>
      box.during(async () => [
        await whoAnswers('mcp__shared__get-env'),
        await whoAnswers('mcp__own__get-env'),
        await whoAnswers('mcp__own__get-env'),
      ]);
    const [one, two] = await Promise.all([conversation(), conversation()]);
    expect(one?.[0]).toBe(two?.[0]);
    expect(one?.[1]).toBe(one?.[2]);
    expect(one?.[1]).not.toBe(two?.[1]);
    expect(() => process.kill(Number(one?.[1]), 0)).toThrow('ESRCH');
    expect(() => process.kill(Number(one?.[0]), 0)).not.toThrow();
  });

  test('are the same side until their server is another', async () => {
    const { box, call } = await open({ all: everything() });
    const sides: string[] = [];
    const remembers = (side: string) => sides.push(side);
    await call('mcp__all__echo', { message: 'a' }, { remembers });
    await call('mcp__all__echo', { message: 'b' }, { remembers });
    expect(new Set(sides).size).toBe(1);
    expect(box.isThere(sides[0] ?? '')).toBe(true);
    await box.close();
    expect(box.isThere(sides[0] ?? '')).toBe(false);
    await call('mcp__all__echo', { message: 'c' }, { remembers });
    expect(new Set(sides).size).toBe(2);
  });

  test('that nobody offers, or two, are told at once with their places', async () => {
    const servers = { one: everything(), two: everything(), none: { command: '/nowhere/server' } };
    await expect(open(servers)).rejects.toThrow(
      /^config\.arena\.yaml:\d+:\d+ the MCP server none cannot be used: \/nowhere/,
    );
    const parts = {
      tools: { echo: { mode: 'mcp' }, shout: { mode: 'mcp' } },
      prompt: { allowed_tools: ['echo', 'mcp__one__ekko', 'mcp__two__*'] },
    };
    const { none: _, ...sound } = servers;
    const failure = await open(sound, parts).catch((error: unknown) => error);
    const lines = String(failure).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/prompt\.yaml:\d+:\d+ no MCP server offers mcp__one__ekko, offered are: mcp__one__echo/),
      expect.stringMatching(
        /^tools\/echo\.yaml:\d+:\d+ the servers one and two both offer echo; name the tool mcp__one__echo or mcp__two/,
      ),
      expect.stringMatching(/^tools\/shout\.yaml:\d+:\d+ no MCP server offers a tool named shout$/),
    ]);
  });
});
