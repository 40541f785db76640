import { afterEach, describe, expect, test } from '@jest/globals';
import type { MockAgentScript } from '../../src/io/mock-agent/script.js';
import { codeOf, tool } from '../helpers/agent-calls.js';
import { AgentSide } from '../helpers/agent-side.js';
import { waitFor } from '../helpers/wait-for.js';

const side = new AgentSide();
afterEach(() => side.stop());

const WEATHER = { name: 'weather', arguments: { city: 'Denver' } };
const TIME = { name: 'time', arguments: { zone: 'MST' } };
const withTools = { tools: [tool('weather'), tool('time')] };

const answering = (answer: NonNullable<MockAgentScript['default']>): { script: MockAgentScript } => ({
  script: { default: { text: 'It is {{results}}.', ...answer } },
});

describe('a tool that an agent asks for', () => {
  test('is acknowledged at once, run by us, and its result ends up in the reply', async () => {
    const agent = await side.start(answering({ tool_calls: [WEATHER] }));
    const talk = side.talk({}, withTools);
    const first = await talk.say('a');
    expect(first).toMatchObject({
      content: '',
      toolCalls: [{ id: 'call_001', name: 'weather', args: { city: 'Denver' } }],
    });
    await waitFor('the acknowledgement', () => (agent.stats().toolCalls.acknowledged === 1 ? true : undefined));
    talk.result('call_001', 'weather', '{\n  "degrees": 70\n}');
    expect((await talk.ask()).content).toBe('It is {"degrees":70}.');
    expect((await talk.say('b')).toolCalls).toHaveLength(1);
    expect(agent.stats()).toMatchObject({ connections: { opened: 1 }, sessions: 1, violations: {} });
  });

  test('may take longer than the agent waits for a first sign', async () => {
    const agent = await side.start({ ...answering({ tool_calls: [WEATHER] }), toolAnswerMs: 80 });
    const talk = side.talk({}, withTools);
    await talk.say('a');
    await new Promise((resolve) => setTimeout(resolve, 200));
    talk.result('call_001', 'weather', 'sunny');
    const last = await talk.ask();
    expect(last.content).toBe('It is "sunny".');
    // The time that the tool took is not the agent's.
    expect(last.latencyMs).toBeLessThan(150);
    expect(agent.stats().violations).toEqual({});
  });

  test('is refused with a reason where there is no such tool, and the turn goes on', async () => {
    const agent = await side.start(answering({ tool_calls: [{ name: 'open_door' }] }));
    const answer = await side.talk({}, withTools).say('a');
    expect(answer.content).toBe('It is rejected: there is no client that runs the tool open_door here.');
    expect(agent.stats()).toMatchObject({ toolCalls: { rejected: 1, acknowledged: 0 }, violations: {} });
  });

  test('is refused where the policy allows none', async () => {
    await side.start(answering({ tool_calls: [WEATHER] }));
    const answer = await side.talk({}, { ...withTools, toolChoice: 'none' }).say('a');
    expect(answer.content).toContain('rejected');
  });

  test('is refused with arguments that are no map', async () => {
    await side.start(answering({ tool_calls: [{ name: 'weather', arguments: ['Denver'] }] }));
    expect((await side.talk({}, withTools).say('a')).content).toContain('no JSON object');
  });

  test('and fails is told to the agent as the model would be told', async () => {
    await side.start(answering({ tool_calls: [WEATHER] }));
    const talk = side.talk({}, withTools);
    await talk.say('a');
    talk.result('call_001', 'weather', 'blocked: user declined', 'user declined (asked: may I?)');
    expect((await talk.ask()).content).toBe('It is rejected: blocked: user declined.');
  });

  test('comes with the others of its round, in order, and further rounds follow', async () => {
    const agent = await side.start(answering({ tool_rounds: [[WEATHER, TIME], [{ ...TIME, id: 'again' }]] }));
    const talk = side.talk({}, withTools);
    const first = await talk.say('a');
    expect(first.toolCalls?.map(({ name }) => name)).toEqual(['weather', 'time']);
    talk.result('call_001', 'weather', 'sunny');
    talk.result('call_002', 'time', 'noon');
    expect((await talk.ask()).toolCalls).toEqual([{ id: 'again', name: 'time', args: { zone: 'MST' } }]);
    talk.result('again', 'time', 'still noon');
    expect((await talk.ask()).content).toBe('It is "sunny", "noon", "still noon".');
    expect(agent.stats()).toMatchObject({ turns: { asked: 1 }, violations: {} });
  });

  test('may be only for show: the reply comes without its result', async () => {
    const agent = await side.start(answering({ tool_calls: [WEATHER], show_only: true, delay_ms: 20 }));
    const talk = side.talk({}, withTools);
    await talk.say('a');
    talk.result('call_001', 'weather', 'sunny');
    expect((await talk.ask()).content).toBe('It is .');
    await talk.say('b');
    talk.result('call_001', 'weather', 'sunny');
    await talk.ask();
    expect(agent.stats()).toMatchObject({ connections: { opened: 1 }, turns: { asked: 2 } });
  });
});

describe('a turn that breaks while its tools run', () => {
  const calls = { tool_rounds: [[WEATHER], [TIME]] };
  const cutAfterTools = {
    answers: [
      { when: {}, times: 1, answer: { ...calls, text: 'some words', cut: 'mid_turn' as const } },
      { when: {}, answer: { ...calls, text: '{{results}}' } },
    ],
  };

  test('is asked again, and what its tools have done is not done again', async () => {
    const agent = await side.start({ script: cutAfterTools });
    const talk = side.talk({}, withTools);
    await talk.say('a');
    talk.result('call_001', 'weather', 'sunny');
    await talk.ask();
    talk.result('call_002', 'time', 'noon');
    expect(await codeOf(talk.complete())).toBe('stream_cut');
    // Both calls come again, and are answered from the conversation.
    expect((await talk.ask()).content).toBe('"sunny", "noon"');
    expect(agent.stats()).toMatchObject({ turns: { asked: 2, repeated: 1, repeatedAfterDone: 0 }, violations: {} });
  });

  test('runs the tools that are called in another way the second time', async () => {
    const other = { ...WEATHER, arguments: { city: 'Boston' } };
    await side.start({
      script: {
        answers: [
          { when: {}, times: 1, answer: { tool_calls: [WEATHER], text: 'some words', cut: 'mid_turn' } },
          { when: {}, answer: { tool_calls: [other], text: '{{results}}' } },
        ],
      },
    });
    const talk = side.talk({}, withTools);
    await talk.say('a');
    talk.result('call_001', 'weather', 'sunny');
    expect(await codeOf(talk.complete())).toBe('stream_cut');
    expect((await talk.ask()).toolCalls?.[0]?.args).toEqual({ city: 'Boston' });
  });

  test('because a result came too late fails as the agent says, and passes', async () => {
    const agent = await side.start({ ...answering({ tool_calls: [WEATHER] }), toolResultMs: 60 });
    const talk = side.talk({}, withTools);
    await talk.say('a');
    await waitFor('the end of the turn', () => (agent.stats().turns.failed === 1 ? true : undefined));
    talk.result('call_001', 'weather', 'sunny');
    expect(await codeOf(talk.complete())).toBe('provider_unavailable');
    expect((await talk.ask()).content).toBe('It is "sunny".');
  });

  test('and that nobody goes on with is left behind by the next one', async () => {
    const agent = await side.start(answering({ tool_calls: [WEATHER] }));
    const talk = side.talk({}, withTools);
    await talk.say('a');
    talk.messages.push({ role: 'assistant', content: 'never mind' });
    await talk.say('b');
    expect(agent.stats()).toMatchObject({ connections: { opened: 2 }, turns: { asked: 2 }, violations: {} });
  });
});
