import { describe, expect, test } from '@jest/globals';
import { planMatrix } from '../../src/bundle/matrix.js';
import { describeMatrix, providerTotals } from '../../src/cli/describe-matrix.js';
import { estimate, formatCost, formatRange, unpricedLines } from '../../src/cli/estimate.js';
import type { PlanCell } from '../../src/core/plan.js';
import { SOUND, soundBundle } from '../helpers/bundle-texts.js';

const scenario = SOUND['scenarios/greeting.yaml'] ?? '';

/** Ten US cents for 1,000 tokens in, one dollar for 1,000 out; answers of at most 100 tokens. */
const PRICED = `kind: Provider
metadata:
  name: fast
spec:
  type: openai
  model: m
  base_url: http://127.0.0.1:1/v1
  defaults: { max_tokens: 100 }
  pricing: { input_cost_per_1k: 0.1, output_cost_per_1k: 1 }
`;

describe('the estimate', () => {
  test('counts a call for each user turn of each conversation', () => {
    const bundle = soundBundle({
      'scenarios/greeting.yaml': `${scenario}    - role: assistant\n      content: Hi\n    - role: user\n      content: Bye\n`,
    });
    const matrix = planMatrix(bundle, { trials: 5, regions: ['eu', 'us'] });
    expect(estimate(bundle, matrix)).toMatchObject({
      conversations: 20,
      calls: 40,
      costUsd: { low: 0, high: 0 },
    });
  });

  test('prices short and long answers, the history being sent again with each turn', () => {
    const turn = (text: string) => `    - role: user\n      content: ${text}\n`;
    const head = scenario.slice(0, scenario.indexOf('    - role: user'));
    const bundle = soundBundle({
      'providers/fast.yaml': PRICED,
      // 35 characters of system prompt and 5 of text make 10 tokens; the second turn adds 8 characters, 2 tokens.
      'prompts/support.yaml': (SOUND['prompts/support.yaml'] ?? '').replace(
        /system_template: .*/,
        `system_template: ${'p'.repeat(35)}`,
      ),
      'scenarios/greeting.yaml': head + turn('hello') + turn('and more'),
    });
    const { costUsd, unpriced } = estimate(bundle, planMatrix(bundle, { providers: ['fast'] }));
    const cost = (answer: number) => (0.1 * (10 + (10 + answer + 2)) + 1 * (2 * answer)) / 1000;
    expect(costUsd?.low).toBeCloseTo(cost(50), 10);
    expect(costUsd?.high).toBeCloseTo(cost(100), 10);
    expect(unpriced).toEqual([]);
  });

  test('names the providers whose price is not known', () => {
    const bundle = soundBundle({ 'providers/fast.yaml': PRICED.replace(/ {2}pricing.*\n/, '') });
    const matrix = planMatrix(bundle);
    expect(estimate(bundle, matrix).unpriced).toEqual(['fast']);
    expect(estimate(bundle, matrix, { mockProvider: true })).toMatchObject({
      unpriced: [],
      costUsd: { low: 0, high: 0 },
    });
  });

  test('counts and prices the personas that play the user', () => {
    const head = scenario.slice(0, scenario.indexOf('    - role: user'));
    const bundle = soundBundle({
      'config.arena.yaml': (SOUND['config.arena.yaml'] ?? '').replace(
        '  defaults:',
        '  self_play:\n    persona_specs: { ann: { system_prompt: You are Ann. } }\n    roles: [{ id: player, provider: fast }]\n  defaults:',
      ),
      'providers/fast.yaml': PRICED,
      'scenarios/greeting.yaml': `${head}    - role: player\n      persona: ann\n      turns: 3\n`,
    });
    const expected = estimate(bundle, planMatrix(bundle, { providers: ['slow'] }));
    expect(expected).toMatchObject({ conversations: 1, calls: 6, unpriced: [] });
    // The mock costs nothing: three messages of the persona are left, of 50 to 200 tokens each.
    expect(expected.costUsd?.low).toBeGreaterThanOrEqual(0.15);
    expect(expected.costUsd?.high).toBeGreaterThanOrEqual(0.6);
  });

  test('of an eval asks nobody for an answer', () => {
    const bundle = soundBundle({ 'providers/fast.yaml': PRICED });
    const cells = [{ scenario: 'e', providers: ['eval'], trials: 2, recordings: ['one', 'two', 'three'] }];
    const matrix = { cells, regions: ['eu', 'us'], faults: [] };
    expect(estimate(bundle, matrix)).toEqual({ conversations: 6, calls: 0, unpriced: [] });
  });

  test.each([
    [undefined, undefined, 100],
    [undefined, 80, 80],
    [undefined, 0, 100],
    [60, 80, 60],
  ])('takes max_tokens %j of the job and %j of the Arena file for %d', (job, arena, tokens) => {
    const bundle = soundBundle({
      'providers/fast.yaml': PRICED,
      ...(arena === undefined
        ? {}
        : {
            'config.arena.yaml': (SOUND['config.arena.yaml'] ?? '').replace('temperature: 0.2', `max_tokens: ${arena}`),
          }),
    });
    const { costUsd } = estimate(bundle, planMatrix(bundle, { providers: ['fast'] }), { maxTokens: job });
    const [low, high] = [costUsd?.low ?? 0, costUsd?.high ?? 0];
    expect(high - low).toBeCloseTo((tokens - 50) / 1000, 6);
  });

  test('is shown as a range, or as one amount', () => {
    expect(formatRange({ low: 1.9, high: 3.4 })).toBe('$1.90 to $3.40');
    expect(formatRange({ low: 0, high: 0 })).toBe('$0');
  });

  test('names those whose price is not known, so that a part is not taken for the whole', () => {
    const costUsd = { low: 1, high: 2 };
    expect(formatCost({ costUsd, unpriced: [] })).toBe('$1.00 to $2.00');
    expect(formatCost({ costUsd, unpriced: ['a', 'b'] })).toBe('$1.00 to $2.00 without a, b');
    expect(formatCost({ unpriced: ['a'] })).toBeUndefined();
  });

  test('asks for the prices of models only: agents have none', () => {
    const agent = 'kind: Provider\nmetadata:\n  name: slow\nspec:\n  type: agent\n  url: wss://a.example\n';
    const bundle = soundBundle({ 'providers/slow.yaml': agent });
    expect(unpricedLines(bundle, [])).toEqual([]);
    expect(unpricedLines(bundle, ['fast', 'slow'])).toEqual([
      'no price is known for fast: add pricing to the provider file',
      'agents do not tell what they cost: slow',
    ]);
  });
});

describe('a matrix in words', () => {
  const held = (scenario: string, providers: string[], trials = 1): PlanCell => ({ scenario, providers, trials });
  const evaluated: PlanCell = { scenario: 'e', providers: ['eval'], trials: 1, recordings: ['one', 'two'] };

  test.each<[PlanCell[], string[], string, { [provider: string]: number }]>([
    [[held('a', ['p'])], ['default'], '1 scenario x 1 provider = 1 conversation', { p: 1 }],
    [
      [held('a', ['p', 'q'], 3), held('b', ['p', 'q'], 3)],
      ['eu', 'us'],
      '2 scenarios x 2 providers x 2 regions x 3 trials = 24 conversations',
      { p: 12, q: 12 },
    ],
    [
      [held('a', ['p'], 2), held('b', ['p', 'q'])],
      ['default'],
      '2 scenarios, 2 providers: 4 conversations',
      { p: 3, q: 1 },
    ],
    [[evaluated], ['eu', 'us'], '1 eval: 2 recordings', { eval: 2 }],
    [
      [held('a', ['p']), evaluated],
      ['eu', 'us'],
      '1 scenario x 1 provider x 2 regions = 2 conversations + 1 eval: 2 recordings',
      { p: 2, eval: 2 },
    ],
  ])('of %j in %j is "%s"', (cells, regions, words, totals) => {
    expect(describeMatrix({ cells, regions })).toBe(words);
    expect(Object.fromEntries(providerTotals({ cells, regions }))).toEqual(totals);
  });
});
