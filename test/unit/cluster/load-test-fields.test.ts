import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { checkManifest } from '../../../src/bundle/manifests/check-manifest.js';
import { readManifests } from '../../../src/bundle/manifests/read-manifests.js';
import {
  at,
  type ClusterEffect,
  jobOf,
  reasons,
  resolved,
  showsClusterEffect,
  type World,
} from '../../helpers/cluster-objects.js';
import { job } from '../../helpers/manifests.js';

const of = (block: object): World => ({ job: { type: 'loadtest', loadTest: block } });
const RPS = of({ targetRPS: 5 });
const THRESHOLD = { metric: 'latency_p95', operator: '<', value: '3s' };
const LIMITS = of({ targetRPS: 5, thresholds: [THRESHOLD] });
const STAGES = of({ stages: [{ duration: '1m', target: 10 }] });

const field = (name: string) => at((one) => Reflect.get(Object(one.input.loadTest), name));
const first = (list: string, name: string) =>
  at((one) => Reflect.get(Object(Reflect.get(Object(one.input.loadTest), list)?.[0]), name));

describe('fields of the load test of an ArenaJob', () => {
  test.each<ClusterEffect>([
    ['ArenaJob.spec.loadTest.targetRPS', [100, 5], field('targetRPS'), [100, 5], RPS],
    ['ArenaJob.spec.loadTest.concurrency', [10, 5], field('concurrency'), [10, 5], of({})],
    ['ArenaJob.spec.loadTest.vusPerWorker', [10, 5], field('vusPerWorker'), [10, 5], of({})],
    ['ArenaJob.spec.loadTest.model', ['closed', undefined], field('model'), ['closed', undefined], STAGES],
    ['ArenaJob.spec.loadTest.stages[].duration', ['2m', '1m'], first('stages', 'duration'), ['2m', '1m'], STAGES],
    ['ArenaJob.spec.loadTest.stages[].target', [7, 10], first('stages', 'target'), [7, 10], STAGES],
    ['ArenaJob.spec.loadTest.rampUp', ['1m', undefined], field('rampUp'), ['1m', undefined], RPS],
    ['ArenaJob.spec.loadTest.ramp.up', ['1m', '2m'], field('ramp'), [{ up: '1m' }, { up: '2m' }], RPS],
    ['ArenaJob.spec.loadTest.ramp.down', ['1m', '2m'], field('ramp'), [{ down: '1m' }, { down: '2m' }], RPS],
    ['ArenaJob.spec.loadTest.duration', ['10m', undefined], field('duration'), ['10m', undefined], RPS],
    ['ArenaJob.spec.loadTest.arrivals', ['poisson', undefined], field('arrivals'), ['poisson', undefined], RPS],
    ['ArenaJob.spec.loadTest.maxInFlight', [50, undefined], field('maxInFlight'), [50, undefined], RPS],
    [
      'ArenaJob.spec.loadTest.thinkTime.min',
      ['1s', '2s'],
      field('thinkTime'),
      [
        { min: '1s', max: '1s' },
        { min: '2s', max: '2s' },
      ],
      RPS,
    ],
    [
      'ArenaJob.spec.loadTest.thinkTime.max',
      ['5s', undefined],
      field('thinkTime'),
      [
        { min: '1s', max: '5s' },
        { min: '1s', max: '1s' },
      ],
      of({ targetRPS: 5, thinkTime: { min: '1s' } }),
    ],
    ['ArenaJob.spec.loadTest.weights', [{ refund: 3 }, undefined], field('weights'), [{ refund: 3 }, undefined], RPS],
    [
      'ArenaJob.spec.loadTest.thresholds[].metric',
      ['ttft_p99', 'latency_avg'],
      first('thresholds', 'metric'),
      ['ttft_p99', 'latency_avg'],
      LIMITS,
    ],
    ['ArenaJob.spec.loadTest.thresholds[].operator', ['<=', '>'], first('thresholds', 'operator'), ['<=', '>'], LIMITS],
    ['ArenaJob.spec.loadTest.thresholds[].value', ['9s', '1s'], first('thresholds', 'value'), ['9s', '1s'], LIMITS],
    [
      'ArenaJob.spec.loadTest.thresholds[].scenario',
      ['refund', undefined],
      first('thresholds', 'scenario'),
      ['refund', undefined],
      LIMITS,
    ],
    [
      'ArenaJob.spec.loadTest.thresholds[].provider',
      ['gpt', undefined],
      first('thresholds', 'provider'),
      ['gpt', undefined],
      LIMITS,
    ],
    [
      'ArenaJob.spec.loadTest.thresholds[].abortOnFail',
      [true, undefined],
      first('thresholds', 'abortOnFail'),
      [true, undefined],
      LIMITS,
    ],
    [
      'ArenaJob.spec.loadTest.thresholds[].grace',
      ['30s', undefined],
      first('thresholds', 'grace'),
      ['30s', undefined],
      of({ targetRPS: 5, thresholds: [{ ...THRESHOLD, abortOnFail: true }] }),
    ],
    ['ArenaJob.spec.loadTest.budgetLimit', ['5.00', undefined], field('budget'), [{ usd: 5 }, undefined], RPS],
    ['ArenaJob.spec.loadTest.budgetTokens', [900, undefined], field('budget'), [{ tokens: 900 }, undefined], RPS],
    [
      'ArenaJob.spec.loadTest.budgetOnLimit',
      ['hold', undefined],
      field('budget'),
      [{ usd: 2.5, onLimit: 'hold' }, { usd: 2.5 }],
      of({ targetRPS: 5, budgetLimit: '2.50' }),
    ],
    [
      'ArenaJob.spec.loadTest.budgetCurrency',
      ['USD', 'EUR'],
      field('budget'),
      [{ usd: 2 }, 'refused: InvalidSpec'],
      of({ targetRPS: 5, budgetLimit: '2' }),
    ],
    ['ArenaJob.spec.loadTest.gracefulStop', ['5s', undefined], field('gracefulStop'), ['5s', undefined], RPS],
    ['ArenaJob.spec.loadTest.seed', [7, undefined], field('seed'), [7, undefined], RPS],
  ])('%s does what it says', async (...effect) => showsClusterEffect(effect));

  test('settings of evaluations that an ArenaConfig says do not concern a load test', async () => {
    const config = { evaluation: { maxRetries: 3, concurrency: 8, timeout: '7s' } };
    const found = jobOf(await resolved({ ...RPS, config }));
    expect(found.input).toMatchObject({ type: 'loadtest', loadTest: { targetRPS: 5 }, timeouts: { item: '7s' } });
    expect(found.input.maxRetries).toBeUndefined();
    expect(found.concurrencyPerWorker).toBeUndefined();
  });

  test.each<[string, object]>([
    ['calls in flight of an evaluation', { evaluation: { concurrency: 5 } }],
    ['further tries', { evaluation: { maxRetries: 2 } }],
    ['answers from the cache', { cache: { mode: 'all' } }],
    ['nothing of how much load', { loadTest: undefined }],
  ])('%s is refused before anything starts', async (_, more) => {
    const world: World = { job: { type: 'loadtest', loadTest: { targetRPS: 5 }, ...more } };
    expect(reasons(await resolved(world))).toEqual(['InvalidSpec']);
  });
});

describe('the rules of a load test', () => {
  const faultsOf = (spec: object): string[] => {
    const written = job('load', spec, { namespace: 'arena' });
    const { objects } = readManifests('job.yaml', Buffer.from(stringify(written)));
    return objects.flatMap((each) => checkManifest(each).faults.map(({ message }) => message));
  };
  const load = (block: object) => ({ type: 'loadtest', loadTest: block });

  test.each<[string, object, string[]]>([
    ['a target', load({ targetRPS: 5 }), []],
    ['users with trials', { ...load({ concurrency: 5 }), trials: 3 }, []],
    ['users of each worker', load({ vusPerWorker: 5 }), []],
    ['stages of users', load({ stages: [{ duration: '1m', target: 9 }], model: 'closed' }), []],
    ['a budget in dollars', load({ targetRPS: 5, budgetLimit: '5.00', budgetCurrency: 'USD' }), []],
    ['no block at all', { type: 'loadtest' }, ['type loadtest needs the block loadTest']],
    ['an empty block', load({}), ['neither how many requests a second nor how many users']],
    ['both models', load({ targetRPS: 5, concurrency: 5 }), ['concurrency and vusPerWorker are for closed tests']],
    [
      'stages and a target',
      load({ targetRPS: 5, stages: [{ duration: '1m', target: 9 }] }),
      ['cannot stand beside stages'],
    ],
    ['two ramps up', load({ targetRPS: 5, rampUp: '1m', ramp: { up: '1m' } }), ['rampUp and ramp.up mean the same']],
    [
      'a grace for nothing',
      load({ targetRPS: 5, thresholds: [{ ...THRESHOLD, grace: '1m' }] }),
      ['grace is for thresholds with abortOnFail'],
    ],
    [
      'a limit for nothing',
      load({ targetRPS: 5, budgetOnLimit: 'hold' }),
      ['budgetOnLimit is for tests with a budget'],
    ],
    ['another currency', load({ targetRPS: 5, budgetLimit: '5', budgetCurrency: 'EUR' }), ['"EUR" is not one of USD']],
    ['half a request', load({ targetRPS: 0.5 }), ['targetRPS']],
    ['no user', load({ concurrency: 0 }), ['concurrency']],
  ])('%s: found at once, with the next step', (_, spec, expected) => {
    expect(faultsOf(spec)).toEqual(expected.map((part) => expect.stringContaining(part)));
  });
});
