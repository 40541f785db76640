/** Where something secret lies in a Kubernetes cluster. */
import { z } from 'zod';

const dnsName = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'is no name of Kubernetes: lower case letters, digits, "-" and "."');

export const secretRefSchema = z
  .strictObject({
    name: dnsName(253).describe('Name of the Secret.'),
    key: z
      .string()
      .max(253)
      .regex(/^[-._a-zA-Z0-9]+$/, 'is no key of a Secret: letters, digits, "-", "_" and "."')
      .optional()
      .describe(
        'Entry that holds the key. Default: the first of the usual variables of the type, `api-key` and `value`.',
      ),
    namespace: dnsName(63).optional().describe('Namespace of the Secret. Default: that of the worker.'),
  })
  .describe('A Kubernetes Secret, read by the worker as its service account. Stands alone.');

export type SecretRef = z.infer<typeof secretRefSchema>;
