import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { CompletionRequest } from '../../src/core/provider.js';
import { bundleEnvironment } from '../../src/io/bundle-environment.js';
import { createProviders, type ProviderSource, refusalOf } from '../../src/io/providers/create.js';
import { providerSettings } from '../../src/io/providers/provider-settings.js';
import { services } from '../../src/io/providers/services.js';
import { ClusterSecrets } from '../../src/io/secrets/cluster-secrets.js';
import { arenaSpecSchema } from '../../src/schema/arena.js';
import { providerSpecSchema } from '../../src/schema/provider.js';

const at = (path: readonly (string | number)[]): string => `providers/p.yaml:${path.length}:${path.join('.')}`;

function source(
  providers: { [id: string]: object },
  arena: object = {},
  files: { [path: string]: string } = {},
): ProviderSource {
  const groups: { [id: string]: string } = { judge: 'judges' };
  return {
    arena: { spec: arenaSpecSchema.parse(arena) },
    providers: new Map(
      Object.entries(providers).map(([id, spec]) => [
        id,
        { id, spec: providerSpecSchema.parse(spec), at, group: groups[id] ?? 'default' },
      ]),
    ),
    files: new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])),
  };
}

function request(persona?: string): CompletionRequest {
  return {
    messages: [{ role: 'user', content: 'Hi' }],
    parameters: {},
    context: { scenario: 's', provider: 'p', persona },
  };
}

const open = { signal: new AbortController().signal };

describe('a bundle from elsewhere', () => {
  const KEYS = { MINE: 'canary-1', SHOP_KEY: 'canary-2', OPENAI_API_KEY: 'canary-3' };
  const openToBundle = bundleEnvironment(KEYS, ['SHOP_*']);
  const file = resolve('package.json');
  const far = 'http://127.0.0.1:9/v1';

  test.each([
    [{ credential_file: file }, /spec\.credential\.credential_file provider p: key files are not read/],
    [{ secret_ref: { name: 'keys' } }, /spec\.credential\.secret_ref provider p: Kubernetes Secrets are not read/],
    [
      { credential_env: 'MINE' },
      /spec\.credential\.credential_env provider p: the variable MINE is not set, or not open/,
    ],
    [{ credential_env: 'OPENAI_API_KEY' }, /OPENAI_API_KEY is not set, or not open/],
    [{ credential_env: '__proto__' }, /__proto__ is not set, or not open/],
  ])('cannot have any key of this machine sent to an address of its own: %j', (credential, expected) => {
    const bundle = source({ p: { type: 'openai', model: 'm', base_url: far, credential } });
    const provider = createProviders(bundle, { env: KEYS, openToBundle }).get('p');
    const failure = provider && refusalOf(provider);
    expect(failure).toMatchObject({ code: 'invalid_input', message: expect.stringMatching(expected) });
    expect(JSON.stringify(failure)).not.toContain('canary');
    const secrets = new ClusterSecrets({ env: { KUBERNETES_SERVICE_HOST: '127.0.0.1' } });
    const trusted = createProviders(bundle, { env: KEYS, secrets }).get('p');
    expect(trusted && refusalOf(trusted)).toBeUndefined();
  });

  test.each([
    [far, { credential_env: 'SHOP_KEY' }, 'canary-2'],
    [far, undefined, undefined],
    ['https://api.openai.com.example/v1', undefined, undefined],
    [undefined, undefined, 'canary-3'],
    ['https://api.openai.com/v1', { credential_env: 'OPENAI_API_KEY' }, 'canary-3'],
  ])('has open variables, and the usual one for the service itself: %s %j', (base_url, credential, key) => {
    const spec = providerSpecSchema.parse({ type: 'openai', model: 'm', base_url, credential });
    const settings = { env: KEYS, openToBundle, jobTimeoutMs: undefined, arenaTimeoutMs: undefined };
    const service = services.get('openai');
    if (service === undefined) throw new Error('no service');
    expect(providerSettings({ id: 'p', spec, at }, service, settings).credential.key()).toBe(key);
  });
});

describe('the providers of a bundle', () => {
  test('are mocks or clients of a service, by type', () => {
    const made = createProviders(
      source({
        a: { type: 'mock', model: 'm' },
        b: { type: 'openai', model: 'm' },
        c: { type: 'ollama', model: 'm' },
        d: { type: 'vllm', model: 'm' },
      }),
      { env: {} },
    );
    expect([...made].map(([id, provider]) => [id, provider.id, provider.local, refusalOf(provider)])).toEqual([
      ['a', 'a', true, undefined],
      ['b', 'b', false, undefined],
      ['c', 'c', false, undefined],
      ['d', 'd', false, undefined],
    ]);
  });

  test.each([
    [{ type: 'imagen', model: 'm' }, 'unsupported', /spec\.type provider p: type imagen is not supported/],
    [{ type: 'openai', role: 'image', model: 'm' }, 'unsupported', /with role image/],
    [{ type: 'openai' }, 'invalid_input', /names no model/],
    // shows Provider.spec.platform.type
    [{ type: 'openai', model: 'm', platform: { type: 'azure' } }, 'invalid_input', /platform azure needs an endpoint/],
    [{ type: 'openai', model: 'm', additional_config: { api_mode: 'batch' } }, 'invalid_input', /no such api_mode/],
    [
      { type: 'openai', model: 'm', additional_config: { api_mode: 'responses', conversation: 'c' } },
      'invalid_input',
      /must not set conversation/,
    ],
    [{ type: 'openai', model: 'm', additional_config: { stop: 1 } }, 'invalid_input', /additional_config\.stop/],
    [{ type: 'ollama', model: 'm', additional_config: { api_mode: 'responses' } }, 'invalid_input', /no api_mode/],
    [{ type: 'ollama', model: 'm', additional_config: { options: 5 } }, 'invalid_input', /options of Ollama/],
    [{ type: 'openai', model: 'm', additional_config: { messages: [] } }, 'invalid_input', /must not set messages/],
    [
      { type: 'openai', model: 'm', credential: { secret_ref: { name: 'keys' } } },
      'invalid_input',
      /secret_ref provider p: a Kubernetes Secret can be read by workers in a cluster only/,
    ],
    [{ type: 'openai', model: 'm', base_url: 'localhost:8080' }, 'invalid_input', /not an http or https address/],
    [{ type: 'openai', model: 'm', base_url: 'http://me:pw@host/v1' }, 'invalid_input', /user or password/],
  ])('refuse %j as %s', async (spec, code, message) => {
    const provider = createProviders(source({ p: spec }), { env: {} }).get('p');
    if (provider === undefined) throw new Error('it is in the map');
    const refusal = { code, message: expect.stringMatching(message), hint: expect.stringMatching(/./) };
    expect(refusalOf(provider)).toMatchObject(refusal);
    await expect(provider.complete(request(), open)).rejects.toMatchObject({ failure: refusal });
  });

  test('call nobody at OpenAI without a key', async () => {
    const provider = createProviders(source({ p: { type: 'openai', model: 'm' } }), { env: {} }).get('p');
    await expect(provider?.complete(request(), open)).rejects.toMatchObject({
      failure: { code: 'unauthorized', hint: expect.stringContaining('OPENAI_API_KEY') },
    });
  });

  test('are all mocked on demand, but for what judges or speaks for a persona', async () => {
    const bundle = source(
      {
        assistant: { type: 'claude', model: 'm' },
        both: { type: 'mock', model: 'm', additional_config: { mock_config: 'own.yaml' } },
        judge: { type: 'mock', model: 'm', additional_config: { mock_config: 'own.yaml' } },
      },
      {
        self_play: { personas: [], roles: [{ id: 'user-role', provider: 'both' }] },
        judges: [{ name: 'j', provider: 'judge' }],
      },
      { 'own.yaml': 'defaultResponse: own', 'all.yaml': 'defaultResponse: for all' },
    );
    const made = createProviders(bundle, { mockProvider: true, mockConfig: 'all.yaml', env: {} });
    const say = async (id: string, persona?: string): Promise<string | undefined> =>
      (await made.get(id)?.complete(request(persona), open))?.content;
    expect(await say('assistant')).toBe('for all');
    expect(await say('both')).toBe('for all');
    expect(await say('both', 'angry')).toBe('own');
    expect(await say('judge')).toBe('own');
  });

  test('are not made from a mock file that is not there', () => {
    const bundle = source({ p: { type: 'mock', model: 'm' } });
    expect(() => createProviders(bundle, { mockProvider: true, mockConfig: 'gone.yaml', env: {} })).toThrow(
      'gone.yaml',
    );
  });
});
