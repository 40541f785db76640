import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { EXIT } from '../../src/core/exit-codes.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';
import { EVERYTHING } from '../helpers/mcp-programs.js';

/** One for each place of a bundle that names a variable. */
const NAMES = ['MODEL', 'JUDGE', 'TARGET', 'WEB', 'SHOP', 'REST', 'EVAL_AGENT', 'AGENT', 'TEAM', 'MCP', 'EXEC'];
const KEYS = Object.fromEntries(NAMES.map((name) => [`${name}_KEY`, `canary-${name.toLowerCase()}-7b31d0c9`]));
const variable = (name: string) => `\${${name}_KEY}`;

/** Every form that a value may have in a file: plain, and in base64 at each offset. */
function formsOf(secret: string): string[] {
  const inBase64 = ['', 'x', 'xx'].map((before) => {
    const text = Buffer.from(`${before}${secret}`).toString('base64');
    return text.slice(before === '' ? 0 : 4, -4);
  });
  return [secret, ...inBase64, encodeURIComponent(secret), Buffer.from(secret).toString('hex')];
}

/** All that a request carries, as hostile servers repeat it. */
const echo = ({ headers, path }: SeenRequest) => `you sent ${JSON.stringify(headers)} to ${path}`;

describe('keys in the environment of a run', () => {
  const user = new ArenaUser();
  let service: HttpService;

  beforeAll(async () => {
    service = await startHttpService((request, response) => {
      const { path, body } = request;
      const refused = path.includes('/refuse');
      if (path.includes('.well-known')) return answerJson(response, {}, 404);
      if (refused) return answerJson(response, { error: { message: echo(request) } }, 401);
      if (path.endsWith('/chat/completions')) return answerJson(response, chat(request));
      if (path.includes('/rest')) return answerJson(response, { score: 1, reasoning: echo(request) });
      if (path.includes('/agent')) return answerJson(response, agentAnswer(request));
      answerJson(response, { said: echo(request), body });
    });
    user.write(filesOf(service.origin));
  });

  afterAll(async () => {
    await user.remove();
    await service.stop();
  });

  test('are sent where they belong, and stand in nothing that the run leaves behind', async () => {
    // A provider that is waited for stands in the workflow as well.
    const args = ['run', '.', '--allow-exec', '--format', 'json,csv,junit,markdown,html', '--verbose', '--hold', '2s'];
    const { code, stdout, stderr } = await user.arena(args, KEYS);
    expect({ code, stderr }).toMatchObject({ code: EXIT.infrastructure });
    const verdicts = user.results().map(({ scenario, verdict, error }) => [scenario, verdict, error?.code]);
    expect(verdicts).toEqual([
      ['talk', 'passed', undefined],
      ['refused-agents', 'passed', undefined],
      ['refused', 'errored', 'unauthorized'],
      ['recorded', 'passed', undefined],
    ]);
    // Each reached its service or program: else there would be nothing to keep.
    const sent = JSON.stringify(service.seen.map(({ headers }) => headers));
    const overHttp = NAMES.filter((name) => name !== 'MCP' && name !== 'EXEC');
    expect(overHttp.filter((name) => !sent.includes(KEYS[`${name}_KEY`] ?? ''))).toEqual([]);
    const talk = user.results().find(({ scenario }) => scenario === 'talk');
    const told = talk?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content) ?? [];
    expect(told).toHaveLength(5);
    for (const text of told) expect(text).toContain('***');
    const outputs = readdirSync(join(user.folder, 'out'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(outputs.length).toBeGreaterThanOrEqual(9);
    const everything = [stdout, stderr, ...outputs, ...user.stored()];
    const found = Object.entries(KEYS).filter(([, secret]) =>
      formsOf(secret).some((form) => everything.some((text) => text.includes(form))),
    );
    expect(found.map(([name]) => name)).toEqual([]);
  }, 120_000);
});

/** A model that calls a tool a round, then repeats its key; judges repeat theirs. */
function chat(request: SeenRequest): object {
  const { messages, model } = JSON.parse(request.body) as {
    messages: { role: string; content: string }[];
    model: string;
  };
  const verdict = { score: 1, reasoning: echo(request) };
  if (model !== 'm') return { choices: [{ message: { content: JSON.stringify(verdict) } }] };
  const calls = messages.some(({ content }) => content === 'Ask who refuses')
    ? ['a2a__closed__search', 'refusing']
    : ['web', 'a2a__open__search', 'mcp__all__get-env', 'program', 'a2a__team__search'];
  const name = calls[messages.filter(({ role }) => role === 'tool').length];
  if (name === undefined) return { choices: [{ message: { content: echo(request) } }] };
  const call = { id: `c-${name}`, function: { name, arguments: JSON.stringify({ query: 'q' }) } };
  return { choices: [{ message: { content: '', tool_calls: [call] } }] };
}

function agentAnswer(request: SeenRequest): object {
  const { id } = JSON.parse(request.body) as { id: string };
  const text = request.path.includes('judge') ? JSON.stringify({ score: 1, reasoning: echo(request) }) : echo(request);
  const message = { kind: 'message', role: 'agent', messageId: 'm', parts: [{ kind: 'text', text }] };
  return { jsonrpc: '2.0', id, result: message };
}

function filesOf(origin: string): { [path: string]: string } {
  const model = (name: string, path = '/v1', key = name.toUpperCase()) => ({
    type: 'openai',
    model: name === 'model' || name === 'closed' ? 'm' : name,
    base_url: `${origin}${path}`,
    include_raw_output: true,
    credential: { credential_env: `${key}_KEY` },
  });
  const tool = (mode: string, block: object) => ({
    description: 'd',
    input_schema: { type: 'object' },
    mode,
    ...block,
  });
  const http = (path: string) => ({
    http: {
      url: `${origin}${path}`,
      headers: { Authorization: `Bearer ${variable('SHOP')}` },
      headers_from_env: ['X-Web=WEB_KEY'],
    },
  });
  const agents = [
    { name: 'open', url: `${origin}/agent`, auth: { token_env: 'AGENT_KEY' } },
    { name: 'team', url: `${origin}/agent`, headers_from_env: ['X-Team=TEAM_KEY'] },
    { name: 'closed', url: `${origin}/refuse`, auth: { token_env: 'AGENT_KEY' } },
  ].map((agent) => ({ ...agent, card: { skills: [{ id: 'search' }] } }));
  const checks = [
    { type: 'llm_judge_session', params: { criteria: 'Fine.', judge: 'strict' } },
    {
      type: 'rest_eval_session',
      params: { url: `${origin}/rest`, headers: { Authorization: `Bearer ${variable('REST')}` } },
    },
    {
      type: 'a2a_eval_session',
      params: { agent_url: `${origin}/agent/judge`, auth_token: variable('EVAL_AGENT'), criteria: 'Fine.' },
    },
  ];
  const scenario = (content: string, more: object = {}) => ({
    task_type: 'main',
    providers: ['model'],
    turns: [{ role: 'user', content }],
    ...more,
  });
  const print = 'console.log(JSON.stringify(process.env)); console.error(process.env.EXEC_KEY)';
  const spec = {
    prompt_specs: {
      main: {
        task_type: 'main',
        system_template: 'Help.',
        allowed_tools: ['web', 'refusing', 'program', 'mcp__all__get-env'],
      },
    },
    provider_specs: { model: model('model'), closed: model('closed', '/refuse', 'MODEL') },
    providers: [
      { file: 'judge.yaml', group: 'judge' },
      { file: 'target.yaml', group: 'judge' },
    ],
    judges: [{ name: 'strict', provider: 'judge' }],
    tool_specs: {
      web: tool('live', http('/web')),
      refusing: tool('live', http('/refuse')),
      program: tool('exec', { exec: { command: 'node', args: ['-e', print], env: ['EXEC_KEY'] } }),
    },
    mcp_servers: { all: { command: 'node', args: [EVERYTHING, 'stdio'], env: { MCP_KEY: variable('MCP') } } },
    a2a_agents: agents,
    scenario_specs: {
      talk: scenario('Go', { conversation_assertions: checks }),
      'refused-agents': scenario('Ask who refuses'),
      refused: scenario('Go', { providers: ['closed'] }),
    },
    eval_specs: {
      recorded: {
        recording: { path: 'chat.json' },
        judge_targets: { mine: { type: 'openai', model: 'target', id: 'target' } },
        conversation_assertions: [{ type: 'llm_judge_session', params: { criteria: 'Fine.', judge: 'mine' } }],
      },
    },
    defaults: { output: { dir: 'out', recording: { enabled: true } } },
  };
  const provider = (name: string) => stringify({ kind: 'Provider', metadata: { name }, spec: model(name) });
  return {
    'config.arena.yaml': stringify({ kind: 'Arena', metadata: { name: 'keys' }, spec }),
    'judge.yaml': provider('judge'),
    'target.yaml': provider('target'),
    'chat.json': JSON.stringify({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
    }),
  };
}
