import { describe, expect, test } from '@jest/globals';
import { planMatrix } from '../../src/bundle/matrix.js';
import { estimate, formatRange } from '../../src/cli/estimate.js';
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
    expect(estimate(bundle, matrix, false)).toMatchObject({
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
    const { costUsd, unpriced } = estimate(bundle, planMatrix(bundle, { providers: ['fast'] }), false);
    const cost = (answer: number) => (0.1 * (10 + (10 + answer + 2)) + 1 * (2 * answer)) / 1000;
    expect(costUsd?.low).toBeCloseTo(cost(50), 10);
    expect(costUsd?.high).toBeCloseTo(cost(100), 10);
    expect(unpriced).toEqual([]);
  });

  test('names the providers whose price is not known', () => {
    const bundle = soundBundle({ 'providers/fast.yaml': PRICED.replace(/ {2}pricing.*\n/, '') });
    const matrix = planMatrix(bundle);
    expect(estimate(bundle, matrix, false).unpriced).toEqual(['fast']);
    expect(estimate(bundle, matrix, true)).toMatchObject({ unpriced: [], costUsd: { low: 0, high: 0 } });
  });

  test('is shown as a range, or as one amount', () => {
    expect(formatRange({ low: 1.9, high: 3.4 })).toBe('$1.90 to $3.40');
    expect(formatRange({ low: 0, high: 0 })).toBe('$0');
  });
});
