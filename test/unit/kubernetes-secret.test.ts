import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Credential } from '../../src/io/providers/credential.js';
import { ClusterSecrets } from '../../src/io/secrets/cluster-secrets.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { KubernetesApi } from '../helpers/kubernetes-api.js';
import { selfSigned } from '../helpers/self-signed.js';

const USUAL = ['SERVICE_API_KEY', 'SERVICE_TOKEN'];

describe('a key in a Kubernetes Secret', () => {
  let api: KubernetesApi;
  let now = 0;
  let secrets: ClusterSecrets;
  beforeEach(async () => {
    api = await KubernetesApi.start();
    now = 1000;
    secrets = new ClusterSecrets({ env: api.env, folder: api.folder }, () => now);
  });
  afterEach(() => api.stop());

  function credential(secret_ref: object): Credential {
    const spec = providerSpecSchema.parse({ type: 'openai', credential: { secret_ref } });
    return new Credential(spec.credential, USUAL, () => undefined, secrets);
  }

  async function keyOf(one: Credential): Promise<string | undefined> {
    await one.ready();
    return one.key();
  }

  // shows Provider.spec.credential.secret_ref.name, Provider.spec.credential.secret_ref.key
  // shows Provider.spec.credential.secret_ref.namespace
  test.each([
    [{ name: 'keys' }, 'usual-1'],
    [{ name: 'keys', key: 'mine' }, 'named'],
    [{ name: 'tokens' }, 'usual-2'],
    [{ name: 'plain' }, 'in api-key'],
    [{ name: 'value' }, 'in value'],
    [{ name: 'keys', namespace: 'other' }, 'of another namespace'],
  ])('is found in the entry that is named, else in a usual one: %j', async (reference, key) => {
    api.secrets.set('shop/keys', {
      value: 'v',
      SERVICE_TOKEN: 'usual-2',
      SERVICE_API_KEY: ' usual-1\n',
      mine: 'named',
    });
    api.secrets.set('shop/tokens', { 'api-key': 'a', SERVICE_TOKEN: 'usual-2' });
    api.secrets.set('shop/plain', { value: 'v', 'api-key': 'in api-key' });
    api.secrets.set('shop/value', { value: 'in value', password: 'p' });
    api.secrets.set('other/keys', { 'api-key': 'of another namespace' });
    expect(await keyOf(credential(reference))).toBe(key);
  });

  test.each([
    [{ name: 'absent' }, 'unauthorized', /no such object: the Secret absent \(HTTP 404\)/, /create it/],
    [
      { name: 'keys', namespace: 'closed' },
      'unauthorized',
      /the Secret closed\/keys \(HTTP 403\)/,
      /resourceNames: \[keys\]/,
    ],
    [{ name: 'keys', key: 'gone' }, 'unauthorized', /has no entry gone/, /secret_ref\.key/],
    [{ name: 'keys', key: '__proto__' }, 'unauthorized', /has no entry __proto__/, /secret_ref\.key/],
    [{ name: 'keys', key: 'empty' }, 'unauthorized', /nothing in its entry empty/, /secret_ref\.key/],
    [{ name: 'other' }, 'unauthorized', /SERVICE_API_KEY or SERVICE_TOKEN or api-key or value/, /secret_ref\.key/],
  ])('that cannot be had is told with what to do: %j', async (reference, code, message, hint) => {
    api.secrets.set('shop/keys', { empty: '', mine: 'canary-5d1f' });
    api.secrets.set('shop/other', { unknown: 'canary-5d1f' });
    const failure = await keyOf(credential(reference)).catch((error) => error.failure);
    expect(failure).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test.each([
    ['token', { token: 'another' }, 'unauthorized', /does not accept the token/],
    ['no token', { token: '' }, 'unauthorized', /needs .*token, which is not there/],
    ['another authority', { 'ca.crt': selfSigned().cert }, 'connection_failed', /cannot be asked/],
  ])('needs what Kubernetes mounts into the pod: %s', async (_, files, code, message) => {
    api.secrets.set('shop/keys', { 'api-key': 'k' });
    api.mount(files);
    const failure = await keyOf(credential({ name: 'keys' })).catch((error) => error.failure);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('whose answer makes no sense is repeated nowhere', async () => {
    api.broken = { status: 200, body: '{"data": ["canary-5d1f"]}' };
    const failure = await keyOf(credential({ name: 'keys' })).catch((error) => error.failure);
    expect(failure.code).toBe('malformed_answer');
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test('is asked for once by all calls that begin together, and then known at once', async () => {
    api.secrets.set('shop/keys', { 'api-key': 'k', other: 'o' });
    const some = Array.from({ length: 100 }, (_, index) =>
      credential(index % 2 === 0 ? { name: 'keys' } : { name: 'keys', key: 'other' }),
    );
    const keys = await Promise.all(some.map(keyOf));
    expect(new Set(keys)).toEqual(new Set(['k', 'o']));
    expect(api.asked).toHaveLength(1);
    for (const one of some) expect(one.ready()).toBeUndefined();
  });

  test('is at most half a minute old, and read ahead so that calls do not wait', async () => {
    api.secrets.set('shop/keys', { 'api-key': 'first' });
    const one = credential({ name: 'keys' });
    expect(await keyOf(one)).toBe('first');
    api.secrets.set('shop/keys', { 'api-key': 'second' });
    now += 19_999;
    expect(one.ready()).toBeUndefined();
    now += 1;
    expect(one.ready()).toBeUndefined();
    expect(one.key()).toBe('first');
    await secrets.read({ name: 'keys' });
    expect(one.ready()).toBeUndefined();
    expect(one.key()).toBe('second');
    api.secrets.set('shop/keys', { 'api-key': 'third' });
    now += 30_000;
    expect(one.ready()).toBeDefined();
    expect(await keyOf(one)).toBe('third');
    expect(api.asked).toHaveLength(3);
  });

  test('is read again at once when the service refuses it, once for all that are refused', async () => {
    api.secrets.set('shop/keys', { 'api-key': 'first' });
    const some = [credential({ name: 'keys' }), credential({ name: 'keys' })];
    await Promise.all(some.map(keyOf));
    api.secrets.set('shop/keys', { 'api-key': 'second' });
    const storm = Array.from({ length: 50 }, (_, index) => some[index % 2]?.refused('first'));
    expect(new Set(await Promise.all(storm))).toEqual(new Set([true]));
    expect(api.asked).toHaveLength(2);
    expect(some.map((one) => one.key())).toEqual(['second', 'second']);
    expect(await some[0]?.refused('first')).toBe(true);
    expect(api.asked).toHaveLength(2);
  });

  test('that stays wrong is looked for once a second', async () => {
    api.secrets.set('shop/keys', { 'api-key': 'first' });
    const one = credential({ name: 'keys' });
    await keyOf(one);
    expect(await one.refused('first')).toBe(false);
    expect(await one.refused('first')).toBe(false);
    expect(one.ready()).toBeUndefined();
    expect(api.asked).toHaveLength(2);
    api.secrets.set('shop/keys', { 'api-key': 'second' });
    now += 1000;
    expect(await keyOf(one)).toBe('second');
    expect(api.asked).toHaveLength(3);
  });

  test('that is missing is asked for once a second, and taken up when it comes', async () => {
    const one = credential({ name: 'keys' });
    await expect(keyOf(one)).rejects.toThrow('HTTP 404');
    await expect(keyOf(one)).rejects.toThrow('HTTP 404');
    expect(api.asked).toHaveLength(1);
    api.secrets.set('shop/keys', { 'api-key': 'now' });
    now += 1000;
    expect(await keyOf(one)).toBe('now');
  });

  test('whose entry is missing is taken up a second after it was added', async () => {
    api.secrets.set('shop/keys', { wrong: 'x' });
    const one = credential({ name: 'keys' });
    await expect(keyOf(one)).rejects.toThrow('has no entry');
    api.secrets.set('shop/keys', { 'api-key': 'added' });
    await expect(keyOf(one)).rejects.toThrow('has no entry');
    now += 1000;
    expect(await keyOf(one)).toBe('added');
    expect(api.asked).toHaveLength(2);
  });

  test('serves on while the API server gives no answer, and ends with the Secret', async () => {
    api.secrets.set('shop/keys', { 'api-key': 'first' });
    const one = credential({ name: 'keys' });
    await keyOf(one);
    api.broken = { status: 503 };
    now += 30_000;
    expect(await keyOf(one)).toBe('first');
    // It is not asked at each call what it cannot answer.
    expect(one.ready()).toBeUndefined();
    expect(await one.refused('first')).toBe(false);
    api.broken = undefined;
    api.secrets.clear();
    now += 10_000;
    await expect(keyOf(one)).rejects.toThrow('HTTP 404');
  });

  test('without an answer and without a known key is a failure that passes', async () => {
    api.broken = { status: 503 };
    await expect(keyOf(credential({ name: 'keys' }))).rejects.toMatchObject({ code: 'provider_unavailable' });
    await api.stop();
    now += 1000;
    const again = await keyOf(credential({ name: 'others', namespace: 'shop' })).catch((error) => error.failure);
    expect(again.code).toMatch(/connection_failed|unauthorized/);
  });
});

describe('a reference to a Secret', () => {
  test.each([
    [{ name: '' }],
    [{ name: '../x' }],
    [{ name: 'Upper' }],
    [{ name: 'a/b' }],
    [{ name: 'a', key: 'a/b' }],
    [{ name: 'a', namespace: 'x'.repeat(64) }],
    [{ key: 'a' }],
  ])('names what Kubernetes allows: %j', (secret_ref) => {
    expect(providerSpecSchema.safeParse({ type: 'openai', credential: { secret_ref } }).success).toBe(false);
  });

  test('stands alone', () => {
    const credential = { secret_ref: { name: 'keys' }, credential_env: 'MINE' };
    const parsed = providerSpecSchema.safeParse({ type: 'openai', credential });
    expect(parsed.error?.issues).toMatchObject([{ path: ['credential', 'secret_ref'] }]);
  });
});
