import { describe, expect, test } from '@jest/globals';
import { providerSettings } from '../../src/io/providers/provider-settings.js';
import { services } from '../../src/io/providers/services.js';
import { providerSpecSchema } from '../../src/schema/provider.js';

/** Path and body of a call, by type and provider file. */
function called(file: object): { path: string; body: { [name: string]: unknown } } {
  const spec = providerSpecSchema.parse({ type: 'openai', ...file });
  const document = { id: 'p', spec, at: () => 'p.yaml' };
  const service = services.get(spec.type);
  if (service === undefined) throw new Error(`there is no service ${spec.type}`);
  const settings = providerSettings(document, service, { env: {}, jobTimeoutMs: undefined, arenaTimeoutMs: undefined });
  const wire = service.wire(document, settings);
  const messages = [{ role: 'user' as const, content: 'a' }];
  const body = wire.body({ messages, parameters: { maxTokens: 5 }, context: { scenario: 's', provider: 'p' } });
  return { path: wire.path(false), body: JSON.parse(body) };
}

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const OTHER = 'https://models.example/v1';

describe('the protocol of a model', () => {
  test.each<[file: object, path: string]>([
    [{ model: 'gpt-4o' }, CHAT],
    [{ model: 'gpt-5' }, CHAT],
    [{ model: 'gpt-5-pro' }, RESPONSES],
    [{ model: 'gpt-5.2-pro-2025-12-11' }, RESPONSES],
    [{ model: 'o1-pro' }, RESPONSES],
    [{ model: 'o3-pro' }, RESPONSES],
    [{ model: 'o4-mini-deep-research' }, RESPONSES],
    [{ model: 'gpt-5-codex' }, RESPONSES],
    [{ model: 'o1' }, CHAT],
    [{ model: 'gpt-5-pro', base_url: OTHER }, CHAT],
    [{ model: 'gpt-5-pro', additional_config: { api_mode: 'completions' } }, CHAT],
    [{ model: 'any', base_url: `${OTHER}/`, additional_config: { api_mode: 'responses' } }, RESPONSES],
    [{ type: 'vllm', model: 'm', base_url: 'http://models:8000' }, CHAT],
    [
      { type: 'vllm', model: 'm', base_url: 'http://models:8000', additional_config: { api_mode: 'responses' } },
      RESPONSES,
    ],
    [{ type: 'ollama', model: 'm' }, '/api/chat'],
    [{ type: 'ollama', model: 'm', base_url: `${OTHER}?a=1` }, `${CHAT}?a=1`],
    [{ type: 'ollama', model: 'm', base_url: OTHER, additional_config: { api_mode: 'responses' } }, RESPONSES],
  ])('%j is called at %s', (file, path) => {
    expect(called(file).path).toBe(path);
  });

  const mode = { additional_config: { api_mode: 'responses' } };

  test.each<[file: object, include: unknown]>([
    [{ model: 'gpt-5-pro' }, ['reasoning.encrypted_content']],
    [{ model: 'o3', ...mode }, ['reasoning.encrypted_content']],
    [{ model: 'gpt-4o', ...mode }, undefined],
    [{ model: 'gpt-5-chat-latest', ...mode }, undefined],
    [
      { model: 'mine', additional_config: { api_mode: 'responses', reasoning: { effort: 'low' } } },
      ['reasoning.encrypted_content'],
    ],
    [{ model: 'o3', additional_config: { api_mode: 'responses', include: [] } }, []],
  ])('%j is asked to include %j', (file, include) => {
    expect(called(file).body.include).toEqual(include);
  });

  test.each<[file: object, member: string]>([
    [{ model: 'gpt-4o' }, 'max_tokens'],
    [{ model: 'gpt-5' }, 'max_completion_tokens'],
    [{ model: 'o3' }, 'max_completion_tokens'],
    [{ model: 'gpt-5', base_url: OTHER }, 'max_tokens'],
    [{ model: 'gpt-5-pro' }, 'max_output_tokens'],
  ])('%j bounds the answer by %s', (file, member) => {
    const { body } = called(file);
    expect(Object.keys(body).filter((name) => name.startsWith('max_'))).toEqual([member]);
    expect(body[member]).toBe(5);
  });
});
