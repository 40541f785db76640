import { ArenaError } from '../../core/errors.js';
import type { S3Output } from '../../schema/s3-output.js';
import type { SecretData } from '../secrets/cluster-api.js';
import type { S3Credentials } from '../stores/s3-place.js';

type SecretRef = NonNullable<S3Output['secretRef']>;

/** The keys that a Secret holds. Throws `unauthorized` where it holds none. */
export function keysOfSecret(data: SecretData, { name, namespace }: SecretRef): S3Credentials {
  const entry = (key: string): string =>
    Object.hasOwn(data, key)
      ? Buffer.from(data[key] ?? '', 'base64')
          .toString('utf8')
          .trim()
      : '';
  const accessKeyId = entry('AWS_ACCESS_KEY_ID');
  const secretAccessKey = entry('AWS_SECRET_ACCESS_KEY');
  const sessionToken = entry('AWS_SESSION_TOKEN');
  const missing = [
    ...(accessKeyId === '' ? ['AWS_ACCESS_KEY_ID'] : []),
    ...(secretAccessKey === '' ? ['AWS_SECRET_ACCESS_KEY'] : []),
  ];
  if (missing.length > 0) {
    throw new ArenaError({
      code: 'unauthorized',
      message: `The Secret ${namespace === undefined ? '' : `${namespace}/`}${name} has no entry ${missing.join(' and ')}`,
      hint: 'add it, or correct output.s3.secretRef',
    });
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
}
