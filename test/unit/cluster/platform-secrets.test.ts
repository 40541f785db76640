import { describe, expect, test } from '@jest/globals';
import { awsFromSecret, azureFromSecret, googleFromSecret } from '../../../src/io/providers/auth/secret-credentials.js';
import { createProviders, faultyProvider, refusalOf } from '../../../src/io/providers/create.js';
import type { ClusterSecrets } from '../../../src/io/secrets/cluster-secrets.js';
import { providerSpecSchema } from '../../../src/schema/provider.js';
import { type Effect, showsEffect } from '../../helpers/effects.js';

const CANARY = 'c4n4ry-value';
const ROLE = 'arn:aws:iam::123456789012:role/arena';
const base64 = (text: string) => Buffer.from(text).toString('base64');

function sourceOf(entries: { [name: string]: string }, key?: string) {
  const data = Object.fromEntries(Object.entries(entries).map(([name, text]) => [name, base64(text)]));
  const secrets = { areThere: true, read: async () => ({ data, readAt: 0 }) } as unknown as ClusterSecrets;
  return { reference: { name: 'keys', namespace: 'team', ...(key === undefined ? {} : { key }) }, secrets };
}

const AWS = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: CANARY };

describe('credentials of a cloud in a Secret', () => {
  test('an access key of AWS, with its session where it has one', async () => {
    expect((await awsFromSecret(sourceOf(AWS)).current()).value).toEqual({
      accessKeyId: 'AKIA1',
      secretAccessKey: CANARY,
    });
    const session = await awsFromSecret(sourceOf({ ...AWS, AWS_SESSION_TOKEN: 'now' })).current();
    expect(session.value).toMatchObject({ sessionToken: 'now' });
  });

  test.each<[string, () => unknown, string]>([
    [
      'a missing entry',
      () => awsFromSecret(sourceOf({ AWS_ACCESS_KEY_ID: 'AKIA1' })).current(),
      'no entry AWS_SECRET_ACCESS_KEY',
    ],
    [
      'a principal without its tenant',
      () => azureFromSecret(sourceOf({ AZURE_CLIENT_SECRET: CANARY }), 'a').current(),
      'no entry AZURE_TENANT_ID',
    ],
    ['an account that is no JSON', () => googleFromSecret(sourceOf({ key: CANARY })).current(), 'not valid JSON'],
    [
      'credentials that would read files of the worker',
      () => googleFromSecret(sourceOf({ key: `{"type":"external_account","private_key":"${CANARY}"}` })).current(),
      'no key of a service account',
    ],
    [
      'several entries and no name',
      () => googleFromSecret(sourceOf({ a: CANARY, b: CANARY })).current(),
      'no entry key.json',
    ],
  ])('%s is told by name, and nothing of what was found', async (_, open, why) => {
    const error = await Promise.resolve(open()).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(String(error)).toContain(why);
    expect(String(error)).toContain('the Secret team/keys');
    expect(String(error)).not.toContain(CANARY);
  });

  test.each<[string, object, boolean, string | undefined]>([
    // shows Provider.spec.platform.auth.type
    [
      'of another cloud',
      { type: 'servicePrincipal', secret_ref: { name: 'keys' } },
      true,
      'servicePrincipal is not for platform bedrock',
    ],
    ['without the Secret that they need', { type: 'accessKey' }, true, 'accessKey needs a Secret'],
    ['of the process itself', { type: 'workloadIdentity' }, true, undefined],
    // shows Provider.spec.platform.auth.secret_ref
    ['of a Secret', { type: 'accessKey', secret_ref: { name: 'keys' } }, true, undefined],
    [
      'of a Secret where there is no cluster',
      { type: 'accessKey', secret_ref: { name: 'keys' } },
      false,
      'by workers in a cluster only',
    ],
    [
      'of a Secret besides the identity',
      { type: 'workloadIdentity', secret_ref: { name: 'keys' } },
      true,
      'workloadIdentity has no Secret',
    ],
    // shows Provider.spec.platform.auth.service_account_email
    [
      'in an account of another cloud',
      { type: 'workloadIdentity', service_account_email: 'a@b.iam.gserviceaccount.com' },
      true,
      'accounts of Google are for platform vertex',
    ],
    ['in a role', { type: 'workloadIdentity', role_arn: ROLE }, true, undefined],
    ['with an external id of no role', { type: 'workloadIdentity', external_id: 'a1' }, true, 'goes with role_arn'],
  ])('credentials %s are refused or taken before any call', (_, auth, inCluster, why) => {
    const refusal = refusalWith(auth, inCluster, false);
    if (why === undefined) expect(refusal).toBeUndefined();
    else expect(refusal?.message).toContain(why);
  });

  test('a bundle from elsewhere may name no Secret, an object of the cluster may', () => {
    const auth = { type: 'accessKey', secret_ref: { name: 'keys' } };
    expect(refusalWith(auth, true, true)).toMatchObject({ hint: 'make a Provider object that names the Secret' });
    expect(refusalWith(auth, true, true, true)).toBeUndefined();
  });

  test('where Secrets are is no matter of whether a provider can be called at all', () => {
    const of = (type: string) => faultyProvider(bundleWith({ type, secret_ref: { name: 'keys' } }) as never, 'a');
    expect(of('accessKey')).toBeUndefined();
    expect(of('serviceAccount')?.message).toContain('serviceAccount is not for platform bedrock');
  });

  test('nor take on a role, which an object of the cluster may', () => {
    const auth = { type: 'workloadIdentity', role_arn: ROLE };
    expect(refusalWith(auth, true, true)).toMatchObject({ hint: 'make a Provider object that names it' });
    expect(refusalWith(auth, true, true, true)).toBeUndefined();
  });
});

function bundleWith(auth: object, trusted?: true) {
  const platform = { type: 'bedrock', region: 'us-west-2', auth };
  const spec = providerSpecSchema.parse({ type: 'claude', model: 'claude-sonnet-4-5', platform });
  const document = { id: 'a', spec, group: 'default', at: () => 'a', ...(trusted && { trusted }) };
  return { arena: { spec: {} }, providers: new Map([['a', document]]), files: new Map() };
}

function refusalWith(auth: object, inCluster: boolean, isForeign: boolean, trusted?: true) {
  const bundle = bundleWith(auth, trusted);
  const secrets = { areThere: inCluster } as ClusterSecrets;
  const openToBundle = isForeign ? () => undefined : undefined;
  const provider = createProviders(bundle as never, { env: {}, secrets, openToBundle }).get('a');
  return provider === undefined ? undefined : refusalOf(provider);
}

describe('a provider that takes in only so much', () => {
  const turns = ['one', 'two', 'three', 'four'].map((word) => ({ role: 'user', content: `${word} `.repeat(100) }));

  test.each<Effect>([
    [
      'Provider.spec.truncation_strategy',
      ['sliding', undefined],
      ({ requests }) => (requests.at(-1)?.messages.length ?? 0) < 8,
      [true, false],
      { provider: { context_window: 100 }, scenario: { turns } },
    ],
  ])('%s does what it says', async (...effect) => showsEffect(...effect));
});
