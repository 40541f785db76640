/** ArenaJob: an evaluation, a load test or a set of records, once or by a schedule. */
import { z } from 'zod';
import { jobTypes } from '../job.js';
import { jsonValue } from '../json-value.js';
import { arenaJobStatusSchema } from './arena-job-status.js';
import { evaluationSchema, outputSchema } from './arena-job-types.js';
import { dataGenSchema } from './data-gen.js';
import { loadTestSchema } from './load-test.js';
import { objectName, scenarioFilter, subPath, timeSpan } from './names.js';
import { objectOf } from './object-meta.js';
import { podOverridesSchema } from './pod-overrides.js';
import { providerGroupsSchema } from './provider-groups.js';
import { withRules } from './rules.js';
import { scheduleSchema } from './schedule.js';

const sourceRef = z
  .strictObject({
    name: objectName.describe('Name of an ArenaSource or ArenaConfig, in the namespace of the job.'),
    kind: z
      .enum(['ArenaSource', 'ArenaConfig'])
      .optional()
      .describe('Which of both. Default: the one that exists; two of one name are refused.'),
    revision: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('An earlier revision of the source that is still kept. Default: the latest.'),
  })
  .describe('What to run.');

const replicas = z.int().min(1).max(1000).meta({ format: 'int32' });

const workers = withRules(
  z.strictObject({
    replicas: replicas
      .optional()
      .describe('Pods of the job’s own. Default: 1, or what minReplicas and maxReplicas say.'),
    minReplicas: replicas.optional().describe('Fewest pods while the job runs. Default: 1.'),
    maxReplicas: replicas
      .optional()
      .describe('Most pods. With it, or with minReplicas, their number follows the work.'),
    podOverrides: podOverridesSchema.optional(),
  }),
  {
    rule: '!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas',
    message: 'minReplicas is greater than maxReplicas: swap them or make them equal',
    fieldPath: '.minReplicas',
  },
  {
    rule: '!has(self.replicas) || ((!has(self.minReplicas) || self.minReplicas <= self.replicas) && (!has(self.maxReplicas) || self.replicas <= self.maxReplicas))',
    message: 'replicas lies outside minReplicas and maxReplicas: leave it out, or put it between them',
    fieldPath: '.replicas',
  },
).describe('Worker pods of the job’s own, removed at its end. Absent: the shared pool serves it.');

const timeouts = z
  .strictObject({
    call: timeSpan.optional().describe('One call to a provider. Default: the Provider, the Arena file, else 30s.'),
    item: timeSpan.optional().describe('One conversation. Default: the ArenaConfig, the Arena file, else 5m.'),
    run: timeSpan.optional().describe('The whole run; what has finished by then is reported. Default: none.'),
  })
  .describe('Limits in time.');

const cache = z
  .strictObject({
    mode: z
      .enum(['deterministic', 'all'])
      .default('deterministic')
      .describe('deterministic: only calls that ask for temperature 0. all: sampled answers as well.'),
    maxAge: timeSpan.optional().describe('Older answers are asked for again. Default: none is too old.'),
  })
  .describe('Take answers of providers from the store when the very same call is due again. Absent: never.');

export const arenaJobSpecSchema = withRules(
  z.strictObject({
    sourceRef,
    type: z.enum(jobTypes).default('evaluation').describe('What kind of job this is. Default: evaluation.'),
    arenaFile: subPath.optional().describe('Arena file in the bundle. Default: the only one at its root.'),
    scenarios: scenarioFilter
      .optional()
      .describe('Which scenarios run; both lists take the place of the ArenaConfig’s. Default: its.'),
    trials: z
      .int()
      .min(1)
      .max(10_000)
      .meta({ format: 'int32' })
      .optional()
      .describe('Repetitions of each conversation. Default: the scenario’s own, else 1.'),
    variables: z
      .record(z.string().min(1).max(253), jsonValue)
      .optional()
      .describe('Template variables with the highest precedence. No secrets here.'),
    evaluation: evaluationSchema.optional(),
    loadTest: loadTestSchema.optional(),
    dataGen: dataGenSchema.optional(),
    workers: workers.optional(),
    providers: providerGroupsSchema.optional(),
    toolRegistries: z
      .array(z.strictObject({ name: objectName.describe('Name of the ToolRegistry, in the namespace of the job.') }))
      .max(64)
      .optional()
      .describe('Tools in place of those of the bundle and of the ArenaConfig. Default: theirs.'),
    output: outputSchema.optional(),
    schedule: scheduleSchema.optional(),
    trigger: z
      .enum(['OnSourceChange'])
      .optional()
      .describe('OnSourceChange: run again whenever the source has a new revision. Default: never.'),
    timeouts: timeouts.optional(),
    cache: cache.optional(),
    suspend: z.boolean().optional().describe('Hold the run, and start no other; false goes on. Default: false.'),
    cancelled: z.boolean().optional().describe('Cancel the run; what has finished is reported. Default: false.'),
    ttlSecondsAfterFinished: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .meta({ format: 'int32' })
      .optional()
      .describe(
        'Seconds after which the finished job (of a schedule or trigger: a finished run, but the latest) is deleted with its records in the store. What was delivered to `output` stays. Default: never.',
      ),
    verbose: z
      .boolean()
      .optional()
      .describe('Workers log each conversation. Default: as the Arena file says, else false.'),
    sessionRecording: z
      .boolean()
      .optional()
      .describe('Nothing reads it: each conversation is kept with the results. True is answered with a warning.'),
  }),
  {
    rule: "self.type == 'loadtest' || !has(self.loadTest)",
    message: 'the block loadTest is for type loadtest: remove it or change type',
    reason: 'FieldValueForbidden',
    fieldPath: '.loadTest',
  },
  {
    rule: "self.type != 'loadtest' || has(self.loadTest)",
    message: 'type loadtest needs the block loadTest: add loadTest.targetRPS or loadTest.concurrency',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.type == 'datagen' || !has(self.dataGen)",
    message: 'the block dataGen is for type datagen: remove it or change type',
    reason: 'FieldValueForbidden',
    fieldPath: '.dataGen',
  },
);

export const arenaJobSchema = objectOf('ArenaJob', arenaJobSpecSchema, arenaJobStatusSchema);

export type ArenaJobObject = z.infer<typeof arenaJobSchema>;
export type ArenaJobSpec = z.infer<typeof arenaJobSpecSchema>;
