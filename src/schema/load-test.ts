/** Settings of a load test, in the input of a job. Terms as in k6 where the meaning is the same (docs/load-testing.md). */
import { z } from 'zod';
import { thresholdMetrics, thresholdOperators } from '../core/load/thresholds.js';
import { duration } from './duration.js';

const users = z.int().min(1).max(100_000);

/** Upper bound of a rate: far beyond what the workers of one run can make. */
const MAX_RPS = 1_000_000;

const stage = z
  .strictObject({
    duration: duration.describe('How long the stage lasts. 0s: the target jumps.'),
    target: z
      .number()
      .min(0)
      .max(MAX_RPS)
      .describe('What is reached at its end, in a straight line from the stage before; the first one begins at 0.'),
  })
  .describe('A part of the course of the load.');

const threshold = z
  .strictObject({
    metric: z.enum(thresholdMetrics).describe('What is measured.'),
    operator: z.enum(thresholdOperators).describe('How it must compare with `value`.'),
    value: z
      .string()
      .min(1)
      .max(64)
      .describe('A duration for latency and ttft, US dollars for total_cost, else a share such as 0.01 or 1%.'),
    scenario: z.string().min(1).optional().describe('Of this scenario alone. Default: all.'),
    provider: z.string().min(1).optional().describe('Of this provider or agent alone. Default: all.'),
    abortOnFail: z.boolean().optional().describe('The test ends as soon as it is lost. Default: false.'),
    grace: duration
      .optional()
      .describe('With abortOnFail: time from the beginning in which it may be lost. Default: 0s.'),
  })
  .describe('What must hold for the test to pass.');

const thinkTime = z
  .union([
    duration,
    z.strictObject({
      min: duration.describe('Shortest.'),
      max: duration.describe('Longest; every time between is as likely.'),
    }),
  ])
  .describe('Time between an answer and the user’s next message. Default: none.');

const budget = z
  .strictObject({
    usd: z.number().min(0).optional().describe('Cost in US dollars.'),
    tokens: z.int().min(1).optional().describe('Tokens, of requests and of answers.'),
    onLimit: z
      .enum(['stop', 'hold'])
      .default('stop')
      .describe('stop: the test ends. hold: it is paused until the budget is raised.'),
  })
  .describe('What the test may use. At the limit nothing more begins; calls in flight end.');

export const loadTestSchema = z
  .strictObject({
    targetRPS: z
      .number()
      .gt(0)
      .max(MAX_RPS)
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
    rampUp: duration.optional().describe('Time until the target is reached. Default: 30s in the open model, else 0s.'),
    ramp: z
      .strictObject({
        up: duration.optional().describe('The same as `rampUp`.'),
        down: duration.optional().describe('Time over which the load goes down to 0 at the end.'),
      })
      .optional()
      .describe('How load comes and goes.'),
    duration: duration
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
    thinkTime: thinkTime.optional(),
    weights: z
      .record(z.string().min(1), z.number().gt(0).max(1_000_000))
      .optional()
      .describe('Scenario → its part of the conversations, beside the others’. Default: 1 each.'),
    thresholds: z.array(threshold).max(100).optional().describe('What must hold for the test to pass.'),
    budget: budget.optional(),
    gracefulStop: duration
      .optional()
      .describe('How long conversations may go on when the load has ended; then they are cut off. Default: 30s.'),
    seed: z.int().optional().describe('Of arrivals by chance and of think times. Default: 1.'),
  })
  .describe('Settings of a load test.');

export type LoadTestInput = z.input<typeof loadTestSchema>;
