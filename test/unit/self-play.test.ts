import { describe, expect, test } from '@jest/globals';
import type { CompletionRequest } from '../../src/core/provider.js';
import { engineBundle, hold } from '../helpers/engine-bundle.js';

const turn = (content: string, ...patterns: string[]) => ({
  role: 'user',
  content,
  assertions: patterns.length === 0 ? undefined : [{ type: 'content_includes', params: { patterns } }],
});

describe('self-play', () => {
  const parts = (more: { turn?: object; persona?: object; scenario?: object }) => ({
    providers: { caller: { type: 'mock', model: 'm' } },
    arena: {
      provider_specs: { caller: { type: 'mock', model: 'm' } },
      self_play: {
        persona_specs: { ada: { system_prompt: 'You are Ada.', ...more.persona } },
        roles: [{ id: 'caller-role', provider: 'caller' }],
      },
    },
    scenario: { turns: [turn('Hello'), { role: 'caller-role', persona: 'ada', ...more.turn }], ...more.scenario },
  });

  /** What model and persona were asked, and what they answer in turn. */
  async function play(more: Parameters<typeof parts>[0], persona: string[], model: string[]) {
    const asked: CompletionRequest[] = [];
    const record = await hold(engineBundle(parts(more)), {
      complete: (request, provider) => {
        if (provider === 'caller') asked.push(request);
        const content = (provider === 'caller' ? persona : model).shift();
        if (content === undefined) throw new Error(`${provider} was asked too often`);
        return { content, latencyMs: 10, costUsd: 0.1 };
      },
    });
    return { record, asked };
  }

  test('the persona writes the user’s messages, each is answered and judged', async () => {
    const check = { assertions: [{ type: 'content_includes', params: { patterns: ['m'] } }] };
    const { record, asked } = await play({ turn: { turns: 2, ...check } }, ['p1', 'p2'], ['m0', 'm1', 'm2']);
    expect(record.messages.map(({ role, content, persona }) => [role, content, persona])).toEqual([
      ['system', 'You help.', undefined],
      ['user', 'Hello', undefined],
      ['assistant', 'm0', undefined],
      ['user', 'p1', 'ada'],
      ['assistant', 'm1', undefined],
      ['user', 'p2', 'ada'],
      ['assistant', 'm2', undefined],
    ]);
    expect(record.assertions.map(({ messageIndex }) => messageIndex)).toEqual([4, 6]);
    expect(record).toMatchObject({ verdict: 'passed', calls: 5 });
    expect(record.costUsd).toBeCloseTo(0.5, 10);
    expect(asked[1]).toEqual({
      messages: [
        { role: 'system', content: 'You are Ada.' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'm0' },
        { role: 'assistant', content: 'p1' },
        { role: 'user', content: 'm1' },
      ],
      parameters: { temperature: 0.7, maxTokens: 200 },
      context: { scenario: 'talk', provider: 'caller', persona: 'ada' },
    });
  });

  test('a failed check ends it', async () => {
    const check = { assertions: [{ type: 'content_includes', params: { patterns: ['never'] } }] };
    const { record } = await play({ turn: { turns: 5, ...check } }, ['p1'], ['m0', 'm1']);
    expect(record).toMatchObject({ verdict: 'failed', calls: 3 });
  });

  test('with max_turns above turns the persona may end it by a marker', async () => {
    const { record, asked } = await play(
      { turn: { turns: 1, max_turns: 9 } },
      ['p1', 'thanks [CONVERSATION_COMPLETE]'],
      ['m0', 'm1', 'm2'],
    );
    expect(record.messages.map(({ content }) => content).slice(-2)).toEqual(['thanks', 'm2']);
    expect(asked[0]?.messages[0]?.content).toContain('[CONVERSATION_COMPLETE]');
    expect(asked[0]?.parameters).toEqual({ temperature: 0.7, maxTokens: 300 });
    expect((await play({ turn: { max_turns: 9 } }, ['[CONVERSATION_COMPLETE]'], ['m0'])).record.verdict).toBe('passed');
  });

  test('the persona’s prompt is filled from its style, its goals and the variables', async () => {
    const persona = {
      system_template:
        '{{goals}}|{{constraints}}|{{verbosity}}|{{challenge_level}}|{{friction_tags}}|{{region}}|{{mood}}',
      goals: ['a', 'b'],
      constraints: ['c'],
      style: { verbosity: 'low', friction_tags: ['x', 'y'] },
      optional_vars: { mood: 'calm' },
      defaults: { temperature: 0.1, seed: 3 },
    };
    const { asked } = await play({ persona, turn: { user_temp: 0.9 } }, ['p1'], ['m0', 'm1']);
    expect(asked[0]?.messages[0]?.content).toBe('- a\n- b|- c|low|medium|x, y|default|calm');
    expect(asked[0]?.parameters).toEqual({ temperature: 0.9, maxTokens: 200, seed: 3 });
    const scenario = { variables: { mood: 'angry' } };
    expect((await play({ persona, scenario }, ['p1'], ['m0', 'm1'])).asked[0]?.messages[0]?.content).toMatch(/angry$/);
  });

  test('an empty message is an error, not a turn', async () => {
    expect((await play({}, ['  '], ['m0'])).record).toMatchObject({
      verdict: 'errored',
      error: { code: 'empty_answer' },
    });
  });

  test('a prompt that nothing fills is an error before anything is called', async () => {
    const { record } = await play({ persona: { system_prompt: 'I am {{who}}' } }, [], []);
    expect(record).toMatchObject({ verdict: 'errored', error: { code: 'unresolved_variable' }, calls: 0 });
  });
});
