import { afterEach, describe, expect, test } from '@jest/globals';
import type { CallContext, Completion } from '../../src/core/provider.js';
import { codeOf, tool } from '../helpers/agent-calls.js';
import { AgentSide } from '../helpers/agent-side.js';

const side = new AgentSide();
afterEach(() => side.stop());

const context = (more: Partial<CallContext>): { context: CallContext } => ({
  context: { scenario: 'talk', provider: 'agent', ...more },
});

const SYSTEM = { role: 'system' as const, content: 'You are Ada.' };

describe('an assistant that is an agent', () => {
  test('is told the newest message only, and nothing of the bundle’s prompt', async () => {
    await side.start();
    const talk = side.talk();
    talk.messages.push(SYSTEM);
    expect((await talk.say('a')).content).toBe('Echo: a');
    expect((await talk.say('b')).content).toBe('Echo: b');
  });

  test('is told in one message what was said before it came, and what others said in its place', async () => {
    await side.start();
    const talk = side.talk();
    talk.messages.push({ role: 'user', content: 'hi' }, { role: 'assistant', content: 'hello' });
    expect((await talk.say('a')).content).toBe(
      'Echo: The conversation so far:\n\nUser: hi\nYou: hello\n\nThe newest message:\n\na',
    );
    expect((await talk.say('b')).content).toBe('Echo: b');
    // A guardrail answered this one.
    talk.messages.push({ role: 'user', content: 'rude' }, { role: 'assistant', content: 'no' });
    expect((await talk.say('c')).content).toContain('User: rude\nYou: no\n\nThe newest message:\n\nc');
  });

  test('that is never said anything is an error of the bundle', async () => {
    await side.start();
    const talk = side.talk();
    talk.messages.push(SYSTEM);
    expect(await codeOf(talk.ask())).toBe('invalid_input');
  });

  test('goes on in its session in another process, after answers that stand on record', async () => {
    const agent = await side.start({ script: { default: { text: '{{turn}} since {{first}}' } } });
    const before = side.talk();
    const answers: Completion[] = [await before.say('a'), await before.say('b')];
    before.end();
    const after = side.talk();
    after.recall('a', answers[0] ?? { content: '', latencyMs: 0 });
    after.recall('b', answers[1] ?? { content: '', latencyMs: 0 });
    expect(await after.say('c')).toMatchObject({ content: '3 since a', session: answers[0]?.session });
    expect(agent.stats()).toMatchObject({ connections: { opened: 2 }, sessions: 1, turns: { asked: 3, repeated: 0 } });
  });

  test('does a turn again whose tools had run when the process died', async () => {
    const call = { name: 'weather', arguments: { city: 'Denver' } };
    const agent = await side.start({ script: { default: { tool_calls: [call], text: 'It is {{results}}.' } } });
    const before = side.talk({}, { tools: [tool('weather')] });
    const asked = await before.say('a');
    before.end();
    const after = side.talk({}, { tools: [tool('weather')] });
    after.recall('a', asked);
    after.messages.splice(1, 1, { role: 'assistant', content: '', toolCalls: asked.toolCalls });
    after.result('call_001', 'weather', 'sunny');
    expect(await after.ask()).toMatchObject({ content: 'It is "sunny".', session: asked.session });
    expect(agent.stats()).toMatchObject({ sessions: 1, turns: { asked: 2 }, violations: {} });
  });

  test('whose session is gone since then says so', async () => {
    const agent = await side.start();
    const before = side.talk();
    const answer = await before.say('a');
    before.end();
    agent.forgetSessions();
    const after = side.talk();
    after.recall('a', answer);
    expect(await codeOf(after.say('b'))).toBe('session_lost');
  });
});

describe('a persona that is an agent', () => {
  test('is told whom to play once, then only what the other side says', async () => {
    const agent = await side.start();
    const talk = side.talk({}, context({ persona: 'ada' }));
    // The engine makes these requests anew each time, with the sides swapped.
    talk.messages.push({ ...SYSTEM }, { role: 'user', content: 'Begin.' });
    expect((await talk.complete()).content).toBe('Echo: You are Ada.\n\nBegin.');
    const next = [
      { ...SYSTEM },
      { role: 'assistant' as const, content: 'Hello' },
      { role: 'user' as const, content: 'Hi' },
    ];
    talk.messages.splice(0, 2, { ...SYSTEM }, { role: 'user', content: 'Begin.' }, ...next.slice(1));
    expect((await talk.complete()).content).toBe('Echo: Hi');
    expect(agent.stats()).toMatchObject({ connections: { opened: 1 }, sessions: 1 });
  });

  test('and an assistant of the same agent speak in sessions of their own', async () => {
    const agent = await side.start({ script: { default: { text: '{{turn}} {{first}}' } } });
    const talk = side.talk();
    await talk.say('a');
    const request = { ...talk.request(), messages: [SYSTEM, { role: 'user' as const, content: 'b' }] };
    const provider = side.lastProvider;
    const { signal } = new AbortController();
    const persona = { ...request, ...context({ persona: 'ada' }) };
    const answer = await provider.complete(persona, { signal, conversation: talk.conversation });
    expect(answer.content).toBe('1 You are Ada.\n\nb');
    expect((await talk.say('c')).content).toBe('2 a');
    expect(agent.stats()).toMatchObject({ connections: { opened: 2, open: 2 }, sessions: 2 });
  });
});

describe('a judge, a step or a member of a team that is an agent', () => {
  test.each<[who: string, given: Partial<CallContext>]>([
    ['judge', { judge: true }],
    ['step', { step: 's' }],
    ['member', { agent: 'm' }],
  ])('is told everything at once, each time in a session of its own: %s', async (_, given) => {
    const agent = await side.start({ script: { default: { text: '{{turn}} {{content}}' } } });
    for (const question of ['a', 'b']) {
      const talk = side.talk({}, context(given));
      talk.messages.push(SYSTEM, { role: 'user', content: question });
      const answer = await talk.complete();
      expect(answer.content).toBe(`1 You are Ada.\n\n${question}`);
      expect(answer).not.toHaveProperty('session');
    }
    expect(agent.stats()).toMatchObject({ sessions: 2, violations: {} });
    await side.settled();
  });

  test('may use tools', async () => {
    const call = { name: 'weather', arguments: {} };
    const agent = await side.start({ script: { default: { tool_calls: [call], text: 'It is {{results}}.' } } });
    const talk = side.talk({}, { ...context({ step: 's' }), tools: [tool('weather')] });
    talk.messages.push(SYSTEM);
    await talk.say('a');
    talk.result('call_001', 'weather', 'sunny');
    expect((await talk.ask()).content).toBe('It is "sunny".');
    expect(agent.stats()).toMatchObject({ turns: { asked: 1 }, violations: {} });
  });
});
