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

const byServer = z.unknown().optional().describe('Filled in by the API server.');

const metadata = z
  .strictObject({
    name: objectName.optional().describe('Name of the object, unique for its kind in the namespace.'),
    generateName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('In place of a name: what it begins with; the API server makes up the rest.'),
    namespace: labelName.optional().describe('Namespace. Default: the one that kubectl is told.'),
    labels: z.record(qualifiedName, labelValue).optional().describe('Labels, for selecting objects.'),
    annotations: z
      .record(qualifiedName, z.string('must be a text: put it in quotes'))
      .optional()
      .describe('Notes, for people and programs.'),
    finalizers: z.array(z.string()).optional().describe('Who has something to do before the object goes.'),
    ownerReferences: z.array(z.looseObject({})).optional().describe('Objects with which this one goes.'),
    uid: byServer,
    resourceVersion: byServer,
    generation: byServer,
    creationTimestamp: byServer,
    deletionTimestamp: byServer,
    deletionGracePeriodSeconds: byServer,
    selfLink: byServer,
    managedFields: byServer,
  })
  .refine(({ name, generateName }) => (name ?? generateName) !== undefined, { error: 'needs a name' })
  .describe('What there is to say of any object.');

/** The status is the cluster's own: what is written there has no effect. */
const written = (kind: ClusterKind) =>
  z.strictObject({
    apiVersion: z.literal(API_VERSION).describe('Group and version of the kind.'),
    kind: z.literal(kind).describe('What this is.'),
    metadata,
    spec: clusterKinds[kind].schema.shape.spec.describe('What is wanted.'),
    status: z.unknown().optional().describe('What is: written by the controller, without effect in a manifest.'),
  });

export const manifestSchemas = {
  ArenaSource: written('ArenaSource'),
  ArenaConfig: written('ArenaConfig'),
  ArenaJob: written('ArenaJob'),
  Provider: written('Provider'),
  ToolRegistry: written('ToolRegistry'),
  AgentRuntime: written('AgentRuntime'),
} as const satisfies { [kind in ClusterKind]: z.ZodType };
