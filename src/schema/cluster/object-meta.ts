/** What all objects of the cluster have in common: metadata and conditions. */
import { z } from 'zod';

export const GROUP = 'omnia.altairalabs.ai';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** A time as the API server writes it. */
export const time = z.string().meta({ format: 'date-time' });

const ownerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
});

/** Metadata of an object that the API server has; the rest of it is left out. */
export const objectMetaSchema = z.object({
  name: z.string().min(1),
  namespace: z.string().min(1),
  uid: z.string().min(1),
  resourceVersion: z.string().optional(),
  generation: z.int().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  finalizers: z.array(z.string()).optional(),
  ownerReferences: z.array(ownerReference).optional(),
});

export const conditionSchema = z
  .object({
    type: z.string().min(1).max(316).describe('What is true or not, in CamelCase.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is.'),
    observedGeneration: z.int().min(0).meta({ format: 'int64' }).optional().describe('Generation that was looked at.'),
    lastTransitionTime: time.describe('When `status` last changed.'),
    reason: z.string().min(1).max(1024).describe('Why, as one word in CamelCase.'),
    message: z.string().max(32_768).describe('Why, for people, with the next step.'),
  })
  .describe('One aspect of the state.');

/** One entry for each type. */
export const conditionsSchema = z
  .array(conditionSchema)
  .max(32)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
  .describe('Aspects of the state, one for each type.');

export const observedGeneration = z
  .int()
  .min(0)
  .meta({ format: 'int64' })
  .describe('Generation of the spec that this status speaks of.');

/** An object as the API server has it. */
export const objectOf = <K extends string, Spec extends z.ZodType, Status extends z.ZodType>(
  kind: K,
  spec: Spec,
  status: Status,
) =>
  z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata: objectMetaSchema,
    spec,
    status: status.optional(),
  });

export type Condition = z.infer<typeof conditionSchema>;
