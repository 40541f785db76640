import { describe, expect, test } from '@jest/globals';
import type { CompletionRequest } from '../../src/core/provider.js';
import { createProviders } from '../../src/io/providers/create.js';
import { createHttpProvider } from '../../src/io/providers/create-http-provider.js';
import { arenaSpecSchema } from '../../src/schema/arena.js';
import { providerSpecSchema } from '../../src/schema/provider.js';

const at = (path: readonly (string | number)[]) => `p.yaml:${path.join('.')}`;
const env = { OPENAI_API_KEY: 'canary-env', OTHER: 'canary-other', ANTHROPIC_API_KEY: 'canary-anthropic' };

const usual: CompletionRequest = {
  messages: [
    { role: 'system', content: 'Help.' },
    { role: 'user', content: 'Say "temperature":0, please.' },
  ],
  parameters: { temperature: 0, seed: 1 },
  context: { scenario: 's', provider: 'p' },
};

function keyOf(spec: object = {}, request: Partial<CompletionRequest> = {}) {
  const parsed = providerSpecSchema.parse({ type: 'openai', model: 'm', base_url: 'http://127.0.0.1:9/v1', ...spec });
  const settings = { env, jobTimeoutMs: undefined, arenaTimeoutMs: undefined };
  return createHttpProvider({ id: 'p', spec: parsed, at }, settings).cacheKey({ ...usual, ...request });
}

const tool = { name: 'find', description: 'Finds.', inputSchema: { type: 'object' } };

describe('what an answer is kept under', () => {
  const before = keyOf();

  test.each<[string, object, Partial<CompletionRequest>]>([
    ['another model', { model: 'n' }, {}],
    ['another address', { base_url: 'http://127.0.0.1:10/v1' }, {}],
    ['another path', { base_url: 'http://127.0.0.1:9/v2' }, {}],
    ['another type', { type: 'vllm' }, {}],
    ['another header', { headers: { 'x-version': '2' } }, {}],
    ['a credential beside', { headers: { 'x-api-key': 'canary' } }, {}],
    ['a member of its own', { additional_config: { top_k: 3 } }, {}],
    ['the raw answer', { include_raw_output: true }, {}],
    ['another text', {}, { messages: [{ role: 'user', content: 'Other.' }] }],
    ['another seed', {}, { parameters: { temperature: 0, seed: 2 } }],
    ['another temperature', {}, { parameters: { temperature: 0.5, seed: 1 } }],
    ['a bound', {}, { parameters: { temperature: 0, seed: 1, maxTokens: 9 } }],
    ['a tool', {}, { tools: [tool] }],
    ['a stream', {}, { stream: true }],
    ['media', {}, { messages: [{ role: 'user', content: '', parts: [{ type: 'image', url: 'https://a/b.png' }] }] }],
  ])('is another with %s', (_, spec, request) => {
    expect(keyOf(spec, request)?.text).not.toBe(before?.text);
  });

  test.each<[string, object, Partial<CompletionRequest>]>([
    ['another key', { credential: { api_key: 'canary-key' } }, {}],
    ['a key from elsewhere', { credential: { credential_env: 'OTHER' } }, {}],
    ['other prices', { pricing: { input_cost_per_1k: 1 } }, {}],
    ['another time limit', { request_timeout: '5s' }, {}],
    ['another pace', { rate_limit: { rps: 5 } }, {}],
    ['another place in the bundle', {}, { context: { scenario: 't', provider: 'q', judge: true } }],
  ])('is the same with %s', (_, spec, request) => {
    expect(keyOf(spec, request)).toEqual(before);
  });

  test('holds no credential, whatever it comes in', () => {
    const base_url = 'http://127.0.0.1:9/v1?api-key=canary-1&version=2';
    const headers = { Authorization: 'Bearer canary-2', 'X-Api-Key': 'canary-3', 'x-team': 'a' };
    const one = keyOf({ base_url, headers, credential: { api_key: 'canary-4' } });
    expect(one?.text).not.toContain('canary');
    const others = { ...headers, 'X-Api-Key': 'canary-5' };
    expect(keyOf({ base_url: base_url.replace('canary-1', 'canary-6'), headers: others })).toEqual(one);
  });

  test.each<[string, object, Partial<CompletionRequest>, number | undefined]>([
    ['asked for', {}, {}, 0],
    ['warm', {}, { parameters: { temperature: 0.7 } }, 0.7],
    ['left to the service', {}, { parameters: {} }, undefined],
    ['taken out by the provider file', { unsupported_params: ['temperature'] }, {}, undefined],
  ])('says which temperature is sent: %s', (_, spec, request, temperature) => {
    expect(keyOf(spec, request)?.temperature).toBe(temperature);
  });

  // shows Provider.spec.platform.region
  test('knows where a cloud hosts the model', () => {
    const hosted = (region: string) =>
      keyOf({ type: 'claude', base_url: undefined, model: 'claude-sonnet-4-5', platform: { type: 'bedrock', region } });
    expect(hosted('us-east-1')?.text).not.toBe(hosted('us-west-2')?.text);
  });

  test('is known of no mock, no replay and nothing that is refused', () => {
    const specs = { m: { type: 'mock' }, r: { type: 'replay' }, n: { type: 'openai' } };
    const documents = Object.entries(specs).map(
      ([id, spec]) => [id, { id, spec: providerSpecSchema.parse(spec), at, group: 'default' }] as const,
    );
    const bundle = { arena: { spec: arenaSpecSchema.parse({}) }, providers: new Map(documents), files: new Map() };
    const made = createProviders(bundle, { env: {} });
    expect([...made.values()].map((provider) => provider.cacheKey?.(usual))).toEqual([undefined, undefined, undefined]);
  });
});
