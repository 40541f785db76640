import { describe, expect, test } from '@jest/globals';
import { waitOf } from '../../../src/cluster/refusal.js';
import {
  artifact,
  at,
  type ClusterEffect,
  condition,
  DIGEST,
  jobOf,
  OLD_DIGEST,
  object,
  RUN,
  reasons,
  resolved,
  showsClusterEffect,
  type World,
  warned,
} from '../../helpers/cluster-objects.js';

const input = (field: string) => at((job) => Reflect.get(job.input, field));
const provider = (name: string, fields: object = {}) =>
  object('Provider', name, { type: 'openai', model: name, ...fields });
const ids = at((job) => job.providers?.map(({ id, group }) => `${group}/${id}`));
const OTHERS: World = { more: [provider('one'), provider('two')] };
const SOURCE: World = { job: { sourceRef: { name: 'prompts' } } };
const S3: World = { job: { output: { type: 's3', s3: { bucket: 'results' } } } };
const PVC: World = { job: { output: { type: 'pvc', pvc: { claimName: 'volume' } } } };
const output = at((job) => Reflect.get(Object(job.input.output), 's3'));

describe('fields of an ArenaJob', () => {
  test.each<ClusterEffect>([
    [
      'ArenaJob.spec.sourceRef.name',
      ['prompts', 'nobody'],
      at((job) => job.source.name),
      ['prompts', 'refused: SourceNotFound'],
    ],
    [
      'ArenaJob.spec.sourceRef.kind',
      ['ArenaConfig', 'ArenaSource'],
      at((job) => job.config),
      ['nightly', 'refused: SourceNotFound'],
    ],
    [
      'ArenaJob.spec.sourceRef.revision',
      ['main@sha1:1', 'main@sha1:0'],
      at((job) => [job.source.digest, job.input.bundle]),
      [[OLD_DIGEST, { artifact: OLD_DIGEST }], 'refused: RevisionNotFound'],
    ],
    [
      'ArenaJob.spec.arenaFile',
      ['team/config.arena.yaml', undefined],
      input('bundle'),
      [{ artifact: DIGEST, arenaFile: 'team/config.arena.yaml' }, { artifact: DIGEST }],
    ],
    [
      'ArenaJob.spec.scenarios',
      [{ include: ['a*'] }, undefined],
      input('select'),
      [{ include: ['a*'] }, { include: ['b*'], exclude: ['c'] }],
      { config: { scenarios: { include: ['b*'], exclude: ['c'] } } },
    ],
    ['ArenaJob.spec.trials', [3, undefined], input('trials'), [3, undefined]],
    ['ArenaJob.spec.variables', [{ tone: 'dry' }, undefined], input('variables'), [{ tone: 'dry' }, undefined]],
    ['ArenaJob.spec.workers.replicas', [4, undefined], at((job) => job.workers), [4, 1], { job: { workers: {} } }],
    ['ArenaJob.spec.workers.minReplicas', [2, undefined], at((job) => job.workers), [2, 1], { job: { workers: {} } }],
    ['ArenaJob.spec.providers.*[].providerRef.name', ['one', 'two'], ids, [['default/one'], ['default/two']], OTHERS],
    [
      'ArenaJob.spec.providers.*[].agentRef.name',
      ['helper', 'nobody'],
      ids,
      [['default/agent-helper'], 'refused: AgentNotFound'],
    ],
    [
      'ArenaJob.spec.providers.*[].providerRef.namespace',
      ['vault', undefined],
      at((job) => job.providers?.[0]?.from),
      ['refused: ProviderNotFound', 'Provider team/one'],
      { ...OTHERS, job: { providers: { default: [{ providerRef: { name: 'one' } }] } } },
    ],
    [
      'ArenaJob.spec.providers.*.*',
      [{ providerRef: { name: 'gpt' } }, 'gpt'],
      at((job) => job.providers?.map(({ id, standsFor }) => [id, standsFor])),
      [[['gpt', 'default']], 'refused: InvalidSpec'],
    ],
    [
      'ArenaJob.spec.toolRegistries[].name',
      ['crm', 'nobody'],
      at((job) => job.tools?.map(({ name }) => name)),
      [['get_order'], 'refused: ToolRegistryNotFound'],
    ],
    [
      'ArenaJob.spec.output.type',
      ['s3', 'pvc'],
      at((job) => job.resultUrl),
      [`s3://results/${RUN}/`, 'refused: InvalidSpec'],
      S3,
    ],
    [
      'ArenaJob.spec.output.s3.bucket',
      ['a-bucket', 'b-bucket'],
      at((job) => job.resultUrl),
      [`s3://a-bucket/${RUN}/`, `s3://b-bucket/${RUN}/`],
      S3,
    ],
    [
      'ArenaJob.spec.output.s3.prefix',
      ['evals/', undefined],
      at((job) => job.resultUrl),
      [`s3://results/evals/${RUN}/`, `s3://results/${RUN}/`],
      S3,
    ],
    [
      'ArenaJob.spec.output.s3.region',
      ['eu-west-1', undefined],
      output,
      [{ bucket: 'results', region: 'eu-west-1' }, { bucket: 'results' }],
      S3,
    ],
    [
      'ArenaJob.spec.output.s3.endpoint',
      ['http://s3.example', undefined],
      output,
      [{ bucket: 'results', endpoint: 'http://s3.example' }, { bucket: 'results' }],
      S3,
    ],
    [
      'ArenaJob.spec.output.s3.secretRef',
      [{ name: 'keys' }, undefined],
      output,
      [{ bucket: 'results', secretRef: { name: 'keys', namespace: 'team' } }, { bucket: 'results' }],
      S3,
    ],
    [
      'ArenaJob.spec.output.pvc.claimName',
      ['a', 'b'],
      at((job) => job.resultUrl),
      [`pvc://a/${RUN}/`, `pvc://b/${RUN}/`],
      PVC,
    ],
    [
      'ArenaJob.spec.output.pvc.subPath',
      ['evals', undefined],
      input('output'),
      [{ dir: `/var/arena/output/evals/${RUN}` }, { dir: `/var/arena/output/${RUN}` }],
      PVC,
    ],
    ['ArenaJob.spec.timeouts.call', ['9s', undefined], input('timeouts'), [{ call: '9s' }, {}]],
    [
      'ArenaJob.spec.timeouts.item',
      ['9s', undefined],
      input('timeouts'),
      [{ item: '9s' }, { item: '7s' }],
      { config: { evaluation: { timeout: '7s' } } },
    ],
    ['ArenaJob.spec.timeouts.run', ['9m', undefined], input('timeouts'), [{ run: '9m' }, {}]],
    [
      'ArenaJob.spec.cache.mode',
      ['all', 'deterministic'],
      input('cache'),
      [{ mode: 'all' }, { mode: 'deterministic' }],
    ],
    [
      'ArenaJob.spec.cache.maxAge',
      ['1h', undefined],
      input('cache'),
      [{ mode: 'deterministic', maxAge: '1h' }, { mode: 'deterministic' }],
    ],
    ['ArenaJob.spec.verbose', [true, undefined], input('verbose'), [true, undefined]],
    ['ArenaJob.spec.sessionRecording', [true, false], warned('sessionRecording'), [true, false]],
    ['ArenaJob.spec.type', ['evaluation', 'datagen'], input('type'), [undefined, 'datagen']],
  ])('%s does what it says', async (...effect) => showsClusterEffect(effect));

  test('a job has workers of its own for a volume, which they alone can write to', async () => {
    expect(jobOf(await resolved(PVC))).toMatchObject({
      deliverByOwnWorkers: true,
      workers: 1,
      shardQueue: 'arena-job-0123456789-ArenaJob-night',
    });
    expect(jobOf(await resolved(S3)).shardQueue).toBeUndefined();
  });

  test('providers of the job take the place of those of the config', async () => {
    const config = { providers: [{ name: 'one' }] };
    const job = { providers: { judge: [{ providerRef: { name: 'two' } }] } };
    expect(ids(await resolved({ ...OTHERS, config }))).toEqual(['default/one']);
    expect(ids(await resolved({ ...OTHERS, config, job }))).toEqual(['judge/two']);
    expect(ids(await resolved(SOURCE))).toBeUndefined();
  });
});

describe('what a job waits for', () => {
  const status = (fields: object) => (objects: { [kind: string]: { status?: object } }) =>
    Object.assign(objects.ArenaSource ?? {}, { status: fields });

  test.each<
    [string, World, ((objects: { [kind: string]: { status?: object; spec?: object } }) => void) | undefined, string]
  >([
    ['a source that is not there', { job: { sourceRef: { name: 'late' } } }, undefined, 'SourceNotFound'],
    ['a source that was not fetched', SOURCE, status({}), 'SourceNotReady'],
    [
      'a source without a digest',
      SOURCE,
      status({ artifact: { revision: 'a', lastUpdateTime: 'b' } }),
      'SourceNotReady',
    ],
    ['a suspended config', { config: { suspend: true } }, undefined, 'ConfigSuspended'],
    [
      'a config that nobody has judged',
      {},
      (objects) => Object.assign(objects.ArenaConfig ?? {}, { status: {} }),
      'ConfigNotReady',
    ],
    [
      'a config that was changed since',
      {},
      (objects) => Object.assign(objects.ArenaConfig?.status ?? {}, { observedGeneration: 0 }),
      'ConfigNotReady',
    ],
    [
      'an agent without an endpoint',
      { job: { providers: { default: [{ agentRef: { name: 'helper' } }] } }, agent: { status: {} } },
      undefined,
      'AgentNotReady',
    ],
  ])('%s passes by itself', async (_, world, change, reason) => {
    const resolution = await resolved(world, change as never);
    expect(reasons(resolution)).toEqual([reason]);
    expect('refusals' in resolution && waitOf(resolution.refusals)?.reason).toBe(reason);
  });

  // shows ArenaConfig.spec.suspend
  test('a suspended config says how it goes on', async () => {
    expect(await resolved({ config: { suspend: true } })).toEqual({
      refusals: [
        { reason: 'ConfigSuspended', message: 'ArenaConfig team/nightly is suspended: set its spec.suspend to false' },
      ],
    });
  });

  test('what a source says of its failure stands in the reason to wait', async () => {
    const conditions = [condition('Ready', 'False', 'AuthenticationFailed', 'the key is refused')];
    const resolution = await resolved(SOURCE, status({ conditions }) as never);
    expect(resolution).toMatchObject({ refusals: [{ message: expect.stringContaining('the key is refused') }] });
  });

  test('every fault is told at once, and none of them is final while one passes', async () => {
    const job = {
      type: 'loadtest',
      loadTest: { targetRPS: 5 },
      evaluation: { concurrency: 5 },
      sourceRef: { name: 'late' },
      providers: { default: [{ providerRef: { name: 'nobody' } }], judge: [] },
      toolRegistries: [{ name: 'nothing' }],
    };
    const resolution = await resolved({ job });
    expect(reasons(resolution).sort()).toEqual([
      'EmptyProviderGroup',
      'InvalidSpec',
      'ProviderNotFound',
      'SourceNotFound',
      'ToolRegistryNotFound',
    ]);
    expect('refusals' in resolution && waitOf(resolution.refusals)?.reason).toBe('SourceNotFound');
  });
});

describe('what a job is refused for', () => {
  test('a source and a config of one name want the kind', async () => {
    const twin = object(
      'ArenaSource',
      'nightly',
      { type: 'configmap', configMap: { name: 'a' }, interval: '5m' },
      { status: { artifact: artifact('7', DIGEST) } },
    );
    expect(reasons(await resolved({ more: [twin] }))).toEqual(['AmbiguousSourceRef']);
    const source = { job: { sourceRef: { name: 'nightly', kind: 'ArenaSource' } }, more: [twin] };
    expect(jobOf(await resolved(source)).source).toMatchObject({ name: 'nightly', revision: '7' });
  });

  test.each<[string, object]>([
    ['an entry of both kinds', { providers: { default: [{ providerRef: { name: 'a' }, agentRef: { name: 'b' } }] } }],
    ['an entry of neither kind', { providers: { default: [{}] } }],
    ['a bare name', { providers: { default: ['gpt'] } }],
    ['more variables than a run can carry', { variables: { long: 'x'.repeat(60_000) } }],
    ['a prefix that leaves the bucket', { output: { type: 's3', s3: { bucket: 'results', prefix: '../other' } } }],
    ['a name of an object that is none', { sourceRef: { name: 'Not A Name' } }],
  ])('%s is no spec that could be run', async (_, job) => {
    expect(reasons(await resolved({ job }))).toEqual(['InvalidSpec']);
  });
});
