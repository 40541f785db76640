/** The load test that a command asks for. Pure. */
import { ArenaError } from '../core/errors.js';
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

const spelling = (option: keyof LoadOptions | keyof JobOptions): string =>
  `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

interface OptionFault {
  message: string;
  hint: string;
}

/**
 * The kind of run that the options ask for; undefined: an evaluation. Throws `invalid_input` with everything in them that
 * contradicts itself.
 */
export function loadKind(options: LoadOptions & JobOptions): { type: 'loadtest'; loadTest: LoadTestInput } | undefined {
  const given = OPTIONS.filter((option) => options[option] !== undefined);
  if (given.length === 0) return undefined;
  if (!given.some((option) => MAKING.includes(option))) {
    const message = `${given.map(spelling).join(', ')} ${given.length === 1 ? 'is' : 'are'} for load tests`;
    refuse([{ message, hint: 'add --rps, --users or --stage, or leave it out' }]);
  }
  const loadTest = loadTestOf(options);
  refuse([...courseFaults(loadTest, options), ...lonelyFaults(options), ...besideFaults(options)]);
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
  if (abortOnFail !== true) return threshold;
  return threshold?.map((one) => ({ ...one, ...defined({ abortOnFail, grace }) }));
}

function budgetOf({ budget: usd, budgetTokens: tokens, onBudget: onLimit }: LoadOptions): LoadTestInput['budget'] {
  return usd === undefined && tokens === undefined ? undefined : defined({ usd, tokens, onLimit });
}

/** What the run would refuse once it is planned, in the words of the command line. */
function courseFaults(loadTest: LoadTestInput, { workers, trials }: JobOptions): OptionFault[] {
  const settled = courseOfLoad(loadTest, workers);
  if ('faults' in settled) {
    const hint = 'arena run --help shows the options of load tests';
    return settled.faults.map(({ field, message }) => ({
      message: `${optionOf(field) ?? 'the load test'} ${inOptions(message)}`,
      hint,
    }));
  }
  const faults: OptionFault[] = [];
  for (const option of settled.model === 'closed' ? OPEN_ONLY : []) {
    if (loadTest[option] === undefined) continue;
    const hint = 'use --rps in the place of --users, or leave it out';
    faults.push({ message: `${spelling(option)} is for the open model`, hint });
  }
  if (trials !== undefined && !settled.endsWithTrials) {
    const hint = 'leave it out, or leave out --duration and --stage';
    faults.push({ message: '--trials says when a test of users ends', hint });
  }
  return faults;
}

/** Options that only say more about another one. */
function lonelyFaults(options: LoadOptions): OptionFault[] {
  const { threshold, abortOnFail, abortGrace, budget, budgetTokens, onBudget } = options;
  const faults: OptionFault[] = [];
  if (abortGrace !== undefined && abortOnFail !== true) {
    faults.push({ message: '--abort-grace is for --abort-on-fail', hint: 'add it, or leave this out' });
  }
  if (abortOnFail === true && threshold === undefined) {
    const hint = "add --threshold 'latency_p95<3s', or leave it out";
    faults.push({ message: '--abort-on-fail is for tests with thresholds', hint });
  }
  if (onBudget !== undefined && budget === undefined && budgetTokens === undefined) {
    const hint = 'add --budget or --budget-tokens, or leave it out';
    faults.push({ message: '--on-budget is for tests with a budget', hint });
  }
  return faults;
}

function besideFaults(options: JobOptions): OptionFault[] {
  return BESIDE.flatMap(([option, hint]) => {
    const value = options[option];
    if (value === undefined || value === false || value === 0) return [];
    return [{ message: `${spelling(option)} cannot stand beside a load test`, hint }];
  });
}

/** The option that is for a field of `loadTest`; undefined where there is none. */
export function optionOf(field: string): string | undefined {
  const option = OPTIONS.find((one) => FIELDS[one] === field);
  return option === undefined ? undefined : spelling(option);
}

/** Messages name the fields of the input. */
const inOptions = (message: string): string =>
  message.replace(/\b(targetRPS|concurrency|stages|duration|maxInFlight)\b/g, (field) => optionOf(field) ?? field);

/** Does nothing where there are no faults. */
function refuse(faults: readonly OptionFault[]): void {
  const [first, ...more] = faults;
  if (first === undefined) return;
  if (more.length === 0) throw new ArenaError({ code: 'invalid_input', ...first });
  const message = faults.map((one) => `${one.message}: ${one.hint}`).join('\n');
  throw new ArenaError({ code: 'invalid_input', message, hint: 'correct all of them and start it again' });
}

/** Inputs stand in the Temporal UI: what was not asked for is not shown. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
