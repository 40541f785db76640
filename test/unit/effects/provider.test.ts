import { describe, expect, test } from '@jest/globals';
import { costUsd } from '../../../src/io/providers/pricing.js';
import {
  answers,
  bundleWith,
  cells,
  type Effect,
  parameters,
  refused,
  type Seen,
  type Setting,
  see,
  showsEffect,
} from '../../helpers/effects.js';

const ONCE = [['talk', ['model'], 1]];
const refusal = ({ record, faults }: Seen) => record?.error?.code ?? faults.some((fault) => fault.startsWith('error'));
/** The fixed answer, which names the model. */
const PLAIN: Setting = { provider: { additional_config: {} } };

describe('fields of a provider that hold for every type', () => {
  test.each<Effect>([
    ['Provider.spec.type', ['mock', 'nobody'], refusal, [false, true]],
    [
      'Provider.spec.model',
      ['a', 'b'],
      answers,
      [['Mock response from model model a'], ['Mock response from model model b']],
      PLAIN,
    ],
    ['Provider.spec.role', ['llm', 'embedding'], cells, [ONCE, []]],
    [
      'Provider.spec.capabilities',
      [['text'], ['vision']],
      cells,
      [ONCE, []],
      { scenario: { required_capabilities: ['text'] } },
    ],
    [
      'Provider.spec.additional_config',
      [{ mock_config: 'a.yaml' }, { mock_config: 'b.yaml' }],
      answers,
      [['A'], ['B']],
      { files: { 'a.yaml': 'defaultResponse: A', 'b.yaml': 'defaultResponse: B' } },
    ],
    ['Provider.spec.defaults.temperature', [0, 1], parameters, [{ temperature: 0 }, { temperature: 1 }]],
    ['Provider.spec.defaults.top_p', [0, 1], parameters, [{ topP: 0 }, { topP: 1 }]],
    ['Provider.spec.defaults.max_tokens', [0, 9], parameters, [{}, { maxTokens: 9 }]],
    ['Provider.spec.defaults.seed', [1, 2], parameters, [{ seed: 1 }, { seed: 2 }]],
    [
      'Provider.spec.defaults.frequency_penalty',
      [0, 1],
      parameters,
      [{ frequencyPenalty: 0 }, { frequencyPenalty: 1 }],
    ],
    ['Provider.spec.defaults.presence_penalty', [0, 1], parameters, [{ presencePenalty: 0 }, { presencePenalty: 1 }]],
  ])('%s', showsEffect);
});

const OPENAI: Setting = {
  provider: { type: 'openai', model: 'm' },
  hold: { complete: () => ({ content: 'ok', latencyMs: 0 }) },
};

describe('the prices of a provider', () => {
  const usage = { inputTokens: 3000, cachedTokens: 1000, outputTokens: 1000 };
  // 2000 tokens are read anew, 1000 come from the cache, 1000 are written; the other prices are 1, 1 and 1.
  test.each<[leaf: string, price: number, cost: number]>([
    ['Provider.spec.pricing.input_cost_per_1k', 2, 2 * 2 + 1 + 1],
    ['Provider.spec.pricing.cached_cost_per_1k', 2, 2 + 2 + 1],
    ['Provider.spec.pricing.output_cost_per_1k', 2, 2 + 1 + 2],
  ])('%s', (leaf, price, cost) => {
    const pricing = { input_cost_per_1k: 1, cached_cost_per_1k: 1, output_cost_per_1k: 1 };
    const setting = { provider: { ...OPENAI.provider, pricing } };
    const costWith = (value: number) => {
      const spec = bundleWith(leaf, value, setting).bundle?.providers.get('model')?.spec;
      return spec === undefined ? undefined : costUsd(spec, 'm', usage);
    };
    expect(costWith(1)).toBeCloseTo(4, 9);
    expect(costWith(price)).toBeCloseTo(cost, 9);
  });
});

describe('what a provider says in vain', () => {
  const within = (block: string, more: object): Setting => ({
    ...OPENAI,
    provider: { ...OPENAI.provider, [block]: more },
  });

  test.each<Effect>([['Provider.spec.platform.type', [undefined, 'azure'], refused, [false, true], OPENAI]])(
    '%s is told',
    showsEffect,
  );

  const AZURE = within('platform', { type: 'azure', endpoint: 'https://e' });
  test.each<[leaf: string, value: unknown, told: string]>([
    ['Provider.spec.platform.region', 'us-east-1', 'a region of Azure'],
    ['Provider.spec.platform.project', 'my-project', 'a project outside of Vertex AI'],
  ])('%s is told where it says nothing', async (leaf, value, told) => {
    const { faults: found } = await see(leaf, value, AZURE);
    expect(found).toEqual([expect.stringContaining(`${told} has no effect`)]);
    expect((await see(leaf, undefined, AZURE)).faults).toEqual([]);
  });
});
