import { z } from 'zod';

/** A key part of S3 may be anything, but `.` and `..` are lost on the way: HTTP clients and folders resolve them. */
const s3Prefix = z
  .string()
  .max(512)
  .refine(
    (prefix) => prefix.split('/').every((part) => part !== '.' && part !== '..'),
    'must not hold "." or ".." as a part',
  )
  .refine((prefix) => !/\p{Cc}|\/\//u.test(prefix), 'must not hold control characters or an empty part');

const secretName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'is not the name of a Kubernetes object');

export const s3OutputSchema = z
  .strictObject({
    bucket: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, 'is not the name of a bucket')
      .describe('Bucket; it must exist.'),
    prefix: s3Prefix
      .optional()
      .describe('Reports lie below `<prefix>/<run>/`. Default: none, runs stand at the top of the bucket.'),
    region: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not the name of a region')
      .optional()
      .describe('Region of the bucket. Default: AWS_REGION of the workers, else us-east-1.'),
    endpoint: z
      .url({ protocol: /^https?$/, error: 'is not an address such as https://s3.example.com' })
      .max(2048)
      .refine((address) => !/^[^/]*\/\/[^/]*@/.test(address), 'must not hold a user name or password: use secretRef')
      .optional()
      .describe('Address of another S3 server; buckets are then parts of the path. Default: AWS.'),
    secretRef: z
      .strictObject({
        name: secretName.describe('Name of the Secret.'),
        namespace: secretName.optional().describe('Its namespace. Default: that of the workers.'),
      })
      .optional()
      .describe(
        'Kubernetes Secret with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where the keys are temporary, AWS_SESSION_TOKEN. Default: what the workers have themselves, e.g. the identity of their pods.',
      ),
  })
  .describe('A place in S3.');

export type S3Output = z.infer<typeof s3OutputSchema>;
