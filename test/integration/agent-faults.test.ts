import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ErrorCode } from '../../src/core/errors.js';
import type { ConnectionAccidents } from '../../src/io/mock-agent/options.js';
import type { MockAgentScript } from '../../src/io/mock-agent/script.js';
import type { MockAgent } from '../../src/io/mock-agent/server.js';
import { agentAt, codeOf, failureOf, Talk } from '../helpers/agent-calls.js';
import { AgentSide } from '../helpers/agent-side.js';
import { selfSigned } from '../helpers/self-signed.js';
import { waitFor } from '../helpers/wait-for.js';

type Answer = NonNullable<MockAgentScript['default']>;

const side = new AgentSide();

/** Waits until both sides know that there is no connection any more. */
async function noticed(agent: MockAgent): Promise<void> {
  await waitFor('the end of all connections', () => (agent.stats().connections.open === 0 ? true : undefined));
  await new Promise((resolve) => setTimeout(resolve, 50));
}

afterEach(() => side.stop());

describe('a turn that breaks', () => {
  /** What the first try of the second turn meets; later ones are answered. */
  const once = (answer: Answer) => ({ answers: [{ when: { user: 'second' }, times: 1, answer }] });

  test.each<[what: string, answer: Answer, code: ErrorCode, status?: number]>([
    ['before any frame', { cut: 'before_frames' }, 'stream_cut', 1006],
    ['in the middle of its pieces', { text: 'some words', cut: 'mid_turn' }, 'stream_cut', 1006],
    ['by a shutdown', { text: 'some words', cut: 'mid_turn', close_code: 1001 }, 'stream_cut', 1001],
    ['by a fault of the protocol', { cut: 'before_frames', close_code: 1002 }, 'stream_cut', 1002],
    ['by a message that was too long', { cut: 'before_frames', close_code: 1009 }, 'stream_cut', 1009],
    ['by something that is no frame', { frames: ['{"type":'], silent: true }, 'malformed_answer'],
    ['by a list', { frames: [[1, 2]], silent: true }, 'malformed_answer'],
    ['by a reply that is no text', { frames: [{ type: 'done', content: 7 }], silent: true }, 'malformed_answer'],
    ['in an error', { error: { code: 'INTERNAL_ERROR' } }, 'provider_unavailable'],
    [
      'in an error amid its pieces',
      { chunks: 2, error: { code: 'INTERNAL_ERROR', after_chunks: true } },
      'provider_unavailable',
    ],
    ['in an error and then a reply', { error: { code: 'INTERNAL_ERROR', then_done: true } }, 'provider_unavailable'],
    [
      'in an error that keeps the slot',
      { error: { code: 'INTERNAL_ERROR', keeps_slot: true } },
      'provider_unavailable',
    ],
    ['because the agent is not there', { error: { code: 'AGENT_UNAVAILABLE' } }, 'provider_unavailable'],
    [
      'because its model is busy',
      { chunks: 1, error: { code: 'RATE_LIMITED', message: 'model overloaded', after_chunks: true } },
      'rate_limited',
    ],
    ['because its provider wants it slower', { error: { code: 'PROVIDER_RATE_LIMIT' } }, 'rate_limited'],
    ['in an error that nobody knows', { error: { code: 'PROVIDER_ERROR' } }, 'provider_unavailable'],
    [
      'in an error without its session',
      { error: { code: 'INTERNAL_ERROR', with_session: false } },
      'provider_unavailable',
    ],
  ])('%s passes: the next try goes on in the session, over another connection', async (...[, answer, code, status]) => {
    const agent = await side.start({ script: { ...once(answer), default: { text: '{{turn}} since {{first}}' } } });
    const talk = side.talk({ request_timeout: '5s' });
    const { session } = await talk.say('first');
    const failure = await failureOf(talk.say('second'));
    expect({ code: failure.code, status: failure.status }).toEqual({ code, status });
    expect(await talk.ask()).toMatchObject({ content: '2 since first', session });
    expect(agent.stats()).toMatchObject({
      connections: { opened: 2 },
      sessions: 1,
      turns: { asked: 3, done: 2, repeated: 1, repeatedAfterDone: 0 },
      violations: {},
    });
  });

  test.each<[code: string, means: ErrorCode]>([
    ['INVALID_MESSAGE', 'provider_rejected'],
    ['MEDIA_NOT_ENABLED', 'provider_rejected'],
    ['UNSATISFIABLE_FORMAT', 'provider_rejected'],
    ['TOOL_FAILED', 'tool_failed'],
    ['CONTEXT_LENGTH_EXCEEDED', 'context_too_long'],
    ['CONTENT_FILTERED', 'content_filtered'],
    ['INVALID_API_KEY', 'provider_rejected'],
    ['constructor', 'provider_unavailable'],
  ])('with the code %s is told as %s, in the words of the agent', async (code, means) => {
    await side.start({ script: { default: { error: { code, message: 'so it is' } } } });
    const failure = await failureOf(side.talk().say('a'));
    expect(failure).toMatchObject({ code: means, message: expect.stringContaining(`${code}: so it is`) });
  });

  test('without a word is told as that', async () => {
    await side.start({ script: { default: { text: '' } } });
    expect(await codeOf(side.talk().say('a'))).toBe('empty_answer');
  });

  test.each<[what: string, cut: Answer]>([
    ['right after its reply', { cut: 'after_done' }],
    ['right after its reply, in good order', { cut: 'after_done', close_code: 1000 }],
  ])('%s is answered, and never asked again', async (_, cut) => {
    const agent = await side.start({ script: { default: { text: '{{turn}}', ...cut } } });
    const talk = side.talk();
    for (const turn of ['1', '2', '3']) {
      expect((await talk.say(turn)).content).toBe(turn);
      await noticed(agent);
    }
    expect(agent.stats()).toMatchObject({
      connections: { opened: 3 },
      sessions: 1,
      turns: { asked: 3, done: 3, repeated: 0 },
    });
  });

  test('between two turns goes unnoticed', async () => {
    const agent = await side.start();
    const talk = side.talk();
    await talk.say('a');
    agent.dropConnections();
    await noticed(agent);
    await talk.say('b');
    expect(agent.stats()).toMatchObject({ connections: { opened: 2 }, sessions: 1, turns: { asked: 2, repeated: 0 } });
  });
});

describe('a session that is gone', () => {
  test('is told when the agent had answered in it', async () => {
    const agent = await side.start();
    const talk = side.talk();
    await talk.say('a');
    agent.forgetSessions();
    expect(await codeOf(talk.say('b'))).toBe('session_lost');
    expect(agent.stats()).toMatchObject({ refusals: { session: 1 }, violations: {} });
  });

  test('is told when it has expired', async () => {
    await side.start({ sessionTtlMs: 40 });
    const talk = side.talk();
    await talk.say('a');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await failureOf(talk.say('b'))).toMatchObject({
      code: 'session_lost',
      hint: expect.stringContaining('store'),
    });
  });

  test('does not matter when nothing was answered in it: another one is as good', async () => {
    const answers = [{ when: { user: 'a' }, times: 1, answer: { cut: 'before_frames' as const } }];
    const agent = await side.start({ script: { answers } });
    const talk = side.talk();
    expect(await codeOf(talk.say('a'))).toBe('stream_cut');
    agent.forgetSessions();
    expect((await talk.ask()).content).toBe('Echo: a');
    expect(agent.stats()).toMatchObject({ refusals: { session: 1 }, connections: { opened: 2 }, violations: {} });
  });
});

describe('a connection that the agent does not take', () => {
  test.each<[status: number, code: ErrorCode, hint?: string]>([
    [400, 'provider_rejected', 'WebSocket address'],
    [401, 'unauthorized', 'credential_env'],
    [403, 'unauthorized', 'admit'],
    [404, 'provider_rejected', '/ws'],
    [429, 'rate_limited'],
    [500, 'provider_unavailable'],
    [503, 'provider_unavailable'],
  ])('with HTTP %s is told as %s', async (...[status, code, hint]) => {
    await side.start({ accidents: { refused: { count: 1, status } } });
    const talk = side.talk();
    const failure = await failureOf(talk.say('a'));
    expect(failure).toMatchObject({ code, status });
    if (hint !== undefined) expect(failure.hint).toContain(hint);
    if (status > 404) expect(failure.retryAfterMs).toBe(1000);
    expect((await talk.ask()).content).toBe('Echo: a');
  });

  test('because it has too many is tried again when the agent wishes', async () => {
    await side.start({ accidents: { refused: { count: 1, status: 503, retryAfter: '7' } } });
    expect(await failureOf(side.talk().say('a'))).toMatchObject({ retryAfterMs: 7000 });
  });

  test('but sends on is not followed', async () => {
    const refused = { count: 1, status: 302, location: 'http://elsewhere.example/ws' };
    await side.start({ accidents: { refused } });
    expect(await failureOf(side.talk().say('a'))).toMatchObject({
      code: 'redirect_refused',
      message: expect.stringContaining('elsewhere.example'),
    });
  });

  test.each<[what: string, accidents: ConnectionAccidents]>([
    ['closes before it is ready', { closedBeforeConnected: 1 }],
  ])('but %s is tried again later', async (_, accidents) => {
    const agent = await side.start({ accidents });
    const talk = side.talk();
    expect(await failureOf(talk.say('a'))).toMatchObject({ code: 'provider_unavailable', retryAfterMs: 1000 });
    expect((await talk.ask()).content).toBe('Echo: a');
    expect(agent.stats().violations).toEqual({});
  });

  test('because nobody listens there is told with the reason', async () => {
    const agent = await side.start();
    const { url } = agent;
    await side.stop();
    const talk = new Talk(agentAt(url));
    expect(await failureOf(talk.say('a'))).toMatchObject({
      code: 'connection_failed',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('because it speaks no TLS is told as that', async () => {
    const agent = await side.start();
    const talk = new Talk(agentAt(agent.url.replace('ws:', 'wss:')));
    expect(await codeOf(talk.say('a'))).toBe('connection_failed');
  });

  test('because nobody here trusts its certificate is told with what to do', async () => {
    const server = createSecureServer(selfSigned()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await failureOf(new Talk(agentAt(`wss://127.0.0.1:${port}`)).say('a'))).toMatchObject({
      code: 'connection_failed',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    await new Promise((resolve) => server.close(resolve));
  });

  test('because it is a web server is told as that', async () => {
    const server = createServer((_, response) => response.writeHead(200).end('<html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const talk = new Talk(agentAt(`ws://127.0.0.1:${port}/ws`));
    expect(await failureOf(talk.say('a'))).toMatchObject({ code: 'provider_rejected', status: 200 });
    await new Promise((resolve) => server.close(resolve));
  });

  test('at a path that is not the agent’s is told with the right one', async () => {
    const agent = await side.start();
    const talk = new Talk(agentAt(agent.url.replace('/ws', '/chat')));
    expect(await failureOf(talk.say('a'))).toMatchObject({ status: 404, hint: expect.stringContaining('/ws') });
  });
});
