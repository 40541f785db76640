/** ArenaConfigs, and what providers are sent for them, with the real API server, the real controller and a real worker. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { ArenaConfigStatus } from '../../src/schema/cluster/arena-config.js';
import type { ArenaJobStatus } from '../../src/schema/cluster/arena-job-status.js';
import type { KubeObject } from '../helpers/kube/api-client.js';
import { ArenaInCluster } from '../helpers/kube/arena-in-cluster.js';
import { waitFor } from '../helpers/wait-for.js';

const NAMESPACE = 'configs';

let arena: ArenaInCluster;
let model: Server;
let address: string;
const seen: { headers: IncomingHttpHeaders; body: { [field: string]: unknown } }[] = [];

beforeAll(async () => {
  model = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += String(chunk);
    });
    request.on('end', () => {
      seen.push({ headers: request.headers, body: JSON.parse(text) });
      const message = { role: 'assistant', content: 'Good day!' };
      const usage = { prompt_tokens: 1000, completion_tokens: 1000 };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }], usage }));
    });
  });
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
  arena = await ArenaInCluster.start([NAMESPACE], {});
  await apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'files', namespace: NAMESPACE }, data: FILES },
    object('ArenaSource', 'prompts', { type: 'configmap', configMap: { name: 'files' }, interval: '1h' }),
  );
}, 240_000);

afterAll(async () => {
  await arena?.stop();
  await new Promise((resolve) => model.close(resolve));
}, 120_000);

const path = (plural: string, name: string) =>
  `/apis/omnia.altairalabs.ai/v1alpha1/namespaces/${NAMESPACE}/${plural}/${name}`;

const object = (kind: string, name: string, spec: object): object => ({
  apiVersion: 'omnia.altairalabs.ai/v1alpha1',
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec,
});

/** As a user does it. */
const apply = (...objects: object[]): Promise<unknown> =>
  arena.plane.apply(objects.map((each) => `---\n${stringify(each)}`).join(''));

const bundleDocument = (kind: string, name: string, spec: object) => stringify({ kind, metadata: { name }, spec });
const scenario = (name: string) =>
  bundleDocument('Scenario', name, { task_type: 'greeter', turns: [{ role: 'user', content: `Good ${name}!` }] });

const FILES = {
  'config.arena.yaml': bundleDocument('Arena', 'greetings', {
    prompt_configs: [{ id: 'greeter', file: 'greeter.yaml' }],
    scenarios: ['morning', 'evening', 'refused'].map((name) => ({ file: `scenarios/${name}.yaml` })),
  }),
  'greeter.yaml': bundleDocument('PromptConfig', 'greeter', { task_type: 'greeter', system_template: 'Greet.' }),
  ...Object.fromEntries(['morning', 'evening', 'refused'].map((name) => [`scenarios__${name}.yaml`, scenario(name)])),
};

function until(name: string, holds: (status: ArenaConfigStatus) => boolean): Promise<ArenaConfigStatus> {
  return waitFor(
    `config ${name}`,
    async () => {
      const { status } = await arena.plane.admin.get<KubeObject & { status?: ArenaConfigStatus }>(
        path('arenaconfigs', name),
      );
      return status !== undefined && holds(status) ? status : undefined;
    },
    30_000,
  );
}

const secret = (name: string, key: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: NAMESPACE },
  stringData: { OPENAI_API_KEY: key },
});

const provider = (name: string, fields: object) =>
  object('Provider', name, { type: 'openai', model: name, baseURL: address, ...fields });

describe('an ArenaConfig', () => {
  test('is judged with its source, its scenarios and its providers, and again when one of them changes', async () => {
    await apply(object('ArenaConfig', 'all', { sourceRef: { name: 'prompts' }, providers: [{ name: 'late' }] }));
    const ready = (status: ArenaConfigStatus) => status.conditions?.find(({ type }) => type === 'Ready');
    const invalid = await until('all', (status) => ready(status)?.reason === 'ProviderNotFound');
    expect(invalid.phase).toBe('Invalid');
    const told = (status: ArenaConfigStatus) =>
      Object.fromEntries((status.conditions ?? []).map(({ type, status: is, reason }) => [type, `${is} ${reason}`]));
    expect(told(invalid)).toEqual({
      Ready: 'False ProviderNotFound',
      SourceResolved: 'True Resolved',
      ProvidersValid: 'False ProviderNotFound',
      ToolRegistriesValid: 'True Resolved',
    });
    await apply(provider('late', {}));
    const valid = await until('all', ({ phase }) => phase === 'Ready');
    expect(told(valid)).toMatchObject({ Ready: 'True Valid', ProvidersValid: 'True Resolved' });
    expect(valid).toMatchObject({
      resolvedProviders: ['late'],
      resolvedSource: { scenarioCount: 3 },
      observedGeneration: 1,
    });
    expect(valid.lastValidatedTime).toBeDefined();
    const narrow = { scenarios: { include: ['no-such-*'] } };
    await arena.plane.admin.patch(path('arenaconfigs', 'all'), { spec: narrow });
    const empty = await until('all', (status) => status.phase === 'Invalid' && status.observedGeneration === 2);
    expect(told(empty).Ready).toBe('False NoScenarios');
  });

  test('gives its jobs two providers of one type, each with its own key, headers and settings', async () => {
    await apply(
      secret('first-keys', 'first-key-1a2b'),
      secret('second-keys', 'second-key-3c4d'),
      provider('first', {
        credential: { secretRef: { name: 'first-keys' } },
        headers: { 'X-Team': 'blue' },
        defaults: { topP: '0.25' },
        pricing: { inputCostPer1K: '0.5', outputCostPer1K: '1.5' },
      }),
      provider('second', {
        credential: { secretRef: { name: 'second-keys' } },
        pricing: { inputCostPer1K: '0', outputCostPer1K: '0' },
      }),
      object('ArenaConfig', 'pair', {
        sourceRef: { name: 'prompts' },
        scenarios: { exclude: ['refused'] },
        providers: [{ name: 'first' }, { name: 'second' }],
      }),
      object('ArenaJob', 'pair', { sourceRef: { name: 'pair' } }),
    );
    const status = await waitFor(
      'the job',
      async () => {
        const found = await arena.plane.admin.get<KubeObject & { status?: ArenaJobStatus }>(path('arenajobs', 'pair'));
        return found.status?.completionTime === undefined ? undefined : found.status;
      },
      60_000,
    );
    expect(status).toMatchObject({ phase: 'Succeeded', progress: { total: 4, completed: 4 } });
    const of = (name: string) => seen.filter(({ body }) => body.model === name);
    expect(of('first').length).toBeGreaterThan(0);
    expect(new Set(of('first').map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer first-key-1a2b']),
    );
    expect(new Set(of('second').map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer second-key-3c4d']),
    );
    expect(of('first')[0]).toMatchObject({ headers: { 'x-team': 'blue' }, body: { top_p: 0.25 } });
    expect(of('second')[0]?.headers['x-team']).toBeUndefined();
    // 1000 tokens each way: $2 a call of the first, nothing for the second.
    expect(Number(status.result?.summary?.totalCost)).toBeCloseTo(2 * of('first').length, 3);
    const kept = JSON.stringify(status);
    expect(kept).not.toMatch(/first-key-1a2b|second-key-3c4d/);
  }, 120_000);
});
