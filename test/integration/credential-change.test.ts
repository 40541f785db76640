import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHttpProvider } from '../../src/io/providers/create-http-provider.js';
import type { HttpProvider } from '../../src/io/providers/http-provider.js';
import { ClusterSecrets } from '../../src/io/secrets/cluster-secrets.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';
import { KubernetesApi, MountedSecret } from '../helpers/kubernetes-api.js';
import { ask, failureOf, open } from '../helpers/openai-calls.js';

/** A service that lets in who has the key that is valid now. */
class Guarded {
  valid = 'canary-first-0123456789';
  service!: HttpService;

  async start(): Promise<void> {
    this.service = await startHttpService(({ headers }, response) => {
      const isIn = headers.authorization === `Bearer ${this.valid}`;
      const refusal = { error: { message: `Incorrect API key: ${headers.authorization}`, code: 'invalid_api_key' } };
      // Late enough that calls which begin together are refused together.
      setTimeout(() => {
        if (!isIn) return answerJson(response, refusal, 401);
        answerJson(response, { choices: [{ message: { content: 'Hi.' }, finish_reason: 'stop' }] });
      }, 20);
    });
  }

  provider(credential: object, secrets?: ClusterSecrets): HttpProvider {
    const base_url = `${this.service.origin}/v1`;
    const spec = providerSpecSchema.parse({ type: 'openai', model: 'm', base_url, credential });
    const settings = { env: {}, secrets, jobTimeoutMs: undefined, arenaTimeoutMs: undefined };
    return createHttpProvider({ id: 'p', spec, at: (path) => `p.yaml:${path.join('.')}` }, settings);
  }

  get refusals(): number {
    return this.service.seen.filter(({ headers }) => headers.authorization !== `Bearer ${this.valid}`).length;
  }
}

describe('a key that changes while a provider is called', () => {
  const guarded = new Guarded();
  let mounted: MountedSecret;
  let api: KubernetesApi;
  beforeEach(async () => {
    guarded.valid = 'canary-first-0123456789';
    mounted = new MountedSecret();
    [api] = await Promise.all([KubernetesApi.start(), guarded.start()]);
  });
  afterEach(async () => {
    mounted.remove();
    await Promise.all([api.stop(), guarded.service.stop()]);
  });

  const storm = (provider: HttpProvider) =>
    Promise.all(Array.from({ length: 20 }, () => provider.complete(ask(), open)));

  test('is taken up by the calls that are refused, without a failure: a mounted Secret', async () => {
    mounted.write({ key: `${guarded.valid}\n` });
    const provider = guarded.provider({ credential_file: mounted.path('key') });
    await storm(provider);
    guarded.valid = 'canary-second-0123456789';
    mounted.write({ key: guarded.valid });
    const answers = await storm(provider);
    expect(answers.map(({ content }) => content)).toEqual(Array(20).fill('Hi.'));
    expect(guarded.service.seen).toHaveLength(20 + 20 + 20);
    await storm(provider);
    expect(guarded.service.seen).toHaveLength(80);
  });

  test('is taken up by the calls that are refused, without a failure: the API of Kubernetes', async () => {
    api.secrets.set('shop/keys', { OPENAI_API_KEY: guarded.valid });
    const secrets = new ClusterSecrets({ env: api.env, folder: api.folder });
    const provider = guarded.provider({ secret_ref: { name: 'keys' } }, secrets);
    await storm(provider);
    expect(api.asked).toEqual(['/api/v1/namespaces/shop/secrets/keys']);
    guarded.valid = 'canary-second-0123456789';
    api.secrets.set('shop/keys', { OPENAI_API_KEY: guarded.valid });
    const answers = await storm(provider);
    expect(answers.map(({ content }) => content)).toEqual(Array(20).fill('Hi.'));
    expect(guarded.service.seen).toHaveLength(60);
    expect(api.asked).toHaveLength(2);
  });

  test('is told with where it stands while it stays wrong, and each call is made once', async () => {
    mounted.write({ key: 'canary-wrong-0123456789' });
    api.secrets.set('shop/keys', { mine: 'canary-wrong-0123456789' });
    const secrets = new ClusterSecrets({ env: api.env, folder: api.folder });
    const path = mounted.path('key');
    const hints = new Map([
      [guarded.provider({ credential_file: path }), `check the key in ${path} (credential.credential_file)`],
      [
        guarded.provider({ secret_ref: { name: 'keys', key: 'mine', namespace: 'shop' } }, secrets),
        'check the key in the Secret shop/keys (credential.secret_ref)',
      ],
    ]);
    for (const [provider, hint] of hints) {
      const failure = await failureOf(provider.complete(ask(), open));
      expect(failure).toMatchObject({ code: 'unauthorized', status: 401, hint });
      expect(JSON.stringify(failure)).not.toContain('canary-wrong');
    }
    expect(guarded.refusals).toBe(2);
    expect(api.asked).toHaveLength(2);
  });
});
