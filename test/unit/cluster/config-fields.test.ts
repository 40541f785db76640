import { describe, expect, test } from '@jest/globals';
import { runSettingsOf } from '../../../activities/run-plan.js';
import type { Bundle } from '../../../src/bundle/bundle.js';
import {
  at,
  type ClusterEffect,
  jobOf,
  object,
  resolved,
  showsClusterEffect,
  type World,
} from '../../helpers/cluster-objects.js';

const provider = (name: string) => object('Provider', name, { type: 'openai', model: name });
const shared = object(
  'Provider',
  'one',
  { type: 'openai', model: 'shared' },
  {
    metadata: { name: 'one', namespace: 'vault', annotations: { 'arena.dev/allowed-namespaces': 'team' } },
  },
);
const registry = object(
  'ToolRegistry',
  'crm',
  {
    handlers: [
      {
        name: 'a',
        type: 'http',
        tool: { name: 'far', description: 'a', inputSchema: {} },
        httpConfig: { endpoint: 'https://a.example' },
      },
    ],
  },
  { metadata: { name: 'crm', namespace: 'vault' } },
);
const WORLD: World = { more: [provider('one'), provider('two'), shared, registry] };
const input = (field: string) => at((job) => Reflect.get(job.input, field));
const from = at((job) => job.providers?.map((each) => each.from));
const tools = at((job) => job.tools?.map(({ name }) => name));
const ON: World = { config: { selfPlay: { enabled: true } } };

describe('fields of an ArenaConfig', () => {
  test.each<ClusterEffect>([
    [
      'ArenaConfig.spec.sourceRef.name',
      ['prompts', 'nobody'],
      at((job) => job.source.name),
      ['prompts', 'refused: SourceNotFound'],
    ],
    [
      'ArenaConfig.spec.scenarios.include',
      [['a*'], undefined],
      input('select'),
      [{ include: ['a*'] }, {}],
      { config: { scenarios: {} } },
    ],
    [
      'ArenaConfig.spec.scenarios.exclude',
      [['a*'], undefined],
      input('select'),
      [{ exclude: ['a*'] }, {}],
      { config: { scenarios: {} } },
    ],
    ['ArenaConfig.spec.providers[].name', ['one', 'two'], from, [['Provider team/one'], ['Provider team/two']], WORLD],
    [
      'ArenaConfig.spec.providers[].namespace',
      ['vault', undefined],
      from,
      [['Provider vault/one'], ['Provider team/one']],
      { ...WORLD, config: { providers: [{ name: 'one' }] } },
    ],
    [
      'ArenaConfig.spec.toolRegistries[].name',
      ['crm', 'nobody'],
      tools,
      [['get_order'], 'refused: ToolRegistryNotFound'],
    ],
    [
      'ArenaConfig.spec.toolRegistries[].namespace',
      ['vault', undefined],
      tools,
      [['far'], ['get_order']],
      { ...WORLD, config: { toolRegistries: [{ name: 'crm' }] } },
    ],
    [
      'ArenaConfig.spec.selfPlay.enabled',
      [true, false],
      at((job) => job.selfPlay),
      [{ rounds: 1, swapRoles: false }, undefined],
    ],
    ['ArenaConfig.spec.selfPlay.rounds', [5, undefined], at((job) => job.selfPlay?.rounds), [5, 1], ON],
    ['ArenaConfig.spec.selfPlay.swapRoles', [true, undefined], at((job) => job.selfPlay?.swapRoles), [true, false], ON],
    ['ArenaConfig.spec.evaluation.metrics', [['cost'], []], at((job) => job.metrics), [['cost'], undefined]],
    ['ArenaConfig.spec.evaluation.timeout', ['10m', undefined], input('timeouts'), [{ item: '10m' }, {}]],
    ['ArenaConfig.spec.evaluation.maxRetries', [2, undefined], input('maxRetries'), [2, undefined]],
    [
      'ArenaConfig.spec.evaluation.concurrency',
      [10, undefined],
      at((job) => job.concurrencyPerWorker),
      [10, undefined],
    ],
  ])('%s does what it says', async (...effect) => showsClusterEffect(effect));

  test('the lone group selfplay turns self-play on, beside others it does not', async () => {
    const refs = (...names: string[]) => names.map((name) => ({ providerRef: { name } }));
    const groups = (providers: object) => resolved({ ...WORLD, job: { providers } });
    const judged = await groups({ selfplay: refs('one', 'two'), judge: refs('gpt') });
    expect(jobOf(judged).selfPlay).toEqual({ rounds: 1, swapRoles: false });
    const beside = await groups({ selfplay: refs('one'), default: refs('two') });
    expect(jobOf(beside).selfPlay).toBeUndefined();
  });

  test('a config that says nothing stands before the built-in settings and behind the Arena file', async () => {
    const plain = jobOf(await resolved({ job: { workers: { replicas: 3 } } }));
    const bare = jobOf(await resolved({ job: { sourceRef: { name: 'prompts' } } }));
    const written = jobOf(
      await resolved({ config: { evaluation: { concurrency: 4, maxRetries: 1 } }, job: { workers: { replicas: 3 } } }),
    );
    const bundle = (defaults: object) => ({ arena: { spec: { defaults } } }) as unknown as Bundle;
    const settings = (job: typeof plain, defaults: object) => {
      const { concurrency, maxRetries } = runSettingsOf(job.input, bundle({ output: {}, ...defaults }), job);
      return { concurrency, maxRetries };
    };
    expect(settings(bare, {})).toEqual({ concurrency: 6, maxRetries: undefined });
    expect(settings(plain, {})).toEqual({ concurrency: 3, maxRetries: 3 });
    expect(settings(plain, { concurrency: 9, max_retries: 0 })).toEqual({ concurrency: 9, maxRetries: 0 });
    expect(settings(written, { concurrency: 9, max_retries: 0 })).toEqual({ concurrency: 12, maxRetries: 1 });
  });
});
