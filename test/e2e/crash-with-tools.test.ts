import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';
import { isGone } from '../helpers/is-gone.js';
import { EVERYTHING } from '../helpers/mcp-programs.js';
import { waitFor } from '../helpers/wait-for.js';

const CONCURRENCY = 4;
/** Conversations of each kind. */
const EACH = 8;
const LATENCY_MS = 40;
/** Two turns: each a round of the tool and its answer, then the judge. */
const MODEL_CALLS = 2 * EACH * 5;

interface Request {
  model: string;
  messages: { role: string; content: string }[];
}

const fingerprint = (request: SeenRequest): string =>
  request.path === '/web'
    ? String(request.headers['idempotency-key'])
    : createHash('sha256').update(request.body).digest('hex');

/** Requests that came more than once, with how often they came again. */
function repeatsOf(seen: readonly SeenRequest[]): { request: SeenRequest; again: number }[] {
  const found = new Map<string, { request: SeenRequest; again: number }>();
  for (const request of seen) {
    const print = fingerprint(request);
    found.set(print, { request, again: (found.get(print)?.again ?? -1) + 1 });
  }
  return [...found.values()].filter(({ again }) => again > 0);
}

/** What of a record must not hang on whether a worker died. */
const gist = ({ id, verdict, messages, assertions }: ConversationRecord) => ({
  id,
  verdict,
  messages: messages.map(({ role, content, toolCalls }) => ({ role, content, toolCalls })),
  assertions: assertions.map(({ type, passed, score }) => ({ type, passed, score })),
});
const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

describe('a worker that is killed amid a live tool, a judge and an MCP server', () => {
  const user = new ArenaUser();
  let service: HttpService;

  beforeAll(async () => {
    service = await startHttpService((request, response) => {
      const answer = request.path === '/web' ? { found: JSON.parse(request.body) } : chat(request);
      setTimeout(() => answerJson(response, answer), LATENCY_MS);
    });
    user.write(filesOf(service.origin, user.folder));
  });
  afterAll(async () => {
    await user.remove();
    await service.stop();
  });

  test('loses nothing: equal verdicts, nothing asked again but what was in flight, no program left behind', async () => {
    const calm = await user.arena(['run', '.', '-o', 'calm']);
    expect({ code: calm.code, stderr: calm.stderr }).toMatchObject({ code: 3 });
    expect(repeatsOf(service.seen)).toEqual([]);
    expect(service.seen).toHaveLength(MODEL_CALLS + 2 * EACH);
    service.seen.splice(0);

    const running = user.start(['run', '.', '-o', 'hurt', '--name', 'hurt']);
    await waitFor('half of the calls', () => (service.seen.length > MODEL_CALLS / 2 ? true : undefined), 60_000);
    const { workers } = JSON.parse(user.read('data/local/hurt/1/host.json')) as { workers: number[] };
    const before = service.seen.length;
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    expect((await running.ended).code).toBe(3);
    expect(service.seen.length).toBeGreaterThan(before);

    const hurt = user.results('hurt');
    expect(hurt.map(gist).sort(byId)).toEqual(user.results('calm').map(gist).sort(byId));
    const failed = hurt.filter(({ verdict }) => verdict === 'failed');
    expect(failed.map(({ id }) => id).sort()).toEqual(['server-3/model', 'web-3/model']);

    // The live tool and the models may resume: of each conversation at most the call in flight is repeated.
    const repeats = repeatsOf(service.seen);
    const ofWeb = repeats.filter(({ request }) => request.body.includes('web-'));
    expect(ofWeb.reduce((sum, { again }) => sum + again, 0)).toBeLessThanOrEqual(CONCURRENCY + 1);
    expect(repeats.every(({ again }) => again === 1)).toBe(true);
    // The server's memory died with it: conversations that it had answered in begin anew, and those only.
    const restarted = hurt.filter((record) => record.restarted === true);
    expect(restarted.length).toBeLessThanOrEqual(CONCURRENCY + 1);
    for (const { scenario } of restarted) expect(scenario).toMatch(/^server-/);
    const began = new Set(restarted.map(({ scenario }) => scenario));
    const ofServer = repeats.filter(({ request }) => /server-\d/.test(request.body));
    const strangers = ofServer.filter(({ request }) => !began.has(/server-\d/.exec(request.body)?.[0] ?? ''));
    // One that had not come to the server yet was in its first call.
    expect(strangers.length).toBeLessThanOrEqual(CONCURRENCY + 1 - restarted.length);

    const pids = readdirSync(user.folder).flatMap((name) => (name.startsWith('pid-') ? [Number(name.slice(4))] : []));
    // Two runs, each with a server to ask what it offers and one to work, and one more after the death.
    expect(pids.length).toBeGreaterThanOrEqual(5);
    for (const pid of pids) expect(await isGone(pid)).toBe(true);
    await user.nothingRuns();
  }, 180_000);
});

/** Each first look at a question calls the tool of the prompt, then answers; judges dislike number 3. */
function chat({ body }: SeenRequest): object {
  const { model, messages } = JSON.parse(body) as Request;
  const answer = (content: string) => ({ choices: [{ message: { content } }], usage: { prompt_tokens: 1 } });
  if (model === 'judge') {
    const score = /(web|server)-3/.test(body) ? 0.2 : 0.9;
    return answer(JSON.stringify({ passed: score > 0.5, score, reasoning: 'so' }));
  }
  const last = messages.at(-1);
  if (last?.role === 'tool') return answer(`It says ${last.content}`);
  const message = last?.content ?? '';
  const name = message.includes('web-') ? 'web' : 'mcp__all__echo';
  const call = { id: `c${messages.length}`, function: { name, arguments: JSON.stringify({ message }) } };
  return { choices: [{ message: { content: '', tool_calls: [call] } }] };
}

function filesOf(origin: string, folder: string): { [path: string]: string } {
  // The command line names the folder, so that the server is found among the user's processes.
  const start = `require('node:fs').writeFileSync('${folder}/pid-' + process.pid, ''); import('${EVERYTHING}')`;
  const model = (name: string) => ({ type: 'openai', model: name, base_url: `${origin}/v1` });
  const scenario = (name: string) => ({
    task_type: 'main',
    turns: [1, 2].map((turn) => ({ role: 'user', content: `${name}, question ${turn}` })),
    conversation_assertions: [
      { type: 'llm_judge_session', params: { criteria: 'It is fine.', judge: 'strict', min_score: 0.6 } },
      { type: 'no_tool_errors' },
      { type: 'tool_call_count', params: { min: 2, max: 2 } },
    ],
  });
  const names = Array.from({ length: EACH }, (_, index) => [`web-${index + 1}`, `server-${index + 1}`]).flat();
  const spec = {
    prompt_specs: {
      main: { task_type: 'main', system_template: 'Help.', allowed_tools: ['web', 'mcp__all__echo'] },
    },
    provider_specs: { model: model('m') },
    providers: [{ file: 'judge.yaml', group: 'judge' }],
    judges: [{ name: 'strict', provider: 'judge' }],
    tool_specs: {
      web: {
        description: 'd',
        input_schema: { type: 'object' },
        mode: 'live',
        http: { url: `${origin}/web` },
      },
    },
    mcp_servers: { all: { command: 'node', args: ['-e', start, 'stdio'] } },
    scenario_specs: Object.fromEntries(names.map((name) => [name, scenario(name)])),
    defaults: { concurrency: CONCURRENCY },
  };
  return {
    'config.arena.yaml': stringify({ kind: 'Arena', metadata: { name: 'crash' }, spec }),
    'judge.yaml': stringify({ kind: 'Provider', metadata: { name: 'judge' }, spec: model('judge') }),
  };
}
