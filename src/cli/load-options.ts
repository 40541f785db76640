/** Options of `run` that make it a load test, or say how one goes. */
import { type Command, Option } from 'commander';
import type { LoadTestInput } from '../schema/load-test.js';
import * as load from './load-values.js';
import * as values from './option-values.js';

export interface LoadOptions {
  rps?: number;
  users?: number;
  usersPerWorker?: number;
  stage?: load.StageOption[];
  duration?: string;
  rampUp?: string;
  rampDown?: string;
  arrivals?: 'constant' | 'poisson';
  maxInFlight?: number;
  thinkTime?: LoadTestInput['thinkTime'];
  weight?: { [scenario: string]: number };
  threshold?: load.ThresholdOption[];
  abortOnFail?: boolean;
  abortGrace?: string;
  budget?: number;
  budgetTokens?: number;
  onBudget?: 'stop' | 'hold';
  gracefulStop?: string;
  loadSeed?: number;
}

const users = values.wholeNumber(1, 100_000);

export function loadOptions(command: Command): Command {
  return command
    .optionsGroup('As a load test (one of the first four makes it one):')
    .option('--rps <n>', 'open model: requests a second, sent on time whether or not others came back', load.rate)
    .option('--users <n>', 'closed model: virtual users over all workers', users)
    .option('--users-per-worker <n>', 'closed model: virtual users on each worker at most', users)
    .option('--stage <duration:target>', 'a stage of the load, 1m:100rps or 30s:20users; repeatable', load.stage)
    .option(
      '--duration <duration>',
      'how long, ramps included (default: 5m with --rps, else all trials)',
      values.duration,
    )
    .option('--ramp-up <duration>', 'time until the target is reached (default: 30s with --rps)', values.durationOrNone)
    .option('--ramp-down <duration>', 'time over which the load goes down to 0 at the end', values.durationOrNone)
    .addOption(new Option('--arrivals <kind>', 'how requests follow one another').choices(['constant', 'poisson']))
    .option('--max-in-flight <n>', 'conversations in flight at most; others are dropped (default: 10000)', users)
    .option('--think-time <duration>', 'before the user’s next message, such as 2s or 1s-5s', load.thinkTime)
    .option('--weight <scenario=n>', 'part of the conversations, beside the others’; repeatable', values.weight)
    .option(
      '--threshold <rule>',
      'must hold, such as latency_p95<3s or error_rate<1%@provider=ID@scenario=ID; repeatable',
      load.threshold,
    )
    .option('--abort-on-fail', 'end the test as soon as a threshold is lost')
    .option('--abort-grace <duration>', 'with --abort-on-fail: not before this time', values.durationOrNone)
    .option('--budget <usd>', 'cost in US dollars at which nothing more begins', load.amount)
    .option('--budget-tokens <n>', 'tokens at which nothing more begins', values.wholeNumber(1))
    .addOption(
      new Option('--on-budget <what>', 'at the budget: end the test, or wait for more (default: stop)').choices([
        'stop',
        'hold',
      ]),
    )
    .option('--graceful-stop <duration>', 'for conversations at the end (default: 30s)', values.durationOrNone)
    .option('--load-seed <n>', 'of arrivals by chance and of think times (default: 1)', values.integer);
}
