import { describe, test } from '@jest/globals';
import {
  answers,
  cells,
  type Effect,
  parameters,
  type Seen,
  type Setting,
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
