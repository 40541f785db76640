import { describe, expect, test } from '@jest/globals';
import { pacedProviders } from '../../activities/limits/paced-providers.js';
import { limitedKey } from '../../src/io/providers/limited-key.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { engineBundle } from '../helpers/engine-bundle.js';

/** How the provider `busy` of a bundle is paced. */
function paced(spec: object) {
  return pacedProviders(engineBundle({ providers: { busy: { type: 'openai', model: 'm', ...spec } } }), {}).get('busy');
}

// shows Provider.spec.rate_limit.rps, Provider.spec.rate_limit.burst, Provider.spec.rate_limit.requests_per_minute
// shows Provider.spec.rate_limit.tokens_per_minute, Provider.spec.stream_max_concurrent
test.each<[object, object]>([
  [{}, { limits: [], streams: 0 }],
  [{ rate_limit: { rps: 0 } }, { limits: [] }],
  [{ rate_limit: { rps: 4 } }, { limits: [{ of: 'requests', windowMs: 1000, count: 4, burst: 1 }] }],
  [{ rate_limit: { rps: 4, burst: 3 } }, { limits: [{ of: 'requests', windowMs: 1000, count: 4, burst: 3 }] }],
  [
    { rate_limit: { requests_per_minute: 90 } },
    { limits: [{ of: 'requests', windowMs: 60_000, count: 90, burst: 1 }] },
  ],
  [{ rate_limit: { tokens_per_minute: 900 } }, { limits: [{ of: 'tokens', windowMs: 60_000, count: 900, burst: 1 }] }],
  [{ stream_max_concurrent: 5 }, { streams: 5 }],
])('a provider with %j is paced so', (spec, expected) => {
  expect(paced(spec)).toMatchObject(expected);
});

describe('the key whose limits count', () => {
  const ENV = { OPENAI_API_KEY: 'k1', TEAM_KEY: 'k2', VLLM_API_KEY: ' ' };
  const OPENAI = 'https://api.openai.com';
  const key = (spec: object) =>
    limitedKey('shop', 'busy', providerSpecSchema.parse({ type: 'openai', model: 'm', ...spec }), ENV);

  test.each<[string, object, string, string]>([
    ['the usual variable', {}, OPENAI, 'variable OPENAI_API_KEY'],
    ['the named variable', { credential: { credential_env: 'TEAM_KEY' } }, OPENAI, 'variable TEAM_KEY'],
    [
      'the usual one when the named one is not set',
      { credential: { credential_env: 'NONE' } },
      OPENAI,
      'variable OPENAI_API_KEY',
    ],
    ['a file', { credential: { credential_file: '/keys/a' } }, OPENAI, 'file /keys/a'],
    [
      'a Secret',
      { credential: { secret_ref: { name: 'keys', key: 'a', namespace: 'team' } } },
      OPENAI,
      'Secret team/keys/a',
    ],
    [
      'the provider itself, when the key stands in it',
      { credential: { api_key: 'sk-1' } },
      OPENAI,
      'provider busy of shop',
    ],
    ['the provider itself, when there is no key', { type: 'vllm' }, 'http://localhost:8000', 'provider busy of shop'],
    [
      'the same at another address',
      { base_url: 'https://proxy.test:444/v1' },
      'https://proxy.test:444',
      'variable OPENAI_API_KEY',
    ],
    [
      'the cloud that hosts the model',
      { type: 'claude', platform: { type: 'bedrock', region: 'eu-west-1' } },
      'bedrock:eu-west-1',
      'the identity of the workers',
    ],
  ])('is that of %s', (_, spec, service, keyFrom) => {
    expect(key(spec)).toEqual({ service, keyFrom });
  });

  test('holds nothing of the key itself', () => {
    const written = key({ credential: { api_key: 'sk-secret-1' }, base_url: 'https://x.test/v1?key=sk-secret-1' });
    expect(JSON.stringify(written)).not.toContain('secret');
    expect(key({ credential: { api_key: 'sk-secret-2' } })).toEqual(key({ credential: { api_key: 'sk-secret-1' } }));
  });
});
