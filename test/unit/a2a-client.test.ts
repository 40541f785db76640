import { afterEach, describe, expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import type { RemoteAgent } from '../../src/core/outside-services.js';
import { askAgent, readAgentCard } from '../../src/io/a2a/ask-agent.js';
import { type AgentOptions, said, startAgent, task } from '../helpers/a2a-agent.js';
import type { HttpService } from '../helpers/http-service.js';

let agent: HttpService | undefined;

afterEach(async () => {
  await agent?.stop();
  agent = undefined;
});

const { signal } = new AbortController();

async function ask(options: AgentOptions, remote: Partial<RemoteAgent> = {}): Promise<string> {
  agent = await startAgent(options);
  return askAgent({ url: agent.origin, timeoutMs: 5000, ...remote }, 'Hello', { signal });
}

const failure = async (asked: Promise<unknown>): Promise<[string, string]> => {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ArenaError)) throw new Error(`not refused: ${String(error)}`);
  return [error.code, error.message.replace(/127\.0\.0\.1:\d+/g, 'HOST')];
};

const artifacts = (...texts: string[]) =>
  texts.map((text, index) => ({ artifactId: `a${index}`, parts: [{ kind: 'text', text }] }));

describe('answers of agents', () => {
  test.each<[string, AgentOptions, string]>([
    ['a message', { answers: { 'message/send': () => said('Hi') } }, 'Hi'],
    [
      'a task that is done',
      { answers: { 'message/send': () => task('completed', { artifacts: artifacts('A', 'B') }) } },
      'A\nB',
    ],
    [
      'a task that is looked at until it is done',
      {
        answers: {
          'message/send': () => task('submitted'),
          'tasks/get': (_, call) => (call < 2 ? task('working') : task('completed', { artifacts: artifacts('Done') })),
        },
      },
      'Done',
    ],
    [
      'the status of a task without artifacts',
      {
        answers: { 'message/send': () => task('completed', { status: { state: 'completed', message: said('Fine') } }) },
      },
      'Fine',
    ],
    [
      'a question in return',
      {
        answers: {
          'message/send': () =>
            task('input-required', { status: { state: 'input-required', message: said('Which?') } }),
        },
      },
      'Which?',
    ],
    [
      'values as JSON',
      { answers: { 'message/send': () => ({ ...said(''), parts: [{ kind: 'data', data: { n: 1 } }] }) } },
      '{"n":1}',
    ],
    [
      'a stream of updates',
      {
        card: { capabilities: { streaming: true } },
        answers: {
          'message/stream': () => [
            task('submitted'),
            {
              kind: 'artifact-update',
              taskId: 't1',
              artifact: { artifactId: 'a', parts: [{ kind: 'text', text: 'One ' }] },
            },
            {
              kind: 'artifact-update',
              taskId: 't1',
              append: true,
              artifact: { artifactId: 'a', parts: [{ kind: 'text', text: 'two' }] },
            },
            { kind: 'status-update', taskId: 't1', status: { state: 'completed' }, final: true },
          ],
        },
      },
      'One two',
    ],
    [
      'version 1.0',
      {
        card: { supportedInterfaces: [{ url: '/v1', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }] },
        answers: {
          SendMessage: () => ({ task: { id: 't1', status: { state: 'TASK_STATE_WORKING' } } }),
          GetTask: () => ({
            id: 't1',
            status: { state: 'TASK_STATE_COMPLETED' },
            artifacts: [{ artifactId: 'a', parts: [{ text: 'New' }] }],
          }),
        },
      },
      'New',
    ],
    ['an agent without a card', { card: null, answers: { 'message/send': () => said('Hi') } }, 'Hi'],
    [
      'a card at its older place',
      { cardPath: '/.well-known/agent.json', answers: { 'message/send': () => said('Hi') } },
      'Hi',
    ],
  ])('%s', async (_, options, expected) => {
    expect(await ask(options)).toBe(expected);
  });

  test('the question names the skill, carries the headers and keeps its id', async () => {
    const remote = { headers: { authorization: 'Bearer t' }, skill: 'search', messageId: 'item/1' };
    await ask({ answers: { 'message/send': () => said('Hi') } }, remote);
    const { path, headers, body } = agent?.seen.at(-1) ?? { path: '', headers: {}, body: '{}' };
    expect([path, headers.authorization]).toEqual(['/rpc', 'Bearer t']);
    expect(JSON.parse(body).params.message).toEqual({
      kind: 'message',
      messageId: 'item/1',
      role: 'user',
      parts: [{ kind: 'text', text: 'Hello' }],
      metadata: { skillId: 'search' },
    });
  });
});

describe('agents that do not answer', () => {
  const message = { 'message/send': () => said('Hi') };
  test.each<[string, AgentOptions, [string, string]]>([
    [
      'refuse',
      { answers: { 'message/send': () => new Error('not today') } },
      ['provider_rejected', 'the agent at http://HOST refused: not today'],
    ],
    [
      'fail at the work',
      { answers: { 'message/send': () => task('failed', { status: { state: 'failed', message: said('broke') } }) } },
      ['provider_rejected', 'the agent at http://HOST ended its work as failed: broke'],
    ],
    [
      'ask for credentials',
      { status: 401, answers: message },
      ['unauthorized', expect.stringContaining('answered 401') as unknown as string],
    ],
    [
      'are overloaded',
      { status: 503, answers: message },
      ['provider_unavailable', expect.stringContaining('answered 503') as unknown as string],
    ],
    [
      'say nothing of the protocol',
      { answers: {} },
      ['malformed_answer', 'the agent at http://HOST answered with what is no message of the protocol'],
    ],
    [
      'lead to another host',
      { card: { url: 'http://elsewhere.example/rpc' }, answers: message },
      ['redirect_refused', 'the card of the agent at http://HOST leads to http://elsewhere.example'],
    ],
    [
      'speak other protocols only',
      { card: { preferredTransport: 'GRPC', url: '/grpc' }, answers: message },
      ['unsupported', 'the agent at http://HOST cannot be asked by JSON-RPC'],
    ],
    [
      'have no sound card',
      { card: { skills: 7 }, answers: message },
      ['malformed_answer', 'http://HOST/.well-known/agent-card.json holds no agent card'],
    ],
  ])('%s', async (_, options, expected) => {
    expect(await failure(ask(options))).toEqual(expected);
  });

  test('never get done', async () => {
    const answers = { 'message/send': () => task('working'), 'tasks/get': () => task('working') };
    const [code, why] = await failure(ask({ answers }, { timeoutMs: 300 }));
    expect([code, why]).toEqual(['call_timeout', 'the agent at http://HOST was not done within 0.3 s']);
  });

  test('are given up when the run stops', async () => {
    const stop = new AbortController();
    agent = await startAgent({
      answers: { 'message/send': () => task('working'), 'tasks/get': () => task('working') },
    });
    const asked = askAgent({ url: agent.origin, timeoutMs: 60_000 }, 'Hello', { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('stopped')), 50);
    await expect(asked).rejects.toThrow('stopped');
  });

  test('say too much', async () => {
    const answers = { 'message/send': () => said('x'.repeat(5 * 1024 * 1024)) };
    expect((await failure(ask({ answers })))[0]).toBe('answer_too_large');
  });
});

test('the card of an agent lists its skills, and is asked for once', async () => {
  agent = await startAgent({ answers: {} });
  const remote = { url: agent.origin, timeoutMs: 5000 };
  const [card] = await Promise.all([readAgentCard(remote, { signal }), readAgentCard(remote, { signal })]);
  expect(card.skills).toEqual([{ id: 'search', name: 'Search', description: 'Finds papers', tags: ['papers'] }]);
  expect(agent.seen).toHaveLength(1);
});

test('an agent without a card cannot say what it can do', async () => {
  agent = await startAgent({ card: null, answers: {} });
  const [code, why] = await failure(readAgentCard({ url: agent.origin, timeoutMs: 5000 }, { signal }));
  expect([code, why]).toEqual(['malformed_answer', 'the agent at http://HOST has no card']);
});
