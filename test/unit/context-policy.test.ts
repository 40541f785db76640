import { describe, expect, test } from '@jest/globals';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

const turn = (content: string, ...patterns: string[]) => ({
  role: 'user',
  content,
  assertions: patterns.length === 0 ? undefined : [{ type: 'content_includes', params: { patterns } }],
});

describe('a context policy', () => {
  const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');
  const policy = (context_policy: object) =>
    engineBundle({ scenario: { context_policy, turns: [turn(words(20)), turn(words(20)), turn(words(20))] } });

  async function asked(context_policy: object) {
    const sent: string[][] = [];
    const record = await hold(policy(context_policy), {
      complete: ({ messages }) => {
        sent.push(messages.map(({ role }) => role[0] ?? ''));
        return { content: words(20), latencyMs: 0 };
      },
    });
    return { sent: sent.map((roles) => roles.join('')), record };
  }

  test('without a budget everything is sent', async () => {
    expect((await asked({})).sent).toEqual(['su', 'suau', 'suauau']);
    expect((await asked({ token_budget: 0, strategy: 'fail' })).sent).toEqual(['su', 'suau', 'suauau']);
  });

  test('oldest drops from the start and always keeps system and newest user message', async () => {
    // 27 tokens a message of 20 words, 2 for the system message.
    const { sent, record } = await asked({ token_budget: 100, reserve_for_output: 15, strategy: 'oldest' });
    expect(sent).toEqual(['su', 'suau', 'suau']);
    expect(record.messages).toHaveLength(7);
    expect((await asked({ token_budget: 5 })).sent).toEqual(['su', 'su', 'su']);
  });

  test('fail ends the conversation and keeps its messages', async () => {
    const { record } = await asked({ token_budget: 80, strategy: 'fail' });
    expect(record).toMatchObject({ verdict: 'errored', error: { code: 'context_too_long' }, calls: 1 });
    expect(record.messages).toHaveLength(4);
  });

  test('the answer of a tool never stands without its call', async () => {
    const bundle = engineBundle({
      tools: { look: { mock_result: words(20) } },
      scenario: { context_policy: { token_budget: 60 }, turns: [turn(words(20)), turn(words(20))] },
    });
    const sent: string[] = [];
    const answer = scripted({ content: words(20), toolCalls: [{ id: 'x', name: 'look', args: {} }] }, 'done', 'bye');
    await hold(bundle, {
      complete: ({ messages }) => {
        sent.push(messages.map(({ role }) => role[0]).join(''));
        return answer();
      },
    });
    expect(sent).toEqual(['su', 'suat', 'sau']);
  });
});
