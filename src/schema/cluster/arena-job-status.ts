/** What the controller tells about a job. */
import { z } from 'zod';
import { conditionsSchema, observedGeneration, time } from './object-meta.js';

const jobPhases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled'] as const;

const items = z.int().min(0).meta({ format: 'int32' });

const run = z.object({
  id: z.string().describe('Id of the run: of its workflow, and of its results.'),
  phase: z.enum(jobPhases).describe('State in one word.'),
  startTime: time.optional().describe('When it was started.'),
  completionTime: time.optional().describe('When it ended.'),
  message: z.string().max(4096).optional().describe('How it ended, in a sentence.'),
});

export const arenaJobStatusSchema = z.object({
  phase: z.enum(jobPhases).optional().describe('State in one word.'),
  conditions: conditionsSchema.optional(),
  observedGeneration: observedGeneration.optional(),
  progress: z
    .object({
      total: items.describe('Conversations in all; of data records wanted.'),
      completed: items.describe('Those that passed; records that are kept.'),
      failed: items.describe('Those that failed or ended with an error; records that are missing at the end.'),
      pending: items.describe('The rest.'),
      text: z.string().optional().describe('What is done of all, for people: 45/100. `~`: about.'),
    })
    .optional()
    .describe('How far the latest run is.'),
  result: z
    .object({
      url: z.string().optional().describe('Folder of the results.'),
      summary: z.record(z.string(), z.string()).optional().describe('Measures of the run, by name.'),
    })
    .optional()
    .describe('Results of the latest run that ended.'),
  load: z
    .record(z.string(), z.string())
    .optional()
    .describe('What the latest run, a load test, measures this moment: target, rps, inFlight, latencyP95Ms, …'),
  cost: z.string().optional().describe('Cost of the latest run so far, for people: $1.23.'),
  tokens: z.int().min(0).meta({ format: 'int64' }).optional().describe('Tokens in and out of the latest run so far.'),
  startTime: time.optional().describe('When the latest run was started.'),
  completionTime: time.optional().describe('When it ended.'),
  lastScheduleTime: time.optional().describe('When the schedule last started a run.'),
  nextScheduleTime: time.optional().describe('When it is due to start the next one.'),
  activeWorkers: items.optional().describe('Pods of the job’s own that are ready.'),
  run: z.string().optional().describe('Id of the latest run.'),
  workflowId: z.string().optional().describe('Id of its workflow in Temporal.'),
  runs: z.array(run).max(100).optional().describe('The latest runs, newest first.'),
  source: z
    .object({
      kind: z.string().optional().describe('ArenaSource or ArenaConfig: what sourceRef names.'),
      name: z.string().describe('Name of the ArenaSource.'),
      revision: z.string().optional().describe('Revision that the latest run took.'),
      digest: z.string().optional().describe('Digest of its files.'),
    })
    .optional()
    .describe('What the latest run was made of.'),
  lastHandledRetry: z
    .string()
    .optional()
    .describe('Value of the annotation `arena.dev/retry-failed` that was last followed.'),
  lastHandledTrigger: z.string().optional().describe('Digest of the source that last started a run by itself.'),
});

export type ArenaJobStatus = z.infer<typeof arenaJobStatusSchema>;
export type ArenaJobRun = z.infer<typeof run>;
export type JobPhase = (typeof jobPhases)[number];
