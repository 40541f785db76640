/** The load test that a command asks for. Pure. */
import { ArenaError } from '../core/errors.js';
import type { SettledCourse } from '../core/load/settle-course.js';
import type { LoadTestInput } from '../schema/load-test.js';
import { courseOfLoad } from './describe-load.js';
import type { JobOptions } from './job-input.js';
import type { LoadOptions } from './load-options.js';

/** Option → the field that it is for. */
const FIELDS = {
  rps: 'targetRPS',
  users: 'concurrency',
  usersPerWorker: 'vusPerWorker',
  stage: 'stages',
  duration: 'duration',
  rampUp: 'rampUp',
  rampDown: 'ramp.down',
  arrivals: 'arrivals',
  maxInFlight: 'maxInFlight',
  thinkTime: 'thinkTime',
  weight: 'weights',
  threshold: 'thresholds',
  abortOnFail: 'abortOnFail',
  abortGrace: 'grace',
  budget: 'budget.usd',
  budgetTokens: 'budget.tokens',
  onBudget: 'budget.onLimit',
  gracefulStop: 'gracefulStop',
  loadSeed: 'seed',
} as const satisfies { [option in keyof LoadOptions]-?: string };

type OptionName = keyof typeof FIELDS;

const OPTIONS = Object.keys(FIELDS) as OptionName[];

/** Any of them makes the run a load test. */
const MAKING: readonly OptionName[] = ['rps', 'users', 'usersPerWorker', 'stage'];

const OPEN_ONLY = ['arrivals', 'maxInFlight'] as const;

/** Options of evaluations that would change nothing, with what to do. */
const BESIDE: readonly [keyof JobOptions, hint: string][] = [
  ['concurrency', 'use --users, or --max-in-flight beside --rps'],
  ['retryOf', 'start a new test'],
  ['cache', 'an answer that was kept is no load'],
  ['cacheAll', 'an answer that was kept is no load'],
  ['cacheMaxAge', 'an answer that was kept is no load'],
  ['hold', 'what a provider that is down refuses is counted'],
  ['maxRetries', 'nothing is sent again: failures are counted'],
  ['eval', 'evals of recordings are carried out by evaluations'],
  ['tag', 'evals of recordings are carried out by evaluations'],
];

const spelling = (option: OptionName): string =>
  `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The kind of run that the options ask for; undefined: an evaluation. Throws `invalid_input` where they contradict one another. */
export function loadKind(options: LoadOptions & JobOptions): { type: 'loadtest'; loadTest: LoadTestInput } | undefined {
  const given = OPTIONS.filter((option) => options[option] !== undefined);
  const [first] = given;
  if (first === undefined) return undefined;
  if (!given.some((option) => MAKING.includes(option))) {
    refuse(`${spelling(first)} is for load tests`, 'add --rps, --users or --stage, or leave it out');
  }
  const loadTest = loadTestOf(options);
  const settled = expectCourse(loadTest, options.workers);
  if (options.trials !== undefined && !settled.endsWithTrials) {
    refuse('--trials says when a test of users ends', 'leave it out, or leave out --duration and --stage');
  }
  for (const [option, hint] of BESIDE) {
    const value = options[option];
    if (value !== undefined && value !== false && value !== 0) {
      const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      refuse(`--${name} cannot stand beside a load test`, hint);
    }
  }
  return { type: 'loadtest', loadTest };
}

function loadTestOf(options: LoadOptions): LoadTestInput {
  const { stage, rampDown } = options;
  return defined({
    targetRPS: options.rps,
    concurrency: options.users,
    vusPerWorker: options.usersPerWorker,
    stages: stage?.map(({ duration, target }) => ({ duration, target })),
    model: stage?.[0]?.model,
    rampUp: options.rampUp,
    ramp: rampDown === undefined ? undefined : { down: rampDown },
    duration: options.duration,
    arrivals: options.arrivals,
    maxInFlight: options.maxInFlight,
    thinkTime: options.thinkTime,
    weights: options.weight,
    thresholds: thresholdsOf(options),
    budget: budgetOf(options),
    gracefulStop: options.gracefulStop,
    seed: options.loadSeed,
  });
}

function thresholdsOf({ threshold, abortOnFail, abortGrace: grace }: LoadOptions): LoadTestInput['thresholds'] {
  if (abortOnFail !== true) {
    return grace === undefined
      ? threshold
      : refuse('--abort-grace is for --abort-on-fail', 'add it, or leave this out');
  }
  if (threshold !== undefined) return threshold.map((one) => ({ ...one, ...defined({ abortOnFail, grace }) }));
  return refuse('--abort-on-fail is for tests with thresholds', "add --threshold 'latency_p95<3s', or leave it out");
}

function budgetOf({ budget: usd, budgetTokens: tokens, onBudget: onLimit }: LoadOptions): LoadTestInput['budget'] {
  if (usd !== undefined || tokens !== undefined) return defined({ usd, tokens, onLimit });
  if (onLimit === undefined) return undefined;
  return refuse('--on-budget is for tests with a budget', 'add --budget or --budget-tokens, or leave it out');
}

/** What the run would refuse once it is planned, in the words of the command line. */
function expectCourse(loadTest: LoadTestInput, workers: number): SettledCourse {
  const settled = courseOfLoad(loadTest, workers);
  if ('faults' in settled) {
    const told = settled.faults.map(({ field, message }) => `${optionOf(field)} ${inOptions(message)}`);
    return refuse(told.join('; '), 'arena run --help shows the options of load tests');
  }
  const odd = OPEN_ONLY.find((option) => loadTest[option] !== undefined);
  if (settled.model === 'closed' && odd !== undefined) {
    refuse(`${spelling(odd)} is for the open model`, 'use --rps in the place of --users, or leave it out');
  }
  return settled;
}

function optionOf(field: string): string {
  const option = OPTIONS.find((one) => FIELDS[one] === field);
  return option === undefined ? 'the load test' : spelling(option);
}

/** Messages name the fields of the input. */
const inOptions = (message: string): string =>
  message.replace(/\b(targetRPS|concurrency|stages|duration|maxInFlight)\b/g, (field) => optionOf(field));

function refuse(message: string, hint: string): never {
  throw new ArenaError({ code: 'invalid_input', message, hint });
}

/** Inputs stand in the Temporal UI: what was not asked for is not shown. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
