import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { agentAt, codeOf, Talk } from '../helpers/agent-calls.js';

/** An agent that does as the test says; `answer` is called with each `message`. */
let server: WebSocketServer | undefined;
let talk: Talk | undefined;

afterEach(async () => {
  talk?.end();
  for (const socket of server?.clients ?? []) socket.terminate();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

const LOOK = [{ name: 'look', description: '', inputSchema: {} }];

interface Agent {
  /** What it says it takes, in bytes. */
  takes?: number;
  /** Fields of the provider file. */
  more?: object;
  answer(socket: WebSocket): void;
}

async function talkTo({ takes = 16_777_216, more, answer }: Agent): Promise<Talk> {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/ws' });
  server.on('connection', (socket) => {
    const connected = { capabilities: { max_payload_size: takes } };
    socket.send(JSON.stringify({ type: 'connected', session_id: 's', connected }));
    socket.on('message', (data) => {
      if (JSON.parse(String(data)).type === 'message') answer(socket);
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  talk = new Talk(agentAt(`ws://127.0.0.1:${port}`, more), { tools: LOOK });
  return talk;
}

const toolCall = (id: string, name: string) =>
  JSON.stringify({ type: 'tool_call', tool_call: { id, name, arguments: {} } });

describe('agents that mean no good', () => {
  test('a call whose refusal the agent does not take itself ends the turn, not the process', async () => {
    const agent = await talkTo({ takes: 400, answer: (socket) => socket.send(toolCall('x'.repeat(500), 'unknown')) });
    expect(await codeOf(agent.say('hello'))).toBe('provider_rejected');
  });

  test('calls without end are handed on when the time of the turn is over', async () => {
    let calls = 0;
    const agent = await talkTo({
      more: { request_timeout: '300ms' },
      answer: (socket) => {
        const asking = setInterval(() => {
          calls += 1;
          if (socket.readyState !== socket.OPEN || calls > 500) clearInterval(asking);
          else socket.send(toolCall(`call-${calls}`, 'look'));
        }, 4);
      },
    });
    const startedAt = performance.now();
    const { toolCalls = [] } = await agent.say('hello');
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(toolCalls.length).toBeGreaterThan(0);
  });

  test('a flood of calls ends the turn', async () => {
    const agent = await talkTo({
      answer: (socket) => {
        for (let call = 0; call < 1000; call += 1) socket.send(toolCall(`call-${call}`, 'look'));
      },
    });
    expect(await codeOf(agent.say('hello'))).toBe('malformed_answer');
  });

  test('a reply that is nested beyond all sense is no frame', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const agent = await talkTo({
      more: { include_raw_output: true },
      answer: (socket) => socket.send(`{"type":"done","content":"hi","more":${deep}}`),
    });
    expect(await codeOf(agent.say('hello'))).toBe('malformed_answer');
  });
});
