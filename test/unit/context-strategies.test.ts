import { describe, expect, test } from '@jest/globals';
import type { CompletionRequest } from '../../src/core/provider.js';
import { engineBundle, type HoldOptions, hold } from '../helpers/engine-bundle.js';

const user = (content: string) => ({ role: 'user', content });
const filler = (count: number) => Array.from({ length: count }, () => 'word').join(' ');

async function talk(scenario: object, options: HoldOptions & { arena?: object; answer?: string } = {}) {
  const asked: CompletionRequest[] = [];
  const summaries: CompletionRequest[] = [];
  const { arena, answer = 'ok', ...rest } = options;
  const record = await hold(engineBundle({ scenario, arena }), {
    complete: (request) => {
      const isSummary = request.messages[0]?.content.includes('keep the notes') === true;
      (isSummary ? summaries : asked).push(request);
      return { content: isSummary ? `notes ${summaries.length}` : answer, latencyMs: 0, costUsd: 1 };
    },
    ...rest,
  });
  return { record, asked, summaries, texts: asked.map(({ messages }) => messages.map(({ content }) => content)) };
}

describe('the strategy summarize', () => {
  // 27 tokens a message of 20 words.
  const scenario = (token_budget: number) => ({
    context_policy: { strategy: 'summarize', token_budget },
    turns: [user(`A1 ${filler(20)}`), user(`B2 ${filler(20)}`), user(`C3 ${filler(20)}`), user(`D4 ${filler(20)}`)],
  });

  test('puts a summary of what goes below the system prompt', async () => {
    const { texts, summaries, record } = await talk(scenario(100));
    expect(texts[2]).toHaveLength(6);
    expect(texts[3]?.[0]).toBe('You help.\n\nSummary of the conversation so far: notes 1');
    expect(texts[3]?.slice(1).join(' ')).not.toContain('A1');
    expect(texts[3]?.at(-1)).toContain('D4');
    expect(summaries[0]?.messages[1]?.content).toContain('user: A1');
    expect(record).toMatchObject({ verdict: 'passed', calls: 5, costUsd: 5 });
    expect(record.messages).toHaveLength(9);
  });

  test('adds to the summary only what is new', async () => {
    const long = scenario(100);
    const turns = [...long.turns, user(`E5 ${filler(20)}`), user(`F6 ${filler(20)}`)];
    const { summaries, texts } = await talk({ ...long, turns });
    expect(summaries.length).toBeGreaterThan(1);
    expect(summaries[1]?.messages[1]?.content).toMatch(/^Summary so far: notes 1\n/);
    expect(summaries[1]?.messages[1]?.content).not.toContain('A1');
    expect(texts.at(-1)?.[0]).toContain(`notes ${summaries.length}`);
  });

  test('asks nobody while everything fits', async () => {
    expect((await talk(scenario(1000))).summaries).toEqual([]);
  });
});

describe('the strategy relevance', () => {
  const topics = [
    user('The invoice of March is wrong'),
    user('My cat likes tuna'),
    user('It rains today'),
    user('About that invoice of March'),
  ];
  const relevance = { provider: 'mock', min_recent_messages: 1 };
  const scenario = (more: object, token_budget = 26) => ({
    context_policy: { strategy: 'relevance', token_budget, relevance: { ...relevance, ...more } },
    turns: topics,
  });

  // shows Scenario.spec.context_policy.relevance.query_source, Scenario.spec.context_policy.relevance.custom_query, Scenario.spec.context_policy.relevance.similarity_threshold, Scenario.spec.context_policy.relevance.min_recent_messages
  test.each<[string, object, string[], string[]]>([
    ['the newest question', {}, ['The invoice of March is wrong'], ['My cat likes tuna']],
    ['a query of its own', { query_source: 'custom', custom_query: 'tuna cat' }, ['My cat likes tuna'], []],
    [
      'a threshold that nothing reaches',
      { similarity_threshold: 1 },
      [],
      ['The invoice of March is wrong', 'My cat likes tuna'],
    ],
    ['more recent messages', { min_recent_messages: 3 }, ['It rains today'], ['My cat likes tuna']],
  ])('keeps what resembles %s', async (_, more, kept, gone) => {
    const { texts } = await talk(scenario(more));
    const last = texts.at(-1) ?? [];
    expect(last).toEqual(expect.arrayContaining(['You help.', 'About that invoice of March', ...kept]));
    for (const text of gone) expect(last).not.toContain(text);
  });

  // shows Scenario.spec.context_policy.relevance.last_n_count
  test('asks by the newest messages', async () => {
    const queries: string[] = [];
    const services = {
      embed: (_provider: string, _model: string | undefined, texts: string[]) => {
        queries.push(texts[0] ?? '');
        return Promise.resolve(texts.map(() => [1, 0]));
      },
    };
    await talk(scenario({ query_source: 'last_n', last_n_count: 2 }), { services });
    expect(queries.at(-1)).toBe('ok\nAbout that invoice of March');
  });

  // shows Scenario.spec.context_policy.relevance.cache_embeddings, Scenario.spec.context_policy.relevance.model, Scenario.spec.context_policy.relevance.provider
  test.each([true, false])('embeds a text once with cache_embeddings: %s', async (cache_embeddings) => {
    const embedded: string[] = [];
    const called = new Set<string>();
    const services = {
      embed: (provider: string, model: string | undefined, texts: string[]) => {
        called.add(`${provider} ${model}`);
        embedded.push(...texts);
        return Promise.resolve(texts.map((text) => [text.length, 1]));
      },
    };
    await talk(scenario({ cache_embeddings, model: 'tiny', provider: 'openai' }, 15), { services });
    expect([...called]).toEqual(['openai tiny']);
    expect(new Set(embedded).size === embedded.length).toBe(cache_embeddings);
  });

  // shows Scenario.spec.context_policy.relevance.always_keep_system_role
  test('may let the system message go', async () => {
    const { texts } = await talk(scenario({ always_keep_system_role: false, similarity_threshold: 0.5 }));
    expect(texts.at(-1)).not.toContain('You help.');
  });

  test('drops the oldest where nobody embeds', async () => {
    const { texts } = await talk(scenario({ provider: 'voyageai' }));
    expect(texts.at(-1)).not.toContain('The invoice of March is wrong');
  });
});

describe('the state of a conversation', () => {
  const turns = ['a', 'b', 'c'].map(user);

  // shows Arena.spec.state.max_history_turns, Arena.spec.state.enabled
  test.each<[object | undefined, string]>([
    [undefined, 'You help. a ok b ok c'],
    [{ max_history_turns: 1 }, 'You help. c'],
    [{ max_history_turns: 2 }, 'You help. b ok c'],
    [{ max_history_turns: 3 }, 'You help. a ok b ok c'],
    [{ enabled: false, max_history_turns: 1 }, 'You help. a ok b ok c'],
    [{ persistence: 'redis', redis_url: 'redis://localhost' }, 'You help. a ok b ok c'],
  ])('%j bounds what is sent', async (state, sent) => {
    const { texts, record } = await talk({ turns }, { arena: { state } });
    expect(texts.at(-1)?.join(' ')).toBe(sent);
    expect(record.messages).toHaveLength(7);
  });

  test('keeps ten turns when it is only switched on', async () => {
    const many = Array.from({ length: 12 }, (_, index) => user(`t${index}`));
    expect((await talk({ turns: many }, { arena: { state: { enabled: true } } })).texts.at(-1)?.[1]).toBe('t2');
  });
});

describe('the constraints of a scenario', () => {
  const turns = ['a', 'b', 'c'].map(user);

  // shows Scenario.spec.constraints.max_turns
  test('end the conversation after max_turns, with a warning', async () => {
    const { record } = await talk({ turns, constraints: { max_turns: 2 } });
    expect(record).toMatchObject({
      verdict: 'passed',
      calls: 2,
      warnings: [expect.stringContaining('ended after 2 exchanges')],
    });
    expect((await talk({ turns, constraints: { max_turns: 3 } })).record.warnings).toBeUndefined();
  });

  // shows Scenario.spec.constraints.max_tokens_per_turn
  test.each<[number | undefined, number]>([
    [undefined, 20],
    [50, 20],
    [10, 10],
  ])('cap max_tokens %s at 20', async (max_tokens, sent) => {
    const { asked } = await talk(
      { turns, constraints: { max_tokens_per_turn: 20 } },
      { arena: { defaults: { max_tokens } } },
    );
    expect(asked[0]?.parameters.maxTokens).toBe(sent);
  });

  // shows Scenario.spec.constraints.required_themes, Scenario.spec.constraints.max_sentences
  test('are reported beside the checks, and decide nothing', async () => {
    const constraints = { required_themes: ['Refund', 'sorry'], max_sentences: 1 };
    const { record } = await talk({ turns, constraints }, { answer: 'A refund. Today.' });
    expect(record).toMatchObject({
      verdict: 'passed',
      assertions: [],
      evals: [
        { type: 'required_themes', passed: false, score: 0.5, explanation: 'the answers hold no "sorry"' },
        { type: 'max_sentences', passed: false, score: 0.5 },
      ],
    });
    expect((await talk({ turns, constraints: { required_themes: ['OK'] } })).record.evals).toMatchObject([
      { passed: true },
    ]);
  });
});
