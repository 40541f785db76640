/** What the installation says about the pods of workers that jobs have for themselves. */
import { ArenaError } from '../../../src/core/errors.js';

export interface WorkerSettings {
  /** Absent: jobs cannot have workers of their own here. */
  image: string | undefined;
  serviceAccountName: string;
  /** Settings that workers share with the controller; none of them is secret. */
  env: { name: string; value: string }[];
  /** ConfigMap in the namespace of the job with more of them. */
  envFromConfigMap: string | undefined;
  /** Secrets in the namespace of the job with those that are secret; they may be missing. */
  envFromSecrets: string[];
  /** Claim in the namespace of the job that holds the store, where that is no bucket. */
  storeClaim: string | undefined;
}

/** Where, not who: keys and certificates of clients come by a Secret, since everybody may read a Deployment. */
const SHARED = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
  'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION',
  'ARENA_TASK_QUEUE',
  'ARENA_STORE',
  'ARENA_S3_ENDPOINT',
  'ARENA_S3_REGION',
  'AWS_REGION',
  'ARENA_LOG_LEVEL',
  'ARENA_BUNDLE_ENV',
  'ARENA_ALLOW_EXEC',
  'ARENA_ALLOW_STDIO_MCP',
  'ARENA_AGENT_TOKEN_URL',
] as const;

type Environment = { [name: string]: string | undefined };

/**
 * ARENA_WORKER_IMAGE; ARENA_WORKER_SERVICE_ACCOUNT (default `arena-worker`); ARENA_WORKER_ENV_FROM, the name of a ConfigMap;
 * ARENA_WORKER_SECRETS, names of Secrets, comma-separated (default `arena-temporal,arena-store`); ARENA_WORKER_STORE_CLAIM.
 */
export function workerSettings(env: Environment): WorkerSettings {
  const text = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  return {
    image: text('ARENA_WORKER_IMAGE'),
    serviceAccountName: text('ARENA_WORKER_SERVICE_ACCOUNT') ?? 'arena-worker',
    env: SHARED.flatMap((name) => {
      const value = text(name);
      return value === undefined ? [] : [{ name, value }];
    }),
    envFromConfigMap: text('ARENA_WORKER_ENV_FROM'),
    envFromSecrets: (env.ARENA_WORKER_SECRETS ?? 'arena-temporal,arena-store')
      .split(',')
      .flatMap((name) => name.trim() || []),
    storeClaim: text('ARENA_WORKER_STORE_CLAIM'),
  };
}

export function noImage(): ArenaError {
  return new ArenaError({
    code: 'unsupported',
    message: 'this installation has no image for workers of a job',
    hint: 'set ARENA_WORKER_IMAGE of the controller, or leave spec.workers out',
  });
}
