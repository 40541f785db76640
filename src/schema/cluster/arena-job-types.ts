/** Blocks of an ArenaJob that are for one type of job, and where its results go. */
import { z } from 'zod';
import { failConditions, reportFormats } from '../job.js';
import { concurrency, maxRetries, metrics } from './evaluation-fields.js';
import { objectName, secretOfNamespace, subPath } from './names.js';
import { withRules } from './rules.js';

export const evaluationSchema = z
  .strictObject({
    outputFormats: z
      .array(z.enum(reportFormats))
      .max(reportFormats.length)
      .optional()
      .describe('Reports beside summary.json and results.jsonl. Default: as the Arena file says, else json.'),
    metrics: metrics.describe(
      'Groups of measures that summary and reports show; empty: all. Default: as the ArenaConfig says, else all.',
    ),
    maxRetries: maxRetries.describe(
      'Further dispatches of a conversation after failures that pass by themselves, 0..10. 0 turns off the brief tries in place as well. Default: the ArenaConfig, the Arena file, else 3 with an ArenaConfig and none without.',
    ),
    concurrency: concurrency.describe(
      'Conversations in flight on each worker of the job, 1..100; the shared pool counts as one. Default: the ArenaConfig, the Arena file, else 1 a worker with an ArenaConfig and 6 in all without.',
    ),
    failOn: z
      .array(z.enum(failConditions))
      .max(failConditions.length)
      .optional()
      .describe('What makes the run as a whole fail; empty: nothing. Default: as the Arena file says, else all four.'),
  })
  .describe('Settings of an evaluation.');

const s3 = z
  .strictObject({
    bucket: z.string().min(1).max(255).describe('Name of the bucket.'),
    prefix: z.string().max(900).optional().describe('What the keys begin with.'),
    region: z.string().min(1).max(64).optional().describe('Region. Default: that of the environment, else us-east-1.'),
    endpoint: z
      .string()
      .max(2048)
      .regex(/^https?:\/\/\S+$/, 'must begin with https:// or http://')
      .optional()
      .describe('Address of another service that speaks S3. Default: that of AWS.'),
    secretRef: secretOfNamespace
      .optional()
      .describe('Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Default: the identity of the worker.'),
  })
  .describe('A bucket of S3.');

const pvc = z
  .strictObject({
    claimName: objectName.describe('Name of the PersistentVolumeClaim, in the namespace of the job.'),
    subPath: subPath.optional().describe('Folder in it. Default: its root.'),
  })
  .describe('A volume, which the job’s own workers mount.');

export const outputSchema = withRules(
  z.strictObject({
    type: z.enum(['s3', 'pvc']).describe('Which of the blocks below says where results go.'),
    s3: s3.optional(),
    pvc: pvc.optional(),
  }),
  {
    rule: "self.type != 's3' || has(self.s3)",
    message: 'output type s3 needs the block s3: add s3.bucket',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.type != 'pvc' || has(self.pvc)",
    message: 'output type pvc needs the block pvc: add pvc.claimName',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.type == 's3' || !has(self.s3)",
    message: 'the block s3 is for output type s3: remove it or change type',
    reason: 'FieldValueForbidden',
    fieldPath: '.s3',
  },
  {
    rule: "self.type == 'pvc' || !has(self.pvc)",
    message: 'the block pvc is for output type pvc: remove it or change type',
    reason: 'FieldValueForbidden',
    fieldPath: '.pvc',
  },
).describe('Where reports go besides the store.');
