/** A bucket, or a folder of it, and the keys to it. */
export interface S3Place {
  bucket: string;
  /** Without slashes at its ends; empty: the whole bucket. */
  prefix: string;
  /** Default: us-east-1, which sends on to the bucket's own. */
  region?: string;
  /** Of another server than AWS; buckets are then parts of the path. */
  endpoint?: string;
  /** Default: what the process has: AWS_* variables, the identity of its pod, of its machine. */
  credentials?: S3Credentials;
  /** Where a person sets all this: `ARENA_STORE`, `output.s3`. */
  setBy: string;
}

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Parts of `s3://bucket/prefix`; undefined for anything else. */
export function parseS3Address(address: string): { bucket: string; prefix: string } | undefined {
  const match = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{0,254})(\/[^?#]*)?$/.exec(address);
  if (match === null) return undefined;
  const prefix = withoutSlashes(match[2] ?? '');
  const isPath = prefix.split('/').every((part) => part !== '.' && part !== '..') && !/\p{Cc}|\/\//u.test(prefix);
  return isPath ? { bucket: match[1] ?? '', prefix } : undefined;
}

/** True for the address of a server, without any credentials in it. */
export function isS3Endpoint(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password, search, hash } = new URL(address);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
}

export function s3Address({ bucket, prefix }: Pick<S3Place, 'bucket' | 'prefix'>, key?: string): string {
  return ['s3:/', bucket, prefix, key ?? ''].filter((part) => part !== '').join('/');
}

/** People write prefixes with and without slashes at their ends. */
export function withoutSlashes(prefix: string): string {
  return prefix.replace(/^\/+|\/+$/g, '');
}
