import { describe, expect, test } from '@jest/globals';
import { budgetRaise, loadEvents } from '../../k8s/controller/reconcile/arena-job-load.js';
import { wantedLoadWorkers } from '../../k8s/controller/workers/worker-count.js';
import type { LoadEvent, LoadFigures } from '../../src/core/load/load-summary.js';
import type { Progress } from '../../src/core/run.js';
import { ended, NOW, progress, RUN, running, told } from '../helpers/job-views.js';

const figures = (changes: Partial<LoadFigures> = {}): LoadFigures => ({
  model: 'open',
  clockMs: 360_000,
  endMs: 600_000,
  target: 100,
  lanes: 2,
  rps: 99.84,
  requests: { sent: 30_000, ended: 29_788, failed: 120, rateLimited: 89, unknown: 3 },
  conversations: { begun: 10_000, passed: 9_700, failed: 10, errored: 30, dropped: 4 },
  turns: 20_000,
  errors: { rate_limited: 89, call_timeout: 31 },
  open: 260,
  inFlight: 212,
  latency: { count: 29_668, p50Ms: 640.4, p95Ms: 1_900, p99Ms: 3_400 },
  ttft: { count: 29_668, p50Ms: 190, p95Ms: 410 },
  wait: { count: 29_788, p50Ms: 0, p95Ms: 12, p99Ms: 80 },
  usage: { inputTokens: 900, outputTokens: 100 },
  costUsd: 4.1,
  thresholds: [
    { metric: 'latency_p95', operator: '<', value: '1s', state: 'failed', actual: 1_900, provider: 'gpt' },
    { metric: 'ttft_p99', operator: '<', value: '2s', state: 'unknown' },
    { metric: 'error_rate', operator: '<', value: '1%', state: 'passed', actual: 0.004_028 },
    { metric: 'total_cost', operator: '<=', value: '5', state: 'passed', actual: 4.1 },
  ],
  budget: { usd: 5, usedUsd: 4.1, usedTokens: 1_000, reached: false },
  events: [],
  ...changes,
});

const loadTest = { targetRPS: 100, budgetLimit: '5.00' };
const spec = { sourceRef: { name: 'prompts' }, type: 'loadtest' as const, loadTest };
const counts = { total: 0, passed: 9_700, failed: 10, errored: 30, reused: 0 };

const live = (load: LoadFigures, more: Partial<Progress> = {}) =>
  told({ ...running({ load, counts, ...more }), spec }).status;

describe('a load test in the status of its job', () => {
  test('is as far as its clock, with what it measures this moment', () => {
    const status = live(figures());
    expect(status.progress).toEqual({
      total: 10_000,
      completed: 9_700,
      failed: 40,
      pending: 260,
      text: '6m0s/10m0s',
    });
    expect(status.load).toEqual({
      ...{ model: 'open', target: '100', rps: '99.8', lanes: '2', inFlight: '212' },
      ...{ requests: '29788', failedRequests: '120', rateLimitedRequests: '89' },
      ...{ unknownRequests: '3', droppedConversations: '4' },
      ...{ latencyP50Ms: '640', latencyP95Ms: '1900', latencyP99Ms: '3400', ttftP50Ms: '190', ttftP95Ms: '410' },
      ...{ conversations: '10000', turns: '20000', 'error:rate_limited': '89', 'error:call_timeout': '31' },
      ...{ waitP50Ms: '0', waitP95Ms: '12', waitP99Ms: '80', inputTokens: '900', outputTokens: '100' },
      costUsd: '4.1000',
    });
    expect(status.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'Running',
      message:
        '6m0s of 10m0s, target 100 requests a second, now 99.8, 212 in flight, 29788 requests, 120 failed, p95 1.9s, 4 dropped, 1 of the thresholds lost',
    });
  });

  test.each<[string, Partial<LoadFigures>, number, string]>([
    ['that begins', { clockMs: -500 }, 0, '0ms/10m0s'],
    ['that drains', { clockMs: 610_000 }, 0, '10m0s/10m0s'],
    ['that ends with its trials', { endMs: undefined }, 20_000, '9740/20000'],
  ])('%s says how far it is in its own terms', (_, changes, total, text) => {
    expect(live(figures(changes), { counts: { ...counts, total } }).progress?.text).toBe(text);
  });

  test('waits for more budget, and says how it goes on', () => {
    const budget = { usd: 5, usedUsd: 5.02, usedTokens: 1, reached: true };
    const status = live(figures({ budget }));
    expect(status.phase).toBe('Running');
    expect(status.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'BudgetPaused',
      message: expect.stringContaining('the budget is used up, $5.02 of $5.00: raise it in spec.loadTest'),
    });
  });

  test('keeps its figures when nobody answers', () => {
    const before = live(figures());
    const { status } = told({ ...running(null), spec, before });
    expect(status.load).toEqual(before.load);
    expect(status.progress).toEqual(before.progress);
  });

  test('ends with its thresholds under the names that dashboards know, and the reason of its end', () => {
    const load = figures({ endMs: undefined, clockMs: 600_000, open: 0, inFlight: 0 });
    const message = '2 of 4 thresholds lost: latency_p95 < 1s, ttft_p99 < 2s';
    const { status } = told({ ...ended({ load, counts, reason: 'ThresholdsLost', message, costUsd: 4.1 }), spec });
    expect(status.progress).toMatchObject({ text: '10m0s', pending: 0 });
    expect(status.conditions?.find(({ type }) => type === 'Failed')).toMatchObject({
      status: 'True',
      reason: 'ThresholdsLost',
      message,
    });
    expect(status.result?.summary).toMatchObject({
      'threshold:latency_p95@gpt': '1.9s < 1s FAIL',
      'threshold:ttft_p99': 'unknown < 2s FAIL',
      'threshold:error_rate': '0.004028 < 1% PASS',
      'threshold:total_cost': '4.1000 <= 5 PASS',
      thresholds_passed: '2/4 passed',
      ...{ budgetBreached: 'false', budgetLimit: '5', budgetCurrency: 'USD', totalCost: '4.1000' },
      ...{ requests: '29788', droppedConversations: '4', reason: 'ThresholdsLost', loadModel: 'open' },
    });
  });

  test('is below 10 kB, whatever its thresholds are called', () => {
    const provider = '日'.repeat(250);
    const thresholds = Array.from({ length: 20 }, (_, at) => ({
      ...{ metric: 'latency_p95' as const, operator: '<' as const, value: `${at}s`, state: 'failed' as const },
      ...{ actual: 1, provider, scenario: provider },
    }));
    const { status } = told({ ...ended({ load: figures({ thresholds }), counts }), spec });
    expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(10_000);
  });

  test('has no items to run again', () => {
    const { decision, events } = told({ ...ended({ load: figures(), counts }), spec, retry: 'now' });
    // Its end is told first.
    expect(decision.start).toBeUndefined();
    expect(events.map(({ reason }) => reason)).toContain('JobFailed');
    const open = told({ ...running({ load: figures(), counts }), spec, retry: 'now' });
    expect(open.decision).toMatchObject({ retryFailed: [], nothingToRetry: true, handled: { retry: 'now' } });
  });
});

describe('events of a load test', () => {
  const event = (what: LoadEvent['what'], seconds: number): LoadEvent => {
    return { what, clockMs: seconds * 1000, at: NOW + seconds * 1000, text: `${what} happened` };
  };

  test.each<[LoadEvent['what'], unknown[]]>([
    ['setRate', ['Normal', 'RateChanged', '5s: setRate happened']],
    ['thresholdLost', ['Warning', 'ThresholdLost', '5s: thresholdLost happened']],
    ['budgetReached', ['Warning', 'BudgetReached', '5s: budgetReached happened']],
    ['budgetRaised', ['Normal', 'BudgetRaised', '5s: budgetRaised happened']],
    ['stopped', ['Normal', 'StoppedEarly', '5s: stopped happened']],
    ['lanes', ['Normal', 'LoadSpread', '5s: lanes happened']],
    ['started', []],
    ['paused', []],
    ['resumed', []],
  ])('%s', (what, expected) => {
    const found = loadEvents({ run: RUN }, RUN, figures({ events: [event(what, 5)] }));
    expect(found.flatMap(({ type, reason, message }) => [type, reason, message])).toEqual(expected);
  });

  test('are told once, those of another run anew', () => {
    const events = [event('setRate', 1), event('thresholdLost', 2)];
    const { status: before } = told({ ...running({ load: figures({ events: events.slice(0, 1) }), counts }), spec });
    const reasons = (run: string) => loadEvents(before, run, figures({ events })).map(({ reason }) => reason);
    expect(reasons(RUN)).toEqual(['ThresholdLost']);
    expect(reasons('shop/nightly/01234567/2')).toEqual(['RateChanged', 'ThresholdLost']);
    expect(loadEvents(before, RUN, undefined)).toEqual([]);
  });
});

describe('the budget of the spec', () => {
  const withBudget = (usd?: number, tokens?: number) =>
    figures({ budget: { usd, tokens, usedUsd: 0, usedTokens: 0, reached: false } });

  test.each<[string, object, LoadFigures, object | undefined]>([
    ['as the run has it', { budgetLimit: '5.00' }, withBudget(5), undefined],
    ['raised', { budgetLimit: '12.50' }, withBudget(5), { usd: 7.5 }],
    ['raised by decimal fractions', { budgetLimit: '5.3' }, withBudget(5.1), { usd: 0.2 }],
    ['below what people have added by hand', { budgetLimit: '5.00' }, withBudget(9), undefined],
    ['raised in tokens', { budgetTokens: 900 }, withBudget(undefined, 400), { tokens: 500 }],
    ['raised in both', { budgetLimit: '6', budgetTokens: 900 }, withBudget(5, 400), { usd: 1, tokens: 500 }],
    ['of a run without one', { budgetLimit: '6' }, figures({ budget: undefined }), undefined],
    ['taken away', {}, withBudget(5), undefined],
  ])('%s', (_, block, load, raise) => {
    expect(budgetRaise(block, load)).toEqual(raise);
  });

  test('is of no use where nobody has answered', () => {
    expect(budgetRaise({ budgetLimit: '6' }, undefined)).toBeUndefined();
  });
});

describe('the workers of a load test', () => {
  const at = (target: number) => progress({ load: figures({ target }) });

  test.each<[string, Parameters<typeof wantedLoadWorkers>[1], (Progress | undefined)[], number]>([
    ['the fewest for a little load', { targetRPS: 10 }, [at(10)], 2],
    ['one for each 250 requests a second, before anybody answers', { targetRPS: 1_100 }, [undefined], 5],
    ['the most for more than they can make', { targetRPS: 1_000_000 }, [at(0)], 8],
    [
      'by the highest stage',
      {
        stages: [
          { duration: '1m', target: 900 },
          { duration: '1m', target: 0 },
        ],
      },
      [],
      4,
    ],
    ['by what it is steered to', { targetRPS: 10 }, [at(1_500)], 6],
    ['by the users that each takes', { concurrency: 70, vusPerWorker: 10 }, [at(70)], 7],
    ['the fewest where each worker brings its users', { vusPerWorker: 10 }, [at(20)], 2],
  ])('%s', (_, block, runs, workers) => {
    expect(wantedLoadWorkers({ min: 2, max: 8 }, block, runs)).toBe(workers);
  });
});
