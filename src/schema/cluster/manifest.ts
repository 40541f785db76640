/** Objects as people write them, for the API server to complete. */
import { z } from 'zod';
import { type ClusterKind, clusterKinds } from './kinds.js';
import { labelName, objectName } from './names.js';
import { API_VERSION } from './object-meta.js';

const qualifiedName = z
  .string()
  .max(317)
  .regex(
    /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    'is no key of a label or annotation, such as team or example.com/team',
  );

const labelValue = z
  .string('must be a text: put it in quotes')
  .regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
    'is no value of a label: up to 63 letters, digits, "-", "_" and "."',
  );

const metadata = z
  .strictObject({
    name: objectName.optional(),
    generateName: z.string().min(1).max(253).optional(),
    namespace: labelName.optional(),
    labels: z.record(qualifiedName, labelValue).optional(),
    annotations: z.record(qualifiedName, z.string('must be a text: put it in quotes')).optional(),
    finalizers: z.array(z.string()).optional(),
    ownerReferences: z.array(z.looseObject({})).optional(),
    uid: z.unknown().optional(),
    resourceVersion: z.unknown().optional(),
    generation: z.unknown().optional(),
    creationTimestamp: z.unknown().optional(),
    deletionTimestamp: z.unknown().optional(),
    deletionGracePeriodSeconds: z.unknown().optional(),
    selfLink: z.unknown().optional(),
    managedFields: z.unknown().optional(),
  })
  .refine(({ name, generateName }) => (name ?? generateName) !== undefined, { error: 'needs a name' });

/** The status is the cluster's own: what is written there has no effect. */
const written = (kind: ClusterKind) =>
  z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata,
    spec: clusterKinds[kind].schema.shape.spec,
    status: z.unknown().optional(),
  });

export const manifestSchemas = {
  ArenaSource: written('ArenaSource'),
  ArenaConfig: written('ArenaConfig'),
  ArenaJob: written('ArenaJob'),
  Provider: written('Provider'),
  ToolRegistry: written('ToolRegistry'),
  AgentRuntime: written('AgentRuntime'),
} as const satisfies { [kind in ClusterKind]: z.ZodType };
