import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { planMatrix } from '../../src/bundle/matrix.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { engineBundle, type HoldOptions, hold } from '../helpers/engine-bundle.js';

const providers = {
  large: { type: 'mock', model: 'gpt-4o' },
  other: { type: 'mock', model: 'o3', defaults: { temperature: 0.9, top_p: 0.5 } },
};

async function asked(
  prompt: object,
  provider: string,
  more: Parameters<typeof engineBundle>[0] = {},
  options: HoldOptions = {},
) {
  const requests: CompletionRequest[] = [];
  await hold(engineBundle({ prompt, providers, ...more }), {
    provider,
    ...options,
    complete: (request) => {
      requests.push(request);
      return { content: 'a', latencyMs: 0 };
    },
  });
  const [first] = requests;
  return { system: first?.messages[0]?.content, parameters: first?.parameters };
}

describe('a prompt for one model', () => {
  // shows PromptConfig.spec.model_overrides.*.system_template, PromptConfig.spec.model_overrides.*.system_template_prefix, PromptConfig.spec.model_overrides.*.system_template_suffix, PromptConfig.spec.model_overrides.*.prefix, PromptConfig.spec.model_overrides.*.suffix
  test.each<[string, object, string, string]>([
    ['by model', { 'gpt-4o': { system_template: 'Large {{v}}' } }, 'large', 'Large x'],
    ['by id', { large: { system_template: 'Id' } }, 'large', 'Id'],
    ['by type', { mock: { system_template: 'Type' } }, 'other', 'Type'],
    [
      'the model before id and type',
      { mock: { system_template: 'T' }, large: { system_template: 'I' }, 'gpt-4o': { system_template: 'M' } },
      'large',
      'M',
    ],
    ['of another model', { 'gpt-4o': { system_template: 'Large' } }, 'other', 'You help x.'],
    [
      'above and below',
      { other: { system_template_prefix: 'P', system_template_suffix: 'S' } },
      'other',
      'P\n\nYou help x.\n\nS',
    ],
    ['in short', { other: { prefix: 'P {{v}}', suffix: 'S' } }, 'other', 'P x\n\nYou help x.\n\nS'],
    ['of a prototype key', { constructor: { system_template: 'No' } }, 'other', 'You help x.'],
  ])('is overridden %s', async (_, model_overrides, provider, system) => {
    const prompt = { system_template: 'You help {{v}}.', model_overrides };
    expect((await asked(prompt, provider, { vars: { v: 'x' } })).system).toBe(system);
  });

  // shows PromptConfig.spec.voice_profile.tone, PromptConfig.spec.voice_profile.characteristics, PromptConfig.spec.voice_profile.avoid
  test.each<[object, string]>([
    [{}, 'You help.'],
    [{ tone: 'formal' }, 'You help.\n\nTone: formal'],
    [{ characteristics: ['clear', 'kind'], avoid: ['slang'] }, 'You help.\n\nBe: clear, kind\nAvoid being: slang'],
  ])('ends with the voice profile %j', async (voice_profile, system) => {
    expect((await asked({ voice_profile }, 'large')).system).toBe(system);
  });

  // shows PromptConfig.spec.parameters.temperature, PromptConfig.spec.parameters.top_p, PromptConfig.spec.model_overrides.*.parameters.max_tokens
  test.each<[string, object, string, object]>([
    ['beats provider and Arena file', { parameters: { temperature: 0.1 } }, 'other', { temperature: 0.1, topP: 0.5 }],
    [
      'holds for one model',
      { parameters: { temperature: 0.1, o3: { temperature: 0.2 } } },
      'other',
      { temperature: 0.2, topP: 0.5 },
    ],
    ['not for another', { parameters: { o3: { temperature: 0.2 } } }, 'large', { temperature: 0.4 }],
    [
      'is overridden',
      { parameters: { temperature: 0.1 }, model_overrides: { o3: { parameters: { temperature: 0, max_tokens: 5 } } } },
      'other',
      { temperature: 0, topP: 0.5, maxTokens: 5 },
    ],
    ['says nothing with 0 tokens', { parameters: { max_tokens: 0 } }, 'large', { temperature: 0.4 }],
  ])('samples as it says: %s', async (_, prompt, provider, parameters) => {
    expect((await asked(prompt, provider, { arena: { defaults: { temperature: 0.4 } } })).parameters).toEqual(
      parameters,
    );
  });

  // shows PromptConfig.spec.model_overrides.*.parameters.seed, PromptConfig.spec.model_overrides.*.parameters.frequency_penalty, PromptConfig.spec.model_overrides.*.parameters.presence_penalty
  test.each<[string, string]>([
    ['seed', 'seed'],
    ['frequency_penalty', 'frequencyPenalty'],
    ['presence_penalty', 'presencePenalty'],
  ])('sets %s for one model', async (name, sent) => {
    const prompt = { parameters: { [name]: 1 }, model_overrides: { o3: { parameters: { [name]: 2 } } } };
    expect((await asked(prompt, 'large')).parameters).toMatchObject({ [sent]: 1 });
    expect((await asked(prompt, 'other')).parameters).toMatchObject({ [sent]: 2 });
  });

  // shows PromptConfig.spec.model_overrides.*.parameters.stop
  test('ends answers where it says, and where the override of a model says', async () => {
    const prompt = { parameters: { stop: 'END' }, model_overrides: { o3: { parameters: { stop: ['A', 'B'] } } } };
    expect((await asked(prompt, 'large')).parameters).toEqual({ stop: ['END'] });
    expect((await asked(prompt, 'other')).parameters).toMatchObject({ stop: ['A', 'B'] });
    expect((await asked({ parameters: { stop: [] } }, 'large')).parameters).toEqual({});
  });

  // shows PromptConfig.spec.model_overrides.*.parameters.response_format.type
  // shows PromptConfig.spec.model_overrides.*.parameters.response_format.json_schema.name
  // shows PromptConfig.spec.model_overrides.*.parameters.response_format.json_schema.description
  // shows PromptConfig.spec.model_overrides.*.parameters.response_format.json_schema.schema
  // shows PromptConfig.spec.model_overrides.*.parameters.response_format.json_schema.strict
  test.each<[object, object]>([
    [{ type: 'text' }, {}],
    [{ type: 'json_object' }, { responseFormat: { type: 'json' } }],
    [
      { type: 'json_schema', json_schema: { schema: { type: 'array' } } },
      { responseFormat: { type: 'json_schema', name: 'answer', schema: { type: 'array' } } },
    ],
    [
      { type: 'json_schema', json_schema: { name: 'n', description: 'd', schema: {}, strict: false } },
      { responseFormat: { type: 'json_schema', name: 'n', description: 'd', schema: {}, strict: false } },
    ],
  ])('asks for the form %j', async (response_format, parameters) => {
    const prompt = { model_overrides: { 'gpt-4o': { parameters: { response_format } } } };
    expect((await asked(prompt, 'large')).parameters).toEqual(parameters);
  });

  test('samples as turn and job say before it', async () => {
    const prompt = { parameters: { temperature: 0.1, top_p: 0.2 } };
    const scenario = { turns: [{ role: 'user', content: 'a', assistant_temp: 0.3 }] };
    expect((await asked(prompt, 'large', { scenario })).parameters).toEqual({ temperature: 0.3, topP: 0.2 });
    expect((await asked(prompt, 'large', { scenario }, { settings: { temperature: 1 } })).parameters).toMatchObject({
      temperature: 1,
    });
  });

  test.each<[object, string]>([
    [{ model_overrides: { a: { system_template: 1 } } }, 'system_template'],
    [{ parameters: { temperature: 'hot' } }, 'temperature'],
    [{ parameters: { o3: { top_p: 2 } } }, 'top_p'],
    [{ parameters: { stop: 5 } }, 'stop'],
    [{ parameters: { response_format: { type: 'json_schema' } } }, 'json_schema'],
    [{ parameters: { response_format: { type: 'yaml' } } }, 'type'],
  ])('%j is refused', (prompt, why) => {
    expect(() => engineBundle({ prompt, providers })).toThrow(why);
  });
});

describe('the requirements of a prompt', () => {
  const plan = (model_requirements: object, provider: object, scenario: object = {}) => {
    const bundle = engineBundle({
      prompt: { model_requirements },
      scenario,
      files: {
        'model.yaml': stringify({
          kind: 'Provider',
          metadata: { name: 'model' },
          spec: { type: 'openai', model: 'm', ...provider },
        }),
      },
      providers: { able: { type: 'mock', capabilities: ['tools', 'streaming', 'vision'], context_window: 9000 } },
    });
    const { cells, faults } = planMatrix(bundle);
    return { providers: cells[0]?.providers ?? [], said: faults.map(({ message }) => message) };
  };

  // shows PromptConfig.spec.model_requirements.supports_function_calling, PromptConfig.spec.model_requirements.supports_streaming, PromptConfig.spec.model_requirements.supports_vision, PromptConfig.spec.model_requirements.min_context_window, Provider.spec.context_window, Provider.spec.capabilities
  test.each<[object, object, string | undefined]>([
    [{ supports_function_calling: true }, { capabilities: ['text'] }, 'lacks tools'],
    [{ supports_streaming: true }, { capabilities: ['text'] }, 'lacks streaming'],
    [{ supports_vision: true }, { capabilities: ['text'] }, 'lacks vision'],
    [{ supports_vision: true, supports_streaming: true }, { capabilities: ['image'] }, 'lacks streaming'],
    [{ min_context_window: 8000 }, { context_window: 7999 }, 'lacks a context of 8000 tokens'],
    [{ min_context_window: 8000 }, { context_window: 8000 }, undefined],
    [{ supports_vision: false }, { capabilities: ['text'] }, undefined],
    [{ supports_function_calling: true }, { capabilities: ['function_calling'] }, undefined],
    [{ supports_vision: true }, {}, undefined],
  ])('%j of %j', (requirements, provider, lack) => {
    const { providers: left, said } = plan(requirements, provider);
    expect(left).toEqual(lack === undefined ? ['model', 'able'] : ['able']);
    expect(said).toEqual(lack === undefined ? [] : [expect.stringContaining(lack)]);
  });

  test('that nobody can judge are a warning', () => {
    const { providers: left, said } = plan({ min_context_window: 8000 }, {});
    expect([left, said]).toEqual([['model', 'able'], ['nobody says whether provider "model" takes 8000 tokens']]);
  });

  test('that nobody can judge of several providers are one warning', () => {
    const live = { type: 'openai', model: 'm' };
    const prompt = { model_requirements: { min_context_window: 8000 } };
    const { faults } = planMatrix(engineBundle({ prompt, providers: { a: live, b: live, c: live } }));
    expect(faults.map(({ message }) => message)).toEqual([
      'nobody says whether provider "a" and 2 more take 8000 tokens',
    ]);
  });

  test('leave a provider in that the scenario names', () => {
    const { providers: left, said } = plan(
      { supports_vision: true },
      { capabilities: ['text'] },
      { providers: ['model'] },
    );
    expect([left, said]).toEqual([['model'], [expect.stringContaining('lacks vision')]]);
  });
});
