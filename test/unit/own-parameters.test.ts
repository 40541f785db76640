import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { ArenaError } from '../../src/core/errors.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { ownParameters } from '../../src/io/providers/own-parameters.js';
import { extraMembers, type ProviderDocument } from '../../src/io/providers/provider-settings.js';
import { providerSpecSchema } from '../../src/schema/provider.js';

function document(more: object): ProviderDocument {
  const spec = providerSpecSchema.parse({ type: 'openai', model: 'm', ...more });
  return { id: 'p', spec, at: (path) => `p.yaml:${path.join('.')}` };
}

function asked(more: object, request: Partial<CompletionRequest> = {}): CompletionRequest {
  const whole = { messages: [], parameters: {}, context: { scenario: 's', provider: 'p' }, ...request };
  const change = ownParameters(document(more));
  return change === undefined ? whole : change(whole);
}

const schema: { [key: string]: JsonValue } = { type: 'object' };

describe('the parameters of a provider file', () => {
  // shows Provider.spec.additional_config
  test.each<[object, object]>([
    [{}, {}],
    [{ top_k: 5 }, {}],
    [{ stop: 'END' }, { stop: ['END'] }],
    [{ stop: ['A', 'B'] }, { stop: ['A', 'B'] }],
    [{ stop: [] }, {}],
    [{ response_format: { type: 'text' } }, {}],
    [{ response_format: { type: 'json_object' } }, { responseFormat: { type: 'json' } }],
    [
      { response_format: { type: 'json_schema', json_schema: { schema } } },
      { responseFormat: { type: 'json_schema', name: 'answer', schema } },
    ],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 'n', description: 'd', schema, strict: true } } },
      { responseFormat: { type: 'json_schema', name: 'n', description: 'd', schema, strict: true } },
    ],
  ])('%j of additional_config add %j', (additional_config, parameters) => {
    expect(asked({ additional_config }).parameters).toEqual(parameters);
    expect(extraMembers(document({ additional_config }), new Set())).not.toHaveProperty('stop');
    expect(extraMembers(document({ additional_config }), new Set())).not.toHaveProperty('response_format');
  });

  test('stand below those of the request', () => {
    const parameters = { stop: ['X'], responseFormat: { type: 'json' } as const };
    const additional_config = { stop: 'A', response_format: { type: 'json_schema', json_schema: { schema } } };
    expect(asked({ additional_config }, { parameters }).parameters).toEqual(parameters);
  });

  test.each([
    [{ stop: 5 }, 'p.yaml:spec.additional_config.stop'],
    [{ stop: [''] }, 'p.yaml:spec.additional_config.stop'],
    [{ response_format: 'json' }, 'p.yaml:spec.additional_config.response_format'],
    [{ response_format: { type: 'xml' } }, 'spec.additional_config.response_format.type'],
    [{ response_format: { type: 'json_schema' } }, 'response_format.json_schema'],
    [{ response_format: { type: 'json_object', json_schema: { schema } } }, 'response_format.json_schema'],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'a b', schema } } }, 'json_schema.name'],
  ])('%j are refused at %s', (additional_config, where) => {
    const read = () => asked({ additional_config });
    expect(read).toThrow(ArenaError);
    expect(read).toThrow(where);
  });
});

describe('parameters that a service does not know', () => {
  const parameters = {
    temperature: 1,
    topP: 1,
    maxTokens: 9,
    seed: 1,
    frequencyPenalty: 1,
    presencePenalty: 1,
    stop: ['a'],
    responseFormat: { type: 'json' } as const,
  };

  // shows Provider.spec.unsupported_params
  test.each<[string, keyof typeof parameters]>([
    ['temperature', 'temperature'],
    ['top_p', 'topP'],
    ['topP', 'topP'],
    ['max_tokens', 'maxTokens'],
    ['max_completion_tokens', 'maxTokens'],
    ['max_output_tokens', 'maxTokens'],
    ['maxOutputTokens', 'maxTokens'],
    ['num_predict', 'maxTokens'],
    ['seed', 'seed'],
    ['frequency_penalty', 'frequencyPenalty'],
    ['presencePenalty', 'presencePenalty'],
    ['stop_sequences', 'stop'],
    ['response_format', 'responseFormat'],
  ])('%s: %s is not sent', (name, ours) => {
    const { [ours]: _, ...rest } = parameters;
    expect(asked({ unsupported_params: [name] }, { parameters }).parameters).toEqual(rest);
  });

  test('take the choice of tools and members of additional_config with them, whatever their names', () => {
    const spec = { unsupported_params: ['tool_choice', 'top_k', '__proto__'], additional_config: { top_k: 1, a: 2 } };
    expect(asked(spec, { toolChoice: 'required' }).toolChoice).toBeUndefined();
    expect(extraMembers(document(spec), new Set())).toEqual({ a: 2 });
  });
});
