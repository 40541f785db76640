import { describe, expect, test } from '@jest/globals';
import type { Bundle } from '../../src/bundle/bundle.js';
import { formatFault } from '../../src/bundle/fault.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { unsupportedFaults } from '../../src/bundle/unsupported.js';
import { ArenaError } from '../../src/core/errors.js';
import { supportedAssertionTypes } from '../../src/engine/assertions/registry.js';
import { judgedTypes } from '../../src/schema/assertion-types.js';
import { type EngineBundleParts, engineBundle, hold } from '../helpers/engine-bundle.js';
import { bundleWithJudges } from '../helpers/judges.js';

const JUDGED = { type: 'llm_judge', params: { criteria: 'It helps.', judge: 'mild', min_score: 0.8 } };

describe('a conversation that judges look at', () => {
  const bundle = bundleWithJudges({
    scenario: {
      turns: [{ role: 'user', content: 'Hello', assertions: [JUDGED] }],
      conversation_assertions: [{ type: 'llm_judge_session', params: { criteria: 'It helps.', min_score: 0.8 } }],
    },
  });
  const usage = { inputTokens: 3, outputTokens: 2 };
  const answering = (score: number) => (_: unknown, provider: string) => ({
    content: provider === 'model' ? 'Hi.' : JSON.stringify({ score, reasoning: 'so' }),
    latencyMs: 5,
    usage,
    costUsd: 0.001,
  });

  test('counts their calls apart', async () => {
    const record = await hold(bundle, { complete: answering(0.9) });
    expect(record).toMatchObject({
      verdict: 'passed',
      assertions: [
        { level: 'turn', messageIndex: 2, type: 'llm_judge', passed: true, score: 0.9, value: { judge: 'mild' } },
        { level: 'conversation', type: 'llm_judge_session', passed: true, value: { judge: 'strict' } },
      ],
      calls: 3,
      usage: { inputTokens: 9, outputTokens: 6 },
      judging: { calls: 2, usage: { inputTokens: 6, outputTokens: 4 }, costUsd: 0.002 },
    });
  });

  test('ends at the turn that they fail', async () => {
    const record = await hold(bundle, { complete: answering(0.7) });
    expect(record.verdict).toBe('failed');
    expect(record.assertions.map(({ passed }) => passed)).toEqual([false, false]);
  });

  test('is left to another try while a judge is out of reach', async () => {
    const complete = (_: unknown, provider: string) => {
      if (provider === 'model') return { content: 'Hi.', latencyMs: 0 };
      throw new ArenaError({ code: 'provider_unavailable', message: 'the judge is down' });
    };
    expect(await hold(bundle, { complete })).toMatchObject({
      verdict: 'errored',
      error: { code: 'provider_unavailable' },
    });
  });

  test('fails the check that a judge refuses for good', async () => {
    const complete = (_: unknown, provider: string) => {
      if (provider === 'model') return { content: 'Hi.', latencyMs: 0 };
      throw new ArenaError({ code: 'unauthorized', message: 'no key' });
    };
    expect(await hold(bundle, { complete })).toMatchObject({
      verdict: 'failed',
      assertions: [{ passed: false, error: 'no key' }, { passed: false }],
    });
  });

  test('a mocked judge without a default answers by the turns of its scenario', async () => {
    const mocked = engineBundle({
      mock: { scenarios: { talk: { turns: { 1: JSON.stringify({ score: 0.7, reasoning: 'by turn' }) } } } },
      arena: { judges: [{ name: 'model', provider: 'model' }] },
      scenario: {
        turns: [{ role: 'user', content: 'Hi', assertions: [{ type: 'llm_judge', params: { min_score: 0.5 } }] }],
      },
    });
    expect((await hold(mocked)).assertions).toMatchObject([{ passed: true, score: 0.7, explanation: 'by turn' }]);
  });

  test('a mocked judge answers with its default, not with a turn of the script', async () => {
    const mock = {
      defaultResponse: JSON.stringify({ score: 0.85, reasoning: 'by default' }),
      scenarios: { talk: { turns: { 1: 'Hi.', 2: '{"score": 0}' } } },
    };
    const judge = { type: 'mock', model: 'j', additional_config: { mock_config: 'mock.yaml' } };
    const mocked = bundleWithJudges({
      mock,
      scenario: { turns: [{ role: 'user', content: 'Hello', assertions: [JUDGED] }] },
      providers: { 'mild-model': judge },
    });
    expect((await hold(mocked)).assertions).toMatchObject([{ passed: true, score: 0.85, explanation: 'by default' }]);
  });
});

describe('the provider of a judge', () => {
  const parts = (scenario: object): EngineBundleParts => ({
    arena: { judges: [{ name: 'j', provider: 'far' }] },
    providers: { far: { type: 'openai', model: 'x' } },
    scenario: { provider_group: 'none', providers: ['model'], ...scenario },
  });
  const faultsOf = (bundle: Bundle, mockProvider = false) =>
    unsupportedFaults(bundle, planMatrix(bundle).cells, {
      assertionTypes: new Set(supportedAssertionTypes),
      providerTypes: new Set(['mock']),
      mockProvider,
      allowed: { exec: false, stdioMcp: false },
    }).map(formatFault);
  const REFUSED = [expect.stringContaining('the provider type openai is not run by this version')];

  test.each<[string, object, unknown[]]>([
    ['asked by a check', { conversation_assertions: [{ type: 'llm_judge' }] }, REFUSED],
    [
      'asked by a wrapped check',
      { conversation_assertions: [{ type: 'assertion', params: { eval_type: 'bias', eval_params: { judge: 'j' } } }] },
      REFUSED,
    ],
    ['asked by nobody', { conversation_assertions: [{ type: 'contains', params: { patterns: ['a'] } }] }, []],
    ['that does not exist', { conversation_assertions: [{ type: 'llm_judge', params: { judge: 'x' } }] }, []],
  ])('%s', (_, scenario, faults) => {
    expect(faultsOf(engineBundle(parts(scenario)))).toEqual(faults);
  });

  test('is no matter where the mock answers for it', () => {
    const bundle = engineBundle(parts({ conversation_assertions: [{ type: 'llm_judge' }] }));
    expect(faultsOf(bundle, true)).toEqual([]);
  });
});

test('every check that judges decide is one that runs', () => {
  expect([...judgedTypes].filter((type) => !supportedAssertionTypes.includes(type))).toEqual([]);
});
