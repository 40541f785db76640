import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { ArenaUser } from '../helpers/arena-command.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';
import { isGone } from '../helpers/is-gone.js';
import { EVERYTHING } from '../helpers/mcp-programs.js';
import { waitFor } from '../helpers/wait-for.js';

const CANARY = 'canary-3be10c55';

describe('a run whose tools reach outside', () => {
  let user: ArenaUser;
  let service: HttpService;
  const paused: ServerResponse[] = [];

  beforeAll(async () => {
    user = new ArenaUser();
    service = await startHttpService(({ path, headers }, response) => {
      if (path === '/pause' && paused.length === 0) paused.push(response);
      else answerJson(response, { key: headers['x-key'], ok: true });
    });
  });

  afterAll(async () => {
    await user.nothingRuns();
    await user.remove();
    await service.stop();
  }, 120_000);

  /** One conversation: the model calls these tools, a round each, then ends. */
  function write(folder: string, calls: string[], more: object = {}): void {
    // The command line names the folder, so that the server is found among the user's processes.
    const start = `require('node:fs').writeFileSync('${user.folder}/${folder}.pid', String(process.pid)); import('${EVERYTHING}')`;
    const tool = (mode: string, block: object) => ({
      description: 'd',
      input_schema: { type: 'object' },
      mode,
      ...block,
    });
    const spec = {
      prompt_specs: {
        main: {
          task_type: 'main',
          system_template: 'Help.',
          allowed_tools: ['mcp__all__e*', 'web', 'slow', 'program'],
        },
      },
      provider_specs: { model: { type: 'mock', model: 'm', additional_config: { mock_config: 'mock.yaml' } } },
      tool_specs: {
        web: tool('live', { http: { url: `${service.origin}/ok`, headers_from_env: ['X-Key=SHOP_KEY'] } }),
        slow: tool('live', { http: { url: `${service.origin}/pause` } }),
        program: tool('exec', { exec: { command: 'node', args: ['-e', 'console.log(6 * 7)'] } }),
      },
      mcp_servers: { all: { command: 'node', args: ['-e', start, 'stdio'] } },
      scenario_specs: {
        talk: {
          task_type: 'main',
          turns: [{ role: 'user', content: 'Go', assertions: [{ type: 'no_tool_errors' }] }],
          conversation_assertions: [{ type: 'tool_call_count', params: { min: calls.length, max: calls.length } }],
        },
      },
      ...more,
    };
    const rounds = calls.map((name, index) => [
      index + 1,
      { type: 'tool_calls', tool_calls: [{ name, arguments: { message: 'hello' } }] },
    ]);
    const turns = Object.fromEntries([...rounds, [calls.length + 1, 'Done.']]);
    user.write({
      [`${folder}/config.arena.yaml`]: stringify({ kind: 'Arena', metadata: { name: folder }, spec }),
      [`${folder}/mock.yaml`]: stringify({ scenarios: { talk: { turns } } }),
    });
  }

  test('starts programs only where that is allowed, and keeps secrets to itself', async () => {
    write('allowed', ['mcp__all__echo', 'web', 'program']);
    const env = { SHOP_KEY: CANARY };
    const refused = await user.arena(['run', 'allowed'], env);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      'the program of the tool program may not be started here, allow it with --allow-exec',
    );
    const { code, stdout, stderr } = await user.arena(['run', 'allowed', '--allow-exec'], env);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const [record] = user.results();
    const said = record?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
    expect(said?.[0]).toBe('Echo: hello');
    expect(JSON.parse(said?.[1] ?? '')).toEqual({ key: '***', ok: true });
    expect(said?.[2]).toBe('42');
    expect(service.seen.at(-1)?.headers['x-key']).toBe(CANARY);
    const everything = [stdout, stderr, user.read('out/results.json'), ...user.stored()].join('\n');
    expect(everything).not.toContain(CANARY);
  }, 120_000);

  test('is refused with the last words of a server that does not start', async () => {
    const servers = { broken: { command: 'node', args: ['-e', 'console.error("no licence"); process.exit(3)'] } };
    const prompts = { main: { task_type: 'main', system_template: 'Help.', allowed_tools: ['mcp__broken__*'] } };
    write('broken', ['web'], { mcp_servers: servers, prompt_specs: prompts });
    const { code, stderr } = await user.arena(['run', 'broken', '--allow-exec']);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /config\.arena\.yaml:\d+:\d+ the MCP server broken cannot be used: .*exit code 3.*no licence/,
    );
  }, 120_000);

  test('outlives kill -9 of its worker: no server is left behind, and the conversation begins anew', async () => {
    write('killed', ['mcp__all__echo', 'slow']);
    const running = user.start(['run', 'killed', '--allow-exec', '--name', 'killed', '-o', 'again']);
    await waitFor('the call that hangs', () => (paused.length > 0 ? true : undefined), 60_000);
    const server = Number(user.read('killed.pid'));
    const { workers } = JSON.parse(user.read('data/local/killed/1/host.json')) as { workers: number[] };
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    expect(await isGone(server)).toBe(true);
    expect((await running.ended).code).toBe(0);
    const [record] = user.results('again');
    expect(record).toMatchObject({ verdict: 'passed', restarted: true });
    expect(Number(user.read('killed.pid'))).not.toBe(server);
  }, 120_000);
});
