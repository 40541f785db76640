/** The block `loadTest` of an ArenaJob. */
import { z } from 'zod';
import { thresholdMetrics, thresholdOperators } from '../../core/load/thresholds.js';
import { decimal, timeSpan } from './names.js';
import { withRules } from './rules.js';

const users = z.int().min(1).max(100_000).meta({ format: 'int32' });

/** As in the input of a job: beyond what any number of workers can make. */
const MAX_RPS = 1_000_000;

/** The API server compares them when a job changes, and wants a bound for that. */
const MAX_WEIGHTS = 1000;

const stage = z
  .strictObject({
    duration: timeSpan.describe('How long the stage lasts. 0s: the target jumps.'),
    target: z
      .int()
      .min(0)
      .max(MAX_RPS)
      .meta({ format: 'int32' })
      .describe('What is reached at its end, in a straight line from the stage before; the first one begins at 0.'),
  })
  .describe('A part of the course of the load.');

const threshold = withRules(
  z.strictObject({
    metric: z.enum(thresholdMetrics).describe('What is measured.'),
    operator: z.enum(thresholdOperators).describe('How it must compare with `value`.'),
    value: z
      .string()
      .min(1)
      .max(64)
      .describe('A duration for latency and ttft, US dollars for total_cost, else a share such as "0.01" or "1%".'),
    scenario: z.string().min(1).max(253).optional().describe('Of this scenario alone. Default: all.'),
    provider: z.string().min(1).max(253).optional().describe('Of this provider or agent alone. Default: all.'),
    abortOnFail: z.boolean().optional().describe('The test ends as soon as it is lost. Default: false.'),
    grace: timeSpan
      .optional()
      .describe('With abortOnFail: time from the beginning in which it may be lost. Default: 0s.'),
  }),
  {
    rule: '!has(self.grace) || (has(self.abortOnFail) && self.abortOnFail)',
    message: 'grace is for thresholds with abortOnFail: write abortOnFail: true, or remove it',
    reason: 'FieldValueForbidden',
    fieldPath: '.grace',
  },
);

export const loadTestSchema = withRules(
  z.strictObject({
    targetRPS: z
      .int()
      .min(1)
      .max(MAX_RPS)
      .meta({ format: 'int32' })
      .optional()
      .describe(
        'Open model: requests a second to providers and agents, sent on time whether or not earlier ones have ended.',
      ),
    concurrency: users
      .optional()
      .describe('Closed model: virtual users over all workers, each with one conversation after the other.'),
    vusPerWorker: users
      .optional()
      .describe('Closed model: virtual users on each worker at most; without `concurrency` as many on each.'),
    model: z
      .enum(['open', 'closed'])
      .optional()
      .describe('What `stages` mean: requests a second (open) or virtual users (closed). Default: open.'),
    stages: z
      .array(stage)
      .min(1)
      .max(100)
      .optional()
      .describe('The course of the load, in place of rampUp, duration, ramp and a target.'),
    rampUp: timeSpan.optional().describe('Time until the target is reached. Default: 30s in the open model, else 0s.'),
    ramp: z
      .strictObject({
        up: timeSpan.optional().describe('The same as `rampUp`.'),
        down: timeSpan.optional().describe('Time over which the load goes down to 0 at the end.'),
      })
      .optional()
      .describe('How load comes and goes.'),
    duration: timeSpan
      .optional()
      .describe(
        'How long load is made, ramps included. Default: 5m in the open model; in the closed one until each cell has had its trials.',
      ),
    arrivals: z
      .enum(['constant', 'poisson'])
      .optional()
      .describe('Open model: evenly, or by chance as independent users come. Default: constant.'),
    maxInFlight: users
      .optional()
      .describe(
        'Open model: conversations in flight at most; what is due beyond is dropped and counted. Default: 10000.',
      ),
    thinkTime: z
      .strictObject({
        min: timeSpan.describe('Shortest.'),
        max: timeSpan.optional().describe('Longest; every time between is as likely. Default: min.'),
      })
      .optional()
      .describe('Time between an answer and the user’s next message. Default: none.'),
    weights: z
      .record(z.string().min(1).max(253), z.int().min(1).max(1_000_000).meta({ format: 'int32' }))
      .refine((weights) => Object.keys(weights).length <= MAX_WEIGHTS, `must hold at most ${MAX_WEIGHTS} scenarios`)
      .meta({ maxProperties: MAX_WEIGHTS })
      .optional()
      .describe('Scenario → its part of the conversations, beside the others’. Default: 1 each.'),
    thresholds: z.array(threshold).max(100).optional().describe('What must hold for the test to pass.'),
    budgetLimit: decimal.optional().describe('Cost in US dollars at which nothing more begins, e.g. "5.00".'),
    budgetCurrency: z
      .enum(['USD'])
      .optional()
      .describe('Currency of the limit: prices are in US dollars. Default: USD.'),
    budgetTokens: z
      .int()
      .min(1)
      .meta({ format: 'int64' })
      .optional()
      .describe('Tokens, of requests and of answers, at which nothing more begins.'),
    budgetOnLimit: z
      .enum(['stop', 'hold'])
      .optional()
      .describe('stop: the test ends. hold: it is paused until the budget is raised. Default: stop.'),
    gracefulStop: timeSpan
      .optional()
      .describe('How long conversations may go on when the load has ended; then they are cut off. Default: 30s.'),
    seed: z
      .int()
      .meta({ format: 'int64' })
      .optional()
      .describe('Of arrivals by chance and of think times. Default: 1.'),
  }),
  {
    rule: 'has(self.targetRPS) || has(self.concurrency) || has(self.vusPerWorker) || has(self.stages)',
    message:
      'loadTest says neither how many requests a second nor how many users: write targetRPS, concurrency or stages',
    reason: 'FieldValueRequired',
  },
  {
    rule: '!has(self.targetRPS) || (!has(self.concurrency) && !has(self.vusPerWorker))',
    message:
      'concurrency and vusPerWorker are for closed tests: remove them, or write maxInFlight to bound what is open beside targetRPS',
    reason: 'FieldValueForbidden',
    fieldPath: '.targetRPS',
  },
  {
    rule: '!has(self.stages) || !(has(self.targetRPS) || has(self.rampUp) || has(self.ramp) || has(self.duration))',
    message: 'targetRPS, rampUp, ramp and duration cannot stand beside stages, which say all of it: remove them',
    reason: 'FieldValueForbidden',
    fieldPath: '.stages',
  },
  {
    rule: '!has(self.rampUp) || !has(self.ramp) || !has(self.ramp.up)',
    message: 'rampUp and ramp.up mean the same: remove one of them',
    reason: 'FieldValueForbidden',
    fieldPath: '.ramp.up',
  },
  {
    rule: '!has(self.budgetOnLimit) || has(self.budgetLimit) || has(self.budgetTokens)',
    message: 'budgetOnLimit is for tests with a budget: write budgetLimit or budgetTokens, or remove it',
    reason: 'FieldValueForbidden',
    fieldPath: '.budgetOnLimit',
  },
).describe('Settings of a load test.');

export type LoadTestBlock = z.infer<typeof loadTestSchema>;
