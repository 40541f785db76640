import { describe, expect, test } from '@jest/globals';
import {
  at,
  type ClusterEffect,
  jobOf,
  object,
  reasons,
  resolved,
  showsClusterEffect,
  type World,
} from '../../helpers/cluster-objects.js';

const WORLD: World = { job: { providers: { default: [{ providerRef: { name: 'gpt' } }] } } };
const spec = at((job) => job.providers?.[0]?.spec);
const field = (name: string) => at((job) => job.providers?.[0]?.spec[name]);
const withPlatform = (platform: object, provider: object = {}): World => ({
  ...WORLD,
  provider: { platform, ...provider },
});
const BEDROCK = { type: 'bedrock', region: 'us-west-2' };
const CLAUDE = { type: 'claude', model: 'claude-sonnet-4-5', auth: { type: 'workloadIdentity' } };

describe('fields of a Provider', () => {
  test.each<ClusterEffect>([
    ['ClusterProvider.spec.type', ['claude', 'gemini'], field('type'), ['claude', 'gemini'], WORLD],
    [
      'ClusterProvider.spec.model',
      ['gpt-4o', undefined],
      field('model'),
      ['gpt-4o', 'refused: InvalidProvider'],
      WORLD,
    ],
    ['ClusterProvider.spec.role', ['llm', 'embedding'], field('role'), ['llm', 'embedding'], WORLD],
    [
      'ClusterProvider.spec.baseURL',
      ['https://a.example/v1', undefined],
      field('base_url'),
      ['https://a.example/v1', undefined],
      WORLD,
    ],
    [
      'ClusterProvider.spec.headers',
      [{ 'X-Team': 'a' }, undefined],
      field('headers'),
      [{ 'X-Team': 'a' }, undefined],
      WORLD,
    ],
    ['ClusterProvider.spec.capabilities', [['tools'], undefined], field('capabilities'), [['tools'], undefined], WORLD],
    [
      'ClusterProvider.spec.credential.secretRef',
      [{ name: 'keys' }, { name: 'keys', key: 'gpt' }],
      field('credential'),
      [
        { secret_ref: { name: 'keys', namespace: 'team' } },
        { secret_ref: { name: 'keys', key: 'gpt', namespace: 'team' } },
      ],
      WORLD,
    ],
    [
      'ClusterProvider.spec.credential.envVar',
      ['TEAM_KEY', 'TEMPORAL_API_KEY'],
      field('credential'),
      [{ credential_env: 'TEAM_KEY' }, 'refused: InvalidProvider'],
      WORLD,
    ],
    [
      'ClusterProvider.spec.credential.filePath',
      ['/etc/keys/gpt', '/var/run/secrets/kubernetes.io/serviceaccount/token'],
      field('credential'),
      [{ credential_file: '/etc/keys/gpt' }, 'refused: InvalidProvider'],
      WORLD,
    ],
    [
      'ClusterProvider.spec.defaults.temperature',
      ['0.7', '2.5'],
      field('defaults'),
      [{ temperature: 0.7 }, 'refused: InvalidProvider'],
      WORLD,
    ],
    ['ClusterProvider.spec.defaults.topP', ['0.9', undefined], field('defaults'), [{ top_p: 0.9 }, {}], WORLD],
    ['ClusterProvider.spec.defaults.maxTokens', [100, undefined], field('defaults'), [{ max_tokens: 100 }, {}], WORLD],
    [
      'ClusterProvider.spec.defaults.contextWindow',
      [8000, undefined],
      field('context_window'),
      [8000, undefined],
      WORLD,
    ],
    [
      'ClusterProvider.spec.defaults.truncationStrategy',
      ['summarize', 'custom'],
      field('truncation_strategy'),
      ['summarize', 'sliding'],
      { ...WORLD, provider: { defaults: { contextWindow: 8000 } } },
    ],
    [
      'ClusterProvider.spec.defaults.requestTimeout',
      ['10s', undefined],
      field('request_timeout'),
      ['10s', undefined],
      WORLD,
    ],
    [
      'ClusterProvider.spec.defaults.streamIdleTimeout',
      ['5s', undefined],
      field('stream_idle_timeout'),
      ['5s', undefined],
      WORLD,
    ],
    [
      'ClusterProvider.spec.pricing.inputCostPer1K',
      ['0.25', '1'],
      field('pricing'),
      [{ input_cost_per_1k: 0.25 }, { input_cost_per_1k: 1 }],
      WORLD,
    ],
    [
      'ClusterProvider.spec.pricing.outputCostPer1K',
      ['0.25', '1'],
      field('pricing'),
      [{ output_cost_per_1k: 0.25 }, { output_cost_per_1k: 1 }],
      WORLD,
    ],
    [
      'ClusterProvider.spec.pricing.cachedCostPer1K',
      ['0.25', '1'],
      field('pricing'),
      [{ cached_cost_per_1k: 0.25 }, { cached_cost_per_1k: 1 }],
      WORLD,
    ],
    [
      'ClusterProvider.spec.tts',
      [{ voice: 'a' }, undefined],
      field('type'),
      ['refused: InvalidProvider', 'openai'],
      WORLD,
    ],
    [
      'ClusterProvider.spec.stt',
      [{ language: 'a' }, undefined],
      field('type'),
      ['refused: InvalidProvider', 'openai'],
      WORLD,
    ],
    [
      'ClusterProvider.spec.embedding',
      [{ dimensions: 9 }, undefined],
      field('type'),
      ['refused: InvalidProvider', 'openai'],
      WORLD,
    ],
    [
      'ClusterProvider.spec.platform.type',
      ['bedrock', 'azure'],
      field('platform'),
      [{ ...BEDROCK, auth: { type: 'workloadIdentity' } }, 'refused: InvalidProvider'],
      withPlatform(BEDROCK, CLAUDE),
    ],
    [
      'ClusterProvider.spec.platform.region',
      ['eu-west-1', undefined],
      field('platform'),
      [{ ...BEDROCK, region: 'eu-west-1', auth: { type: 'workloadIdentity' } }, 'refused: InvalidProvider'],
      withPlatform(BEDROCK, CLAUDE),
    ],
    [
      'ClusterProvider.spec.platform.project',
      ['acme', undefined],
      at((job) => job.providers?.[0]?.spec.platform),
      [
        { type: 'vertex', region: 'us-east5', project: 'acme', auth: { type: 'workloadIdentity' } },
        'refused: InvalidProvider',
      ],
      withPlatform({ type: 'vertex', region: 'us-east5' }, CLAUDE),
    ],
    [
      'ClusterProvider.spec.platform.endpoint',
      ['https://acme.openai.azure.com', undefined],
      at((job) => Object.keys(job.providers?.[0]?.spec.platform ?? {})),
      [['type', 'endpoint', 'auth'], 'refused: InvalidProvider'],
      withPlatform({ type: 'azure' }, CLAUDE),
    ],
    [
      'ClusterProvider.spec.auth.type',
      ['accessKey', 'servicePrincipal'],
      at((job) => Reflect.get(Object(job.providers?.[0]?.spec.platform), 'auth')),
      [{ type: 'accessKey', secret_ref: { name: 'aws', namespace: 'team' } }, 'refused: InvalidProvider'],
      withPlatform(BEDROCK, { ...CLAUDE, auth: { type: 'accessKey', credentialsSecretRef: { name: 'aws' } } }),
    ],
    [
      'ClusterProvider.spec.auth.credentialsSecretRef.name',
      ['one', 'two'],
      at((job) => JSON.stringify(job.providers?.[0]?.spec.platform).includes('"two"')),
      [false, true],
      withPlatform(BEDROCK, { ...CLAUDE, auth: { type: 'accessKey', credentialsSecretRef: { name: 'aws' } } }),
    ],
    [
      'ClusterProvider.spec.auth.credentialsSecretRef.key',
      ['one', undefined],
      at((job) => JSON.stringify(job.providers?.[0]?.spec.platform).includes('"key":"one"')),
      [true, false],
      withPlatform(BEDROCK, { ...CLAUDE, auth: { type: 'accessKey', credentialsSecretRef: { name: 'aws' } } }),
    ],
    [
      'ClusterProvider.spec.auth.roleArn',
      ['arn:aws:iam::123456789012:role/a', undefined],
      at((job) => job.providers?.[0]?.spec.platform),
      [
        // Whose trust policy it is can tell the tenants of one pool of workers apart.
        {
          ...BEDROCK,
          auth: { type: 'workloadIdentity', role_arn: 'arn:aws:iam::123456789012:role/a', external_id: 'team' },
        },
        { ...BEDROCK, auth: { type: 'workloadIdentity' } },
      ],
      withPlatform(BEDROCK, CLAUDE),
    ],
    [
      'ClusterProvider.spec.auth.serviceAccountEmail',
      ['a@b.iam', undefined],
      at((job) => JSON.stringify(job.providers?.[0]?.spec.platform).includes('"service_account_email":"a@b.iam"')),
      [true, false],
      withPlatform({ type: 'vertex', region: 'us-east5', project: 'acme' }, CLAUDE),
    ],
  ])('%s does what it says', async (...effect) => showsClusterEffect(effect));

  test.each([
    ['a key beside auth', { ...CLAUDE, platform: BEDROCK, credential: { envVar: 'KEY' } }],
    ['auth without a platform', CLAUDE],
    ['two places of the key', { credential: { envVar: 'KEY', secretRef: { name: 'keys' } } }],
    ['a key file that leaves its folder', { credential: { filePath: '/etc/../proc/self/environ' } }],
    ['a type that holds no conversation', { type: 'voyageai' }],
    ['a header that no request can carry', { headers: { 'X-Team': 'a\nb' } }],
    ['an identity without the Secret that it needs', { ...CLAUDE, platform: BEDROCK, auth: { type: 'accessKey' } }],
  ])('%s is refused with the name of the Provider', async (_, provider) => {
    const resolution = await resolved({ ...WORLD, provider });
    expect(resolution).toMatchObject({
      refusals: [{ reason: 'InvalidProvider', message: expect.stringContaining('Provider team/gpt') }],
    });
  });

  test('no value of a header stands in a refusal', async () => {
    const resolution = await resolved({ ...WORLD, provider: { headers: { Authorization: 'Bearer c4n4ry\n' } } });
    expect(reasons(resolution)).toEqual(['InvalidProvider']);
    expect(JSON.stringify(resolution)).not.toContain('c4n4ry');
  });

  test('a Provider of another namespace is used with its owner’s leave, and with its own Secret', async () => {
    const job = { providers: { default: [{ providerRef: { name: 'shared', namespace: 'vault' } }] } };
    const shared = (allowed: string | undefined) => {
      const annotations = allowed === undefined ? {} : { 'arena.dev/allowed-namespaces': allowed };
      const fields = { type: 'openai', model: 'gpt-4o', credential: { secretRef: { name: 'keys' } } };
      const metadata = { name: 'shared', namespace: 'vault', annotations };
      return object('Provider', 'shared', fields, { metadata });
    };
    const seen = [];
    for (const allowed of [undefined, 'other', 'teams', 'other, team', '*']) {
      seen.push(spec(await resolved({ job, more: [shared(allowed)] })));
    }
    const refused = 'refused: ProviderNotAllowed';
    const usable = expect.objectContaining({ credential: { secret_ref: { name: 'keys', namespace: 'vault' } } });
    expect(seen).toEqual([refused, refused, refused, usable, usable]);
  });

  test('two Providers of one name are told apart by their namespace', async () => {
    const metadata = { name: 'gpt', namespace: 'vault', annotations: { 'arena.dev/allowed-namespaces': '*' } };
    const other = object('Provider', 'gpt', { type: 'claude', model: 'claude-sonnet-4-5' }, { metadata });
    const listed = [{ providerRef: { name: 'gpt' } }, { providerRef: { name: 'gpt', namespace: 'vault' } }];
    const { providers } = jobOf(await resolved({ job: { providers: { default: listed } }, more: [other] }));
    expect(providers?.map(({ id, from }) => [id, from])).toEqual([
      ['gpt', 'Provider team/gpt'],
      ['gpt@vault', 'Provider vault/gpt'],
    ]);
  });
});
