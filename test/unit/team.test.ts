import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

const call = (name: string, query: string) => ({ toolCalls: [{ id: 'c1', name, args: { query } }] });
const toolTexts = ({ messages }: ConversationRecord) =>
  messages.filter(({ role }) => role === 'tool').map(({ content }) => content);

describe('prompts as agents', () => {
  const prompts = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, { task_type: name, system_template: `You are ${name}.` }]));
  const team = (members: object, rest: object = {}) => ({
    prompt_specs: prompts('one', 'two'),
    agents: { entry: 'main', members: { main: {}, ...members } },
    ...rest,
  });

  test('the entry calls a member, which answers with its own prompt', async () => {
    // shows Arena.spec.agents.entry, Arena.spec.agents.members.*.description, Arena.spec.agents.members.*.tags
    const bundle = engineBundle({ arena: team({ one: { description: 'Knows one', tags: ['x'] }, two: {} }) });
    const asks: unknown[] = [];
    const next = scripted(call('a2a__one__one', 'What?'), 'One says so', 'done');
    const record = await hold(bundle, {
      complete: ({ messages, tools, context }) => {
        asks.push([
          context.agent,
          messages.map(({ content }) => content),
          tools?.map(({ name, description }) => [name, description]),
        ]);
        return { ...next(), usage: { inputTokens: 1 } };
      },
    });
    expect(asks.slice(0, 2)).toEqual([
      [
        undefined,
        ['You help.', 'Hello'],
        [
          ['a2a__one__one', 'Knows one (x)'],
          ['a2a__two__two', 'two'],
        ],
      ],
      ['one', ['You are one.', 'What?'], undefined],
    ]);
    expect(toolTexts(record)).toEqual(['One says so']);
    expect([record.calls, record.usage.inputTokens]).toEqual([3, 3]);
  });

  test('guardrails of a member hold, and are recorded', async () => {
    const arena = team({ one: {} });
    arena.prompt_specs = {
      ...prompts('two'),
      one: {
        task_type: 'one',
        system_template: 'x',
        validators: [{ type: 'banned_words', params: { words: ['secret'] }, message: 'No.' }],
      } as never,
    };
    const record = await hold(engineBundle({ arena }), {
      complete: scripted(call('a2a__one__one', '?'), 'a secret', 'done'),
    });
    expect(toolTexts(record)).toEqual(['No.']);
    expect(record.violations.map(({ validator }) => validator)).toEqual(['banned_words']);
  });

  test('a model that cannot be asked ends the conversation', async () => {
    const next = scripted(call('a2a__one__one', '?'));
    const complete = ({ context }: { context: { agent?: string } }) => {
      if (context.agent !== undefined) throw new Error('gone');
      return next();
    };
    expect((await hold(engineBundle({ arena: team({ one: {} }) }), { complete })).verdict).toBe('errored');
  });

  test('members that call one another come to an end', async () => {
    const arena = team({ one: {} });
    const self = { task_type: 'one', system_template: 'x', allowed_tools: ['a2a__one__one'] };
    arena.prompt_specs = { one: self as never };
    let asks = 0;
    const record = await hold(engineBundle({ arena }), {
      complete: ({ messages }) => {
        asks += 1;
        const last = messages.at(-1);
        return last?.role === 'tool'
          ? { content: last.content, latencyMs: 0 }
          : { content: '', latencyMs: 0, ...call('a2a__one__one', `${asks}`) };
      },
    });
    expect(toolTexts(record)).toEqual(['Tool execution failed: no more than 5 agents may call one another']);
  });

  test('a team that calls itself again and again, in every answer, comes to an end', async () => {
    const arena = team({ one: {} });
    arena.prompt_specs = {
      ...prompts('two'),
      one: { task_type: 'one', system_template: 'x', allowed_tools: ['a2a__one__one'] } as never,
    };
    let asked = 0;
    const calls = () =>
      Array.from({ length: 8 }, (_, index) => ({
        id: `c${index}`,
        name: 'a2a__one__one',
        args: { query: `${asked} ${index}` },
      }));
    const record = await hold(engineBundle({ arena }), {
      complete: () => {
        asked += 1;
        return { content: '', latencyMs: 0, toolCalls: calls() };
      },
    });
    expect(asked).toBeLessThan(3000);
    expect(record.error).toMatchObject({ code: 'tool_loop' });
  });

  test('the mock provider answers members by name', async () => {
    const mock = {
      scenarios: {
        talk: {
          turns: { 1: { tool_calls: [{ name: 'a2a__one__one', arguments: { query: '?' } }] }, 2: 'done' },
          steps: { one: 'One' },
        },
      },
    };
    expect(toolTexts(await hold(engineBundle({ arena: team({ one: {} }), mock })))).toEqual(['One']);
  });

  test('a scenario without a task is answered by the entry', async () => {
    const bundle = engineBundle({ arena: team({ one: {} }), scenario: { task_type: undefined } });
    expect((await hold(bundle, { complete: scripted('done') })).messages[0]?.content).toBe('You help.');
  });
});
