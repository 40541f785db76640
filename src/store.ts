/** Which store a process works with. */
import { join } from 'node:path';
import type { Config, Environment } from './config.js';
import { DirectoryStore } from './io/stores/directory-store.js';
import type { S3Credentials } from './io/stores/s3-place.js';
import { S3Store, type S3StoreOptions } from './io/stores/s3-store.js';
import type { Store } from './io/stores/store.js';

/** Of processes that nobody looks at: the server may be started again meanwhile. In milliseconds. */
export const PATIENT: S3StoreOptions = { patienceMs: 20_000, recordsPatienceMs: 120_000 };

/** Of commands that somebody waits for. */
export const BRIEF: S3StoreOptions = { patienceMs: 3_000, recordsPatienceMs: 3_000 };

/** The bucket that ARENA_STORE names, else the folder `store` of the data folder. Reaches nobody yet. */
export function createStore(
  { dataDir, bucketStore }: Pick<Config, 'dataDir' | 'bucketStore'>,
  env: Environment,
  patience: S3StoreOptions,
): Store {
  if (bucketStore === undefined) return new DirectoryStore(join(dataDir, 'store'));
  return new S3Store({ ...bucketStore, setBy: 'ARENA_STORE', credentials: keysOf(env) }, patience);
}

/** Keys of the environment; undefined: AWS's own chain finds an identity. */
function keysOf({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
}: Environment): S3Credentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
