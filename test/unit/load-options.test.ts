import { describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { loadKind } from '../../src/cli/load-input.js';
import { type LoadOptions, loadOptions } from '../../src/cli/load-options.js';
import { rateOrNone } from '../../src/cli/load-values.js';
import { loadTestSchema } from '../../src/schema/load-test.js';

function parsed(args: string[]): LoadOptions {
  const command = loadOptions(new Command('run'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(args, { from: 'user' }).opts();
}

const kindOf = (args: string[], more: object = {}) => loadKind({ ...parsed(args), workers: 2, ...more });

describe('the options of a load test', () => {
  test.each<[string[], object]>([
    [['--rps', '100'], { targetRPS: 100 }],
    [['--rps', '0.5', '--duration', '10m', '--ramp-up', '1m'], { targetRPS: 0.5, duration: '10m', rampUp: '1m' }],
    [['--rps', '5', '--duration', '1m', '--ramp-up', '0s'], { targetRPS: 5, duration: '1m', rampUp: '0s' }],
    [
      ['--rps', '5', '--duration', '2m', '--ramp-up', '10s', '--ramp-down', '20s'],
      { targetRPS: 5, duration: '2m', rampUp: '10s', ramp: { down: '20s' } },
    ],
    [['--users', '20'], { concurrency: 20 }],
    [['--users', '20', '--users-per-worker', '5'], { concurrency: 20, vusPerWorker: 5 }],
    [['--users-per-worker', '5'], { vusPerWorker: 5 }],
    [
      ['--stage', '1m:100', '--stage', '30s:0rps'],
      {
        stages: [
          { duration: '1m', target: 100 },
          { duration: '30s', target: 0 },
        ],
        model: 'open',
      },
    ],
    [['--stage', '1m:20users'], { stages: [{ duration: '1m', target: 20 }], model: 'closed' }],
    [
      ['--rps', '5', '--arrivals', 'poisson', '--max-in-flight', '50', '--load-seed', '7'],
      { targetRPS: 5, arrivals: 'poisson', maxInFlight: 50, seed: 7 },
    ],
    [['--rps', '5', '--think-time', '2s'], { targetRPS: 5, thinkTime: '2s' }],
    [['--rps', '5', '--think-time', '1s-5s'], { targetRPS: 5, thinkTime: { min: '1s', max: '5s' } }],
    [['--rps', '5', '--weight', 'a=3,b=1', '--weight', 'c=0.5'], { targetRPS: 5, weights: { a: 3, b: 1, c: 0.5 } }],
    [
      ['--rps', '5', '--threshold', 'latency_p95<3s', '--threshold', 'error_rate <= 1%'],
      {
        targetRPS: 5,
        thresholds: [
          { metric: 'latency_p95', operator: '<', value: '3s' },
          { metric: 'error_rate', operator: '<=', value: '1%' },
        ],
      },
    ],
    [
      ['--rps', '5', '--threshold', 'ttft_p99>=1s@provider=gpt@team-a@scenario=refund/late'],
      {
        targetRPS: 5,
        thresholds: [
          { metric: 'ttft_p99', operator: '>=', value: '1s', provider: 'gpt@team-a', scenario: 'refund/late' },
        ],
      },
    ],
    [
      ['--rps', '5', '--threshold', 'total_cost<5', '--abort-on-fail', '--abort-grace', '30s'],
      {
        targetRPS: 5,
        thresholds: [{ metric: 'total_cost', operator: '<', value: '5', abortOnFail: true, grace: '30s' }],
      },
    ],
    [
      ['--rps', '5', '--budget', '2.50', '--budget-tokens', '900', '--on-budget', 'hold'],
      { targetRPS: 5, budget: { usd: 2.5, tokens: 900, onLimit: 'hold' } },
    ],
    [['--users', '5', '--graceful-stop', '5s'], { concurrency: 5, gracefulStop: '5s' }],
  ])('%j are its settings', (args, loadTest) => {
    const kind = kindOf(args);
    expect(kind).toEqual({ type: 'loadtest', loadTest });
    expect(loadTestSchema.safeParse(kind?.loadTest).success).toBe(true);
  });

  test('make none where none of them stands', () => {
    expect(kindOf([])).toBeUndefined();
  });

  test('leave the number of trials to a test that ends with them', () => {
    expect(kindOf(['--users', '5'], { trials: 3 })).toEqual({ type: 'loadtest', loadTest: { concurrency: 5 } });
  });

  test.each([
    [['--rps', '0'], 'It must be a number above 0'],
    [['--users', '1.5'], 'It must be a whole number from 1'],
    [['--stage', '1m'], 'It must have the form DURATION:TARGET'],
    [['--stage', 'soon:5'], 'It must have the form DURATION:TARGET'],
    [['--stage', '1m:2.5users'], 'Users come whole'],
    [['--stage', '1m:5users', '--stage', '1m:5rps'], 'All stages must have one unit'],
    [['--think-time', '5s-1s'], 'It must be a duration such as 2s, or two'],
    [['--weight', 'a'], 'has not the form'],
    [['--weight', 'a=0'], 'must be a number above 0'],
    [['--weight', 'a=1,a=2'], '"a" stands there twice'],
    [['--threshold', 'latency_p95'], 'It must have the form METRIC<VALUE'],
    [['--threshold', 'latency_p96<3s'], '"latency_p96" is none of latency_avg'],
    [['--threshold', 'latency_p95<3'], '"3" is no value of latency_p95: it is a duration'],
    [['--threshold', 'error_rate<2'], '"2" is no value of error_rate: it is a share'],
    [['--threshold', 'total_cost<5%'], '"5%" is no value of total_cost: it is a number of US dollars'],
    [['--threshold', 'latency_p95<3s@provider='], 'One provider must stand'],
    [['--threshold', 'latency_p95<3s@provider=a@provider=b'], 'One provider must stand'],
    [['--budget', '$5'], 'It must be a number of US dollars'],
    [['--arrivals', 'bursts'], 'Allowed choices are constant, poisson'],
    [['--on-budget', 'warn'], 'Allowed choices are stop, hold'],
  ])('%j are refused', (args, message) => {
    expect(() => parsed(args)).toThrow(message);
  });

  test.each<[string, string[], object, string]>([
    ['no target', ['--duration', '5m'], {}, '--duration is for load tests'],
    ['both models', ['--rps', '5', '--users', '5'], {}, '--users is for closed tests: write --max-in-flight'],
    ['stages and a target', ['--rps', '5', '--stage', '1m:5'], {}, '--rps cannot stand beside --stage'],
    ['stages and a time', ['--stage', '1m:5', '--duration', '5m'], {}, '--duration cannot stand beside --stage'],
    ['stages of nothing', ['--stage', '1m:0'], {}, '--stage make no load at all'],
    ['ramps longer than the test', ['--rps', '5', '--duration', '1m', '--ramp-up', '2m'], {}, '--duration is shorter'],
    ['an end that nobody knows', ['--users', '5', '--ramp-down', '1m'], {}, '--ramp-down needs to know when'],
    ['arrivals of users', ['--users', '5', '--arrivals', 'poisson'], {}, '--arrivals is for the open model'],
    ['a bound of users', ['--users', '5', '--max-in-flight', '9'], {}, '--max-in-flight is for the open model'],
    ['an abort for nothing', ['--rps', '5', '--abort-on-fail'], {}, '--abort-on-fail is for tests with thresholds'],
    ['a grace for nothing', ['--rps', '5', '--abort-grace', '1m'], {}, '--abort-grace is for --abort-on-fail'],
    ['a limit for nothing', ['--rps', '5', '--on-budget', 'hold'], {}, '--on-budget is for tests with a budget'],
    ['trials of a rate', ['--rps', '5'], { trials: 3 }, '--trials says when a test of users ends'],
    ['trials and a time', ['--users', '5', '--duration', '1m'], { trials: 3 }, '--trials says when a test of users'],
    ['calls in flight', ['--rps', '5'], { concurrency: 3 }, '--concurrency cannot stand beside a load test'],
    ['kept answers', ['--rps', '5'], { cacheAll: true }, '--cache-all cannot stand beside a load test'],
    ['results of another run', ['--rps', '5'], { retryOf: 'a/1' }, '--retry-of cannot stand beside a load test'],
    ['further tries', ['--rps', '5'], { maxRetries: 2 }, '--max-retries cannot stand beside a load test'],
    ['recordings', ['--rps', '5'], { eval: ['a'] }, '--eval cannot stand beside a load test'],
  ])('%s: refused at once, in the words of the command line', (_, args, more, message) => {
    expect(() => kindOf(args, more)).toThrow(message);
  });

  test('are told all at once where several contradict one another', () => {
    const args = ['--users', '5', '--duration', '1m', '--arrivals', 'poisson', '--abort-grace', '5s'];
    const told = () => kindOf(args, { trials: 3, maxRetries: 2 });
    for (const one of ['--arrivals is', '--trials says', '--abort-grace is', '--max-retries cannot']) {
      expect(told).toThrow(one);
    }
    expect(() => kindOf(['--threshold', 'error_rate<1%', '--budget', '5'])).toThrow(
      '--threshold, --budget are for load',
    );
  });
});

test('a test under way may be told to send nothing for a while', () => {
  expect(['0', '0.5', '80'].map(rateOrNone)).toEqual([0, 0.5, 80]);
  for (const wrong of ['-1', '1e3', 'many', '', '1000001'])
    expect(() => rateOrNone(wrong)).toThrow('from 0 to 1000000');
});
