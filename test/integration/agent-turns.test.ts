import { afterEach, describe, expect, test } from '@jest/globals';
import type { ContentPart } from '../../src/core/conversation.js';
import type { MockAgentScript } from '../../src/io/mock-agent/script.js';
import { codeOf, failureOf } from '../helpers/agent-calls.js';
import { AgentSide } from '../helpers/agent-side.js';
import { waitFor } from '../helpers/wait-for.js';

type Answer = NonNullable<MockAgentScript['default']>;

const side = new AgentSide();
afterEach(() => side.stop());

describe('turns with an agent', () => {
  test('go over one connection and in one session, which is closed in good order', async () => {
    const agent = await side.start({ script: { default: { text: '{{turn}}: {{content}}, since {{first}}' } } });
    const talk = side.talk();
    const answers = [await talk.say('a'), await talk.say('b'), await talk.say('c')];
    expect(answers.map(({ content }) => content)).toEqual(['1: a, since a', '2: b, since a', '3: c, since a']);
    expect(new Set(answers.map(({ session }) => session)).size).toBe(1);
    talk.end();
    await waitFor('the end of the connection', () => (agent.stats().connections.open === 0 ? true : undefined));
    expect(agent.stats()).toMatchObject({
      connections: { opened: 1 },
      closes: { 1000: 1 },
      sessions: 1,
      turns: { asked: 3, done: 3, repeated: 0 },
      violations: {},
    });
  });

  test('are waited for while the slot of the turn before is still taken, which is no latency', async () => {
    const agent = await side.start({ slotLagMs: 60 });
    const talk = side.talk();
    await talk.say('a');
    const second = await talk.say('b');
    expect(second.content).toBe('Echo: b');
    expect(second.waitMs).toBeGreaterThanOrEqual(25);
    expect(second.latencyMs).toBeLessThan(second.waitMs ?? 0);
    const { refusals, violations, turns } = agent.stats();
    expect(refusals.slot).toBeGreaterThanOrEqual(1);
    expect({ violations, asked: turns.asked }).toEqual({ violations: {}, asked: 2 });
  });

  test('take as long as the agent does, and begin with its first piece', async () => {
    await side.start({ script: { default: { text: 'one two three', chunks: 3, delay_ms: 80, chunk_delay_ms: 60 } } });
    const { latencyMs, ttftMs = 0, waitMs } = await side.talk().say('a');
    expect(ttftMs).toBeGreaterThanOrEqual(79);
    expect(latencyMs - ttftMs).toBeGreaterThanOrEqual(118);
    expect(waitMs).toBeLessThan(latencyMs + 1000);
  });

  test('have unknown use and cost, never none', async () => {
    await side.start();
    const answer = await side.talk().say('a');
    expect(answer).not.toHaveProperty('usage');
    expect(answer).not.toHaveProperty('costUsd');
  });

  test.each<[what: string, answer: Answer, content: string]>([
    ['`done` is the whole reply, not the rest of it', { text: 'all of it', chunks: 4 }, 'all of it'],
    ['pieces may be a mere beginning', { text: 'all of it', streamed: 'all' }, 'all of it'],
    ['pieces count where `done` says nothing', { text: 'all of it', chunks: 4, done_without_text: true }, 'all of it'],
    [
      'text parts are text',
      {
        parts: [
          { type: 'text', text: 'all ' },
          { type: 'text', text: 'of it' },
        ],
      },
      'all of it',
    ],
    ['what the caller said is no answer', { text: 'x', frames: [{ type: 'chunk', role: 'user', content: 'no' }] }, 'x'],
    ['further greetings change nothing', { text: 'x', frames: [{ type: 'connected', session_id: 'other' }] }, 'x'],
    ['unknown frames are passed over', { text: 'x', frames: [{ type: 'weather', content: 'rain' }, {}] }, 'x'],
    ['tags and signs arrive as they are', { text: '<b> & "quoted" \u2028' }, '<b> & "quoted" \u2028'],
    [
      'a call of nothing that is pending ends no turn',
      { text: 'x', frames: [{ type: 'error', error: { code: 'INVALID_MESSAGE', message: 'no pending tool call' } }] },
      'x',
    ],
  ])('%s', async (_, answer, content) => {
    const agent = await side.start({ script: { default: answer } });
    const talk = side.talk();
    expect((await talk.say('a')).content).toBe(content);
    expect((await talk.say('b')).content).toBe(content);
    expect(agent.stats()).toMatchObject({ connections: { opened: 1 }, sessions: 1, violations: {} });
  });

  test('bring media of all kinds in both directions', async () => {
    const media = { mime_type: 'image/png', data: 'aGk=', width: 2, height: 3, detail: 'low' };
    await side.start({
      script: {
        default: {
          parts: [
            { type: 'text', text: 'see' },
            { type: 'image', media },
            { type: 'audio', media: { mime_type: 'audio/wav', url: 'https://x.example/a.wav', duration_ms: 5 } },
            { type: 'file', media: { mime_type: 'application/pdf', storage_ref: 'store://1' } },
            { type: 'hologram', media: {} },
          ],
        },
      },
    });
    const answer = await side.talk().say('a');
    expect(answer).toMatchObject({ content: 'see' });
    expect(answer.parts).toEqual([
      { type: 'text', text: 'see' },
      { type: 'image', mimeType: 'image/png', data: 'aGk=', width: 2, height: 3, detail: 'low' },
      { type: 'audio', mimeType: 'audio/wav', url: 'https://x.example/a.wav', durationMs: 5 },
      { type: 'document', mimeType: 'application/pdf', url: 'store://1' },
    ]);
    await side.start();
    const talk = side.talk();
    const image: ContentPart = { type: 'image', mimeType: 'image/png', data: 'aGk=' };
    talk.messages.push({ role: 'user', content: 'look', parts: [{ type: 'text', text: 'closely' }, image] });
    // The server repeats what parts it got.
    expect((await talk.ask()).content).toBe('Echo: look\nclosely\n[image]');
  });

  test('are as large as agents send them', async () => {
    await side.start({ script: { default: { text: 'big', size_mb: 20 } } });
    expect((await side.talk().say('a')).content).toHaveLength(20 * 1_048_576);
  });

  test('are refused when they are larger than anybody reads, in either direction', async () => {
    const agent = await side.start({ maxPayloadBytes: 1000, script: { default: { text: 'big', size_mb: 65 } } });
    const talk = side.talk();
    expect(await codeOf(talk.say('a'))).toBe('answer_too_large');
    expect(await failureOf(talk.say('b'.repeat(1000)))).toMatchObject({ code: 'provider_rejected' });
    expect(agent.stats()).toMatchObject({ turns: { asked: 1 }, violations: {} });
  });

  test('end with their time limit, and the next one goes over another connection', async () => {
    const answers = [{ when: { user: 'a' }, answer: { silent: true, text: 'no end', chunks: 2 } }];
    const agent = await side.start({ script: { answers } });
    const talk = side.talk({ request_timeout: '150ms' });
    expect(await failureOf(talk.say('a'))).toMatchObject({
      code: 'call_timeout',
      message: expect.stringContaining('0.15 s'),
    });
    talk.messages.splice(0);
    expect((await talk.say('b')).content).toBe('Echo: b');
    expect(agent.stats()).toMatchObject({ connections: { opened: 2 }, violations: {} });
  });

  test('end at once when they are aborted, with the reason', async () => {
    await side.start({ latencyMs: 10_000 });
    const talk = side.talk();
    const call = talk.say('a');
    const startedAt = Date.now();
    setTimeout(() => talk.abort(new Error('enough')), 100);
    await expect(call).rejects.toThrow('enough');
    expect(Date.now() - startedAt).toBeLessThan(5000);
  });

  test('answer pings in the background, so that idle connections stay', async () => {
    const agent = await side.start({ pingMs: 40 });
    const talk = side.talk();
    await talk.say('a');
    await waitFor('pongs', () => (agent.stats().pongs >= 5 ? true : undefined));
    expect((await talk.say('b')).content).toBe('Echo: b');
    expect(agent.stats()).toMatchObject({ connections: { opened: 1 }, violations: {} });
  });

  test('stay below the rate that an agent takes, and send again what it refuses', async () => {
    const agent = await side.start({ slotLagMs: 0, messageRate: { perSecond: 10, burst: 3 } });
    const talk = side.talk();
    for (let turn = 1; turn <= 8; turn += 1) expect((await talk.say(`t${turn}`)).content).toBe(`Echo: t${turn}`);
    const { refusals, violations, turns } = agent.stats();
    expect(refusals.rate).toBeGreaterThan(0);
    expect({ violations, asked: turns.asked, repeated: turns.repeated }).toEqual({
      violations: {},
      asked: 8,
      repeated: 0,
    });
  });
});
