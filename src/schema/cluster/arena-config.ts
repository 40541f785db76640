/** ArenaConfig: a source with the providers, tools and settings that it is evaluated with. */
import { z } from 'zod';
import { concurrency, maxRetries, metrics } from './evaluation-fields.js';
import { labelName, objectName, scenarioFilter, timeSpan } from './names.js';
import { conditionsSchema, objectOf, observedGeneration, time } from './object-meta.js';

const otherObject = (kind: string) =>
  z.strictObject({
    name: objectName.describe(`Name of the ${kind}.`),
    namespace: labelName.optional().describe(`Namespace of the ${kind}. Default: that of the config.`),
  });

const selfPlay = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Whether models play the users. Default: false.'),
    rounds: z
      .int()
      .min(1)
      .max(1000)
      .meta({ format: 'int32' })
      .default(1)
      .describe('Conversations of each pair. Default: 1.'),
    swapRoles: z.boolean().default(false).describe('Swap the sides on even rounds. Default: false.'),
  })
  .describe('Conversations of models with each other: each ordered pair of the group `selfplay`, else `default`.');

const evaluation = z
  .strictObject({
    metrics: metrics.describe('Groups of measures that summary and reports show. Empty: all.'),
    timeout: timeSpan.optional().describe('Time of one conversation. Default: the Arena file, else 5m.'),
    maxRetries: maxRetries.describe(
      'Further dispatches of a conversation after failures that pass by themselves, 0..10. Default: the Arena file, else 3.',
    ),
    concurrency: concurrency.describe(
      'Conversations in flight on each worker, 1..100. Default: the Arena file, else 1.',
    ),
  })
  .describe('How conversations are held.');

export const arenaConfigSpecSchema = z.strictObject({
  sourceRef: z.strictObject({ name: objectName.describe('Name of the ArenaSource.') }).describe('The bundle.'),
  scenarios: scenarioFilter.optional().describe('Which scenarios run. Default: all.'),
  providers: z
    .array(otherObject('Provider'))
    .max(256)
    .optional()
    .describe('Who answers, in place of the bundle’s providers: the group `default`. Default: the bundle’s own.'),
  toolRegistries: z
    .array(otherObject('ToolRegistry'))
    .max(64)
    .optional()
    .describe('Tools in place of the bundle’s. Default: the bundle’s own.'),
  selfPlay: selfPlay.optional(),
  evaluation: evaluation.optional(),
  suspend: z.boolean().optional().describe('Start no new jobs; running ones go on. Default: false.'),
});

const configPhases = ['Pending', 'Ready', 'Invalid', 'Error'] as const;

export const arenaConfigStatusSchema = z.object({
  phase: z.enum(configPhases).optional().describe('State in one word.'),
  conditions: conditionsSchema.optional(),
  observedGeneration: observedGeneration.optional(),
  resolvedSource: z
    .object({
      revision: z.string().optional().describe('Revision of the source that was looked at.'),
      url: z.string().optional().describe('Where its files can be downloaded.'),
      scenarioCount: z.int().min(0).meta({ format: 'int32' }).optional().describe('Scenarios that the filter lets by.'),
    })
    .optional()
    .describe('The source, as it was when the config was last looked at.'),
  resolvedProviders: z.array(z.string()).max(256).optional().describe('Names of the providers that were found good.'),
  lastValidatedTime: time.optional().describe('When the config was last found valid.'),
  lastHandledReconcileAt: z
    .string()
    .optional()
    .describe('Value of the annotation `arena.dev/reconcile-at` that was last followed.'),
});

export const arenaConfigSchema = objectOf('ArenaConfig', arenaConfigSpecSchema, arenaConfigStatusSchema);

export type ArenaConfigObject = z.infer<typeof arenaConfigSchema>;
export type ArenaConfigSpec = z.infer<typeof arenaConfigSpecSchema>;
export type ArenaConfigStatus = z.infer<typeof arenaConfigStatusSchema>;
