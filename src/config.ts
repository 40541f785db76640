/** Settings of a process, read from the environment once, with all faults together. No secret is kept here. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { ArenaError } from './core/errors.js';
import { isS3Endpoint, parseS3Address } from './io/stores/s3-place.js';

export type Environment = { [name: string]: string | undefined };

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** Runs, reports and engine of this user. ARENA_DATA_DIR, else `arena` in XDG_DATA_HOME. */
  dataDir: string;
  /**
   * ARENA_STORE=s3://bucket/prefix: a bucket that keeps runs and reports in place of a folder; with ARENA_S3_ENDPOINT on
   * another server than AWS, with ARENA_S3_REGION (else AWS_REGION) in another region than us-east-1. The keys are those
   * of the standard AWS variables, else the identity of the pod or machine. Undefined: the folder `store` in `dataDir`.
   */
  bucketStore: BucketStore | undefined;
  /** What can be fetched or built again. ARENA_CACHE_DIR, else `arena` in XDG_CACHE_HOME. */
  cacheDir: string;
  /** ARENA_TEMPORAL_BIN: the Temporal command to use for the local engine. */
  temporalBin: string | undefined;
  /**
   * True when the environment names a Temporal service (TEMPORAL_ADDRESS, TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE);
   * then no local engine is started. A configuration file that merely lies at its default place does not count: it
   * would send local runs to a service that the user did not name here.
   */
  externalTemporal: boolean;
  /** ARENA_TASK_QUEUE: workflows and short activities; shards run on the same name with `-shards`. */
  taskQueue: string;
  /**
   * ARENA_SHARD_QUEUE: take shards and deliveries of this queue alone, which is how a job's own workers run. Default:
   * workflows, short activities and shards of `taskQueue`.
   */
  shardQueue: string | undefined;
  /** ARENA_LOG_LEVEL, default `info`. */
  logLevel: LogLevel;
  /** True in continuous integration (CI is set and not `false` or `0`). */
  ci: boolean;
  /** GITHUB_STEP_SUMMARY: a file that takes Markdown. */
  stepSummaryFile: string | undefined;
  /** ARENA_ALLOW_EXEC: bundles may start programs as tools. Default: no. */
  allowExec: boolean;
  /** ARENA_ALLOW_STDIO_MCP: bundles may start programs as MCP servers. Default: no. */
  allowStdioMcp: boolean;
  /**
   * ARENA_BUNDLE_ENV: names of environment variables, comma-separated, that bundles may read for their tools and checks,
   * and as keys of providers where a bundle does not lie on this machine; one that ends in `*` stands for all that begin
   * so. Default: none.
   */
  bundleEnv: string[];
  /**
   * ARENA_SERVICE_ACCOUNT_DIR: `token`, `ca.crt` and `namespace` of the service account that reads Kubernetes Secrets.
   * Default: where Kubernetes mounts them.
   */
  serviceAccountDir: string | undefined;
  /**
   * ARENA_AGENT_TOKEN_URL: issuer of the tokens that agents want to see at their port inside the cluster. Default: none is
   * asked for.
   */
  agentTokenUrl: string | undefined;
  /**
   * ARENA_TOOL_TOKEN_FILE: file with the token that tools of a ToolRegistry with `auth.type: serviceAccount` are shown.
   * Default: such tools are refused.
   */
  toolTokenFile: string | undefined;
  /** ARENA_HEALTH_PORT: where a worker answers `GET /healthz` and `GET /readyz`, 0..65535; 0 = a free one. Default: nowhere. */
  healthPort: number | undefined;
}

export interface BucketStore {
  bucket: string;
  prefix: string;
  endpoint?: string;
  region?: string;
}

export const DEFAULT_TASK_QUEUE = 'arena';

/** Throws one `invalid_input` that names every fault. */
export function readEnv(env: Environment): Config {
  const faults: string[] = [];
  const config: Config = {
    dataDir: folder(env, 'ARENA_DATA_DIR', 'XDG_DATA_HOME', '.local/share', faults),
    bucketStore: bucketStore(env, faults),
    cacheDir: folder(env, 'ARENA_CACHE_DIR', 'XDG_CACHE_HOME', '.cache', faults),
    temporalBin: text(env, 'ARENA_TEMPORAL_BIN'),
    externalTemporal: ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some(
      (name) => text(env, name) !== undefined,
    ),
    taskQueue: queueName(env, 'ARENA_TASK_QUEUE', faults) ?? DEFAULT_TASK_QUEUE,
    shardQueue: queueName(env, 'ARENA_SHARD_QUEUE', faults),
    logLevel: logLevel(env, faults),
    ci: isOn(env.CI),
    stepSummaryFile: text(env, 'GITHUB_STEP_SUMMARY'),
    allowExec: isOn(env.ARENA_ALLOW_EXEC),
    allowStdioMcp: isOn(env.ARENA_ALLOW_STDIO_MCP),
    serviceAccountDir: text(env, 'ARENA_SERVICE_ACCOUNT_DIR'),
    agentTokenUrl: text(env, 'ARENA_AGENT_TOKEN_URL'),
    toolTokenFile: text(env, 'ARENA_TOOL_TOKEN_FILE'),
    healthPort: port(env, 'ARENA_HEALTH_PORT', faults),
    bundleEnv: (env.ARENA_BUNDLE_ENV ?? '').split(',').flatMap((name) => name.trim() || []),
  };
  if (faults.length > 0) {
    throw new ArenaError({
      code: 'invalid_input',
      message: faults.join('\n'),
      hint: 'correct these environment variables, or unset them for the defaults',
    });
  }
  return config;
}

const isOn = (value: string | undefined): boolean => !['', 'false', '0'].includes(value ?? '');

/** An empty variable counts as unset, as everywhere in shells. */
function text(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

function folder(env: Environment, own: string, xdg: string, fallback: string, faults: string[]): string {
  const given = text(env, own);
  if (given?.includes('\0')) faults.push(`${own} holds a NUL character`);
  if (given !== undefined) return resolve(given);
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  const base = text(env, xdg);
  return join(base !== undefined && isAbsolute(base) ? base : join(text(env, 'HOME') ?? homedir(), fallback), 'arena');
}

/** Region of AWS where nothing else names one. */
export function awsRegion(env: Environment): string | undefined {
  return text(env, 'AWS_REGION') ?? text(env, 'AWS_DEFAULT_REGION');
}

function bucketStore(env: Environment, faults: string[]): BucketStore | undefined {
  const given = text(env, 'ARENA_STORE');
  const endpoint = text(env, 'ARENA_S3_ENDPOINT');
  const region = text(env, 'ARENA_S3_REGION') ?? awsRegion(env);
  if (given === undefined) return undefined;
  const address = parseS3Address(given);
  // What is no address may be a key that was put into the wrong variable: it is not repeated.
  if (address === undefined) faults.push('ARENA_STORE is not an address such as s3://bucket/prefix');
  if (endpoint !== undefined && !isS3Endpoint(endpoint)) {
    faults.push('ARENA_S3_ENDPOINT is not an address such as https://s3.example.com, without user name and password');
  }
  return { bucket: '', prefix: '', ...address, ...(endpoint && { endpoint }), ...(region && { region }) };
}

function queueName(env: Environment, variable: string, faults: string[]): string | undefined {
  const name = text(env, variable);
  if (name !== undefined && name.length > 200) faults.push(`${variable} is longer than 200 characters`);
  return name;
}

function port(env: Environment, name: string, faults: string[]): number | undefined {
  const given = text(env, name);
  if (given === undefined) return undefined;
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  faults.push(`${name} is "${given}", which is no port: 0 to 65535`);
  return undefined;
}

function logLevel(env: Environment, faults: string[]): LogLevel {
  const given = text(env, 'ARENA_LOG_LEVEL') ?? 'info';
  const level = LOG_LEVELS.find((known) => known === given);
  if (level === undefined) faults.push(`ARENA_LOG_LEVEL is "${given}", which is none of ${LOG_LEVELS.join(', ')}`);
  return level ?? 'info';
}
