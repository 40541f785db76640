/** What a job may change about the pods of its workers. */
import { z } from 'zod';
import { labelName, objectName } from './names.js';

/** Any object of the API of pods, which the API server checks when the pods are made. */
const podPart = z.looseObject({});

const labels = z.record(z.string().max(317), z.string().max(63));
const annotations = z.record(z.string().max(317), z.string().max(65_536));

const named = z.looseObject({ name: labelName.describe('Name of the volume.') });

const toleration = z
  .strictObject({
    key: z.string().max(317).optional().describe('Key of the taint. Absent: every one.'),
    operator: z.enum(['Exists', 'Equal']).optional().describe('Default: Equal.'),
    value: z.string().max(63).optional().describe('Value of the taint.'),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional().describe('Absent: every one.'),
    tolerationSeconds: z.int().meta({ format: 'int64' }).optional().describe('How long a NoExecute is borne.'),
  })
  .describe('A taint of nodes that the pods bear.');

const environmentVariable = z
  .strictObject({
    name: z
      .string()
      .max(1024)
      .regex(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/, 'is no name of an environment variable')
      .describe('Name.'),
    value: z.string().max(32_768).optional().describe('Value; no secrets here.'),
    valueFrom: podPart.optional().describe('Where the value comes from, e.g. {secretKeyRef: {name, key}}.'),
  })
  .describe('An environment variable.');

export const podOverridesSchema = z
  .strictObject({
    serviceAccountName: objectName
      .optional()
      .describe(
        'Service account of the workers, which must have the rights of one. Default: that of the installation.',
      ),
    labels: labels.optional().describe('Further labels; those of a worker stay.'),
    annotations: annotations.optional().describe('Further annotations.'),
    nodeSelector: labels.optional().describe('Labels that a node must have.'),
    tolerations: z.array(toleration).max(64).optional().describe('Taints of nodes that the pods bear.'),
    priorityClassName: objectName.optional().describe('PriorityClass of the pods.'),
    imagePullSecrets: z
      .array(z.strictObject({ name: objectName.describe('Name of the Secret.') }))
      .max(32)
      .optional()
      .describe('Secrets with which the image is pulled.'),
    extraEnv: z.array(environmentVariable).max(256).optional().describe('Further environment variables.'),
    extraEnvFrom: z
      .array(podPart)
      .max(64)
      .optional()
      .describe('Further sources of environment variables, e.g. {secretRef: {name}}.'),
    extraVolumes: z.array(named).max(64).optional().describe('Further volumes.'),
    extraVolumeMounts: z.array(named).max(64).optional().describe('Further mounts, e.g. {name, mountPath}.'),
  })
  .describe('What is different about the pods of the job’s own workers.');
