import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../../src/bundle/fault.js';
import { planMatrix } from '../../../src/bundle/matrix.js';
import { outlineOf, planLoad } from '../../../src/bundle/plan-load.js';
import { isPriced } from '../../../src/io/providers/pricing.js';
import type { JobInput } from '../../../src/schema/job.js';
import type { LoadTestInput } from '../../../src/schema/load-test.js';
import { ARENA, SOUND, soundBundle } from '../../helpers/bundle-texts.js';

const SCENARIO = SOUND['scenarios/greeting.yaml'] ?? '';

/** Scenarios greeting (both providers) and order (fast alone, streamed, three turns); slow has no price. */
const bundle = soundBundle({
  [ARENA]: (SOUND[ARENA] ?? '').replace(
    '    - file: scenarios/greeting.yaml\n',
    '    - file: scenarios/greeting.yaml\n    - file: scenarios/order.yaml\n',
  ),
  'providers/fast.yaml':
    'kind: Provider\nmetadata: { name: fast }\nspec: { type: openai, model: m, pricing: { input_cost_per_1k: 1, output_cost_per_1k: 2 } }\n',
  'providers/slow.yaml': 'kind: Provider\nmetadata: { name: slow }\nspec: { type: openai, model: no-such-model }\n',
  'scenarios/order.yaml': SCENARIO.replace('name: greeting', 'name: order')
    .replace('spec:\n', 'spec:\n  providers: [fast]\n  streaming: true\n')
    .replace('  turns:\n', '  turns:\n    - { role: user, content: One }\n    - { role: user, content: Two }\n'),
});

function planned(settings: LoadTestInput, input: Pick<JobInput, 'trials' | 'mockProvider'> = {}, workers = 2) {
  const { cells, regions } = planMatrix(bundle, { trials: input.trials });
  const answer = planLoad({ bundle, input, settings, cells, regions, workers, isPriced });
  return 'plan' in answer ? { plan: answer.plan } : { faults: answer.faults.map(formatFault) };
}

const PLAIN: LoadTestInput = { targetRPS: 10, rampUp: '0s', duration: '60s' };
const USERS: LoadTestInput = { concurrency: 4, duration: '60s' };
const flat = (target: number, endMs = 60_000) => ({ course: [{ startMs: 0, endMs, from: target, to: target }] });
const held = { metric: 'error_rate', operator: '<', value: '1%' } as const;

describe('the plan of a load test', () => {
  // Each row: the leaf, settings with what they make of the plan, and the same with another value.
  test.each<[string, LoadTestInput, object, LoadTestInput, object]>([
    ['JobInput.loadTest.targetRPS', PLAIN, { model: 'open' }, { ...PLAIN, targetRPS: 20 }, { ...ramp(0, 20) }],
    ['JobInput.loadTest.concurrency', USERS, ramp(0, 4), { ...USERS, concurrency: 9 }, ramp(0, 9)],
    [
      'JobInput.loadTest.vusPerWorker',
      { vusPerWorker: 3, duration: '60s' },
      { ...ramp(0, 6), usersPerWorker: 3 },
      { ...USERS, vusPerWorker: 5 },
      { ...ramp(0, 4), usersPerWorker: 5 },
    ],
    [
      'JobInput.loadTest.model',
      { stages: [{ duration: '1s', target: 2 }] },
      { model: 'open' },
      { stages: [{ duration: '1s', target: 2 }], model: 'closed' },
      { model: 'closed' },
    ],
    [
      'JobInput.loadTest.stages[].duration',
      { stages: [{ duration: '1s', target: 2 }] },
      { course: [{ startMs: 0, endMs: 1000, from: 0, to: 2 }] },
      { stages: [{ duration: '3s', target: 2 }] },
      { course: [{ startMs: 0, endMs: 3000, from: 0, to: 2 }] },
    ],
    [
      'JobInput.loadTest.stages[].target',
      { stages: [{ duration: '1s', target: 7 }] },
      { course: [{ startMs: 0, endMs: 1000, from: 0, to: 7 }] },
      {
        stages: [
          { duration: '0s', target: 5 },
          { duration: '1s', target: 5 },
        ],
      },
      { course: [{ startMs: 0, endMs: 1000, from: 5, to: 5 }] },
    ],
    ['JobInput.loadTest.rampUp', PLAIN, ramp(0, 10), { ...PLAIN, rampUp: '10s' }, ramp(10_000, 10)],
    ['JobInput.loadTest.ramp.up', USERS, ramp(0, 4), { ...USERS, ramp: { up: '5s' } }, ramp(5_000, 4)],
    [
      'JobInput.loadTest.ramp.down',
      PLAIN,
      ramp(0, 10),
      { ...PLAIN, ramp: { down: '20s' } },
      {
        course: [
          { startMs: 0, endMs: 40_000, from: 10, to: 10 },
          { startMs: 40_000, endMs: 60_000, from: 10, to: 0 },
        ],
      },
    ],
    ['JobInput.loadTest.duration', PLAIN, flat(10), { ...PLAIN, duration: '9s' }, flat(10, 9_000)],
    [
      'JobInput.loadTest.arrivals',
      PLAIN,
      { arrivals: 'constant' },
      { ...PLAIN, arrivals: 'poisson' },
      { arrivals: 'poisson' },
    ],
    ['JobInput.loadTest.maxInFlight', PLAIN, { maxInFlight: 10_000 }, { ...PLAIN, maxInFlight: 7 }, { maxInFlight: 7 }],
    [
      'JobInput.loadTest.thinkTime.min',
      { ...PLAIN, thinkTime: '2s' },
      { thinkMs: { min: 2000, max: 2000 } },
      { ...PLAIN, thinkTime: { min: '1s', max: '4s' } },
      { thinkMs: { min: 1000, max: 4000 } },
    ],
    [
      'JobInput.loadTest.thinkTime.max',
      { ...PLAIN, thinkTime: { min: '1s', max: '3s' } },
      { thinkMs: { min: 1000, max: 3000 } },
      { ...PLAIN, thinkTime: { min: '1s', max: '9s' } },
      { thinkMs: { min: 1000, max: 9000 } },
    ],
    [
      'JobInput.loadTest.weights',
      PLAIN,
      { cells: [{ weight: 0.5 }, { weight: 0.5 }, { weight: 1 }] },
      { ...PLAIN, weights: { greeting: 6 } },
      { cells: [{ weight: 3 }, { weight: 3 }, { weight: 1 }] },
    ],
    [
      'JobInput.loadTest.thresholds[].operator',
      { ...PLAIN, thresholds: [held] },
      { thresholds: [held] },
      { ...PLAIN, thresholds: [{ ...held, operator: '<=' }] },
      { thresholds: [{ operator: '<=' }] },
    ],
    [
      'JobInput.loadTest.thresholds[].grace',
      { ...PLAIN, thresholds: [{ ...held, abortOnFail: true }] },
      { thresholds: [{ abortOnFail: true }] },
      { ...PLAIN, thresholds: [{ ...held, abortOnFail: true, grace: '5s' }] },
      { thresholds: [{ graceMs: 5000 }] },
    ],
    [
      'JobInput.loadTest.budget.tokens',
      { ...PLAIN, budget: { tokens: 5 } },
      { budget: { tokens: 5, onLimit: 'stop' } },
      { ...PLAIN, budget: { tokens: 6 } },
      { budget: { tokens: 6 } },
    ],
    [
      'JobInput.loadTest.gracefulStop',
      PLAIN,
      { gracefulStopMs: 30_000 },
      { ...PLAIN, gracefulStop: '1s' },
      { gracefulStopMs: 1000 },
    ],
    ['JobInput.loadTest.seed', PLAIN, { seed: 1 }, { ...PLAIN, seed: 5 }, { seed: 5 }],
  ])('follows %s', (_leaf, one, plan, other, otherPlan) => {
    expect(planned(one)).toMatchObject({ plan });
    expect(planned(other)).toMatchObject({ plan: otherPlan });
  });

  test('knows what conversations ask, and ends with the trials of users who have no duration', () => {
    const { plan } = planned({ concurrency: 2 }, { trials: 5 });
    expect(plan?.conversations).toBe(15);
    expect(plan?.cells).toEqual([
      { scenario: 'greeting', provider: 'fast', region: 'default', weight: 5, requests: 1 },
      { scenario: 'greeting', provider: 'slow', region: 'default', weight: 5, requests: 1 },
      { scenario: 'order', provider: 'fast', region: 'default', weight: 5, requests: 3 },
    ]);
  });

  test('is told to the workflow in few words, with what ends the test and what grows with the workers', () => {
    const settings: LoadTestInput = {
      ...{ vusPerWorker: 3, duration: '60s', budget: { tokens: 9, onLimit: 'hold' } },
      thresholds: [held, { ...held, abortOnFail: true, grace: '2s' }],
    };
    const { plan } = planned(settings);
    if (plan === undefined) throw new Error('refused');
    expect(outlineOf(plan, settings)).toEqual({
      ...{ model: 'closed', usersPerLane: 3, budget: { tokens: 9, onLimit: 'hold' } },
      ...ramp(0, 6),
      aborts: [{ place: 1, graceMs: 2000, text: 'error_rate < 1%' }],
    });
  });

  // shows JobInput.loadTest.thresholds[].metric, JobInput.loadTest.thresholds[].value, JobInput.loadTest.budget.usd
  // shows JobInput.loadTest.thresholds[].scenario, JobInput.loadTest.thresholds[].provider
  test.each<[LoadTestInput, string[], Pick<JobInput, 'trials' | 'mockProvider'>?]>([
    [{}, ['loadTest says neither how many requests a second']],
    [{ ...PLAIN, concurrency: 2 }, ['loadTest.concurrency is for closed tests']],
    [PLAIN, ['trials means nothing in a load test with a duration'], { trials: 2 }],
    [{ ...PLAIN, rampUp: '1s', ramp: { up: '2s' } }, ['loadTest.ramp.up says the same as rampUp']],
    [{ ...USERS, maxInFlight: 2, arrivals: 'poisson' }, ['loadTest.maxInFlight is for', 'loadTest.arrivals is for']],
    [{ concurrency: 1, weights: { greeting: 2 } }, ['loadTest.weights cannot be kept']],
    [
      { ...PLAIN, weights: { greting: 2 } },
      ['loadTest.weights.greting there is no scenario "greting" in the matrix, did you mean "greeting"'],
    ],
    [{ ...PLAIN, budget: {} }, ['loadTest.budget names neither usd nor tokens']],
    [{ ...PLAIN, budget: { usd: 1 } }, ['loadTest.budget.usd cannot be measured: no price is known for slow']],
    [{ ...PLAIN, thinkTime: { min: '2s', max: '1s' } }, ['loadTest.thinkTime.min is longer than max']],
    [{ ...PLAIN, gracefulStop: '9999h' }, ['loadTest.gracefulStop is longer than 24 days']],
    [
      { stages: [{ duration: '1s', target: 1 }], vusPerWorker: 2, concurrency: 1 },
      ['loadTest.concurrency cannot stand beside stages', 'loadTest.vusPerWorker is for closed tests'],
    ],
    [
      {
        ...PLAIN,
        thresholds: [
          { ...held, value: '3s', grace: '1s' },
          { ...held, metric: 'latency_p95', value: '1%' },
          { ...held, scenario: 'ordr' },
          { ...held, provider: 'slowly' },
          { ...held, scenario: 'order', provider: 'slow' },
          { ...held, metric: 'ttft_p50', value: '1s', scenario: 'greeting' },
          { ...held, metric: 'total_cost', value: '1' },
        ],
      },
      [
        'loadTest.thresholds[0].value "3s" is no value of error_rate, write a share such as 0.01 or 1%',
        'loadTest.thresholds[0].grace means nothing without abortOnFail',
        'loadTest.thresholds[1].value "1%" is no value of latency_p95, write a duration',
        'loadTest.thresholds[2].scenario there is no scenario "ordr"',
        'loadTest.thresholds[3].provider there is no provider "slowly"',
        'loadTest.thresholds[4] "order" does not run against "slow"',
        'loadTest.thresholds[5].metric ttft_p50 cannot be measured',
        'loadTest.thresholds[6].metric cannot be measured: no price is known for slow',
      ],
    ],
    [
      { ...PLAIN, thresholds: [{ metric: 'ttft_p50', operator: '<', value: '1s' }] },
      ['loadTest.thresholds[0].metric ttft_p50 cannot be measured'],
      { mockProvider: true },
    ],
  ])('of %j is refused with every fault', (settings, messages, input = {}) => {
    const faults = planned(settings, input).faults?.join('\n');
    for (const message of messages) expect(faults).toContain(message);
    expect(faults?.split('\n')).toHaveLength(messages.length);
  });

  test('takes what can be measured of a part of the matrix', () => {
    const { faults } = planned({
      ...PLAIN,
      thresholds: [
        { ...held, metric: 'ttft_p99', value: '1s', provider: 'fast' },
        { ...held, metric: 'total_cost', value: '2.50', provider: 'fast' },
      ],
    });
    expect(faults).toBeUndefined();
    expect(planned({ ...PLAIN, budget: { usd: 1 } }, { mockProvider: true }).faults).toBeUndefined();
  });
});

/** A minute in which the target is reached after `upMs`. */
function ramp(upMs: number, target: number) {
  const up = upMs === 0 ? [] : [{ startMs: 0, endMs: upMs, from: 0, to: target }];
  return { course: [...up, { startMs: upMs, endMs: 60_000, from: target, to: target }] };
}
