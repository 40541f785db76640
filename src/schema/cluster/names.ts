/** Names of other objects, and texts whose form the cluster lays down. */
import { z } from 'zod';

/** Name of an object: a DNS subdomain. */
export const objectName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'is no name of an object: lower case letters, digits, "-" and "."',
  );

/** Name of a namespace, a handler, …: a DNS label. */
export const labelName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'is no DNS label: lower case letters, digits and "-"');

/** A duration such as `1h30m`. */
export const timeSpan = z
  .string()
  .max(64)
  .regex(/^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/, 'is not a duration such as 30s, 5m or 1h30m');

/** A decimal number as text: the API server wants no fractions as numbers. */
export const decimal = z
  .string()
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?$/, 'is not a decimal number in quotes, such as "0.7"');

/** A path below another: neither absolute nor out of it. */
export const subPath = z
  .string()
  .max(1024)
  .regex(
    /^([^/.][^/]*|\.([^/.][^/]*)?|\.\.[^/]+)(\/+([^/.][^/]*|\.([^/.][^/]*)?|\.\.[^/]+))*\/*$/,
    'must be a relative path without ".."',
  );

/** A Secret of the same namespace, all of it. */
export const secretOfNamespace = z.strictObject({ name: objectName.describe('Name of the Secret.') });

/** Which scenarios, by globs. */
export const scenarioFilter = z.strictObject({
  include: z
    .array(z.string().min(1).max(1024))
    .max(1000)
    .optional()
    .describe('Globs, tried on scenario id, path and base name. `*` stops at `/`, `**` does not. Empty: all.'),
  exclude: z
    .array(z.string().min(1).max(1024))
    .max(1000)
    .optional()
    .describe('Globs like `include`, applied after it.'),
});
