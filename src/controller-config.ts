/** Settings of the controller alone, beside those of every process (config.ts). */
import { isIP } from 'node:net';
import type { Environment } from './config.js';
import { parseDurationMs } from './core/duration.js';
import { ArenaError } from './core/errors.js';

export interface ControllerConfig {
  /** ARENA_NAMESPACES: namespaces that are watched, comma-separated. Default (undefined): all. */
  namespaces: string[] | undefined;
  /** ARENA_ARTIFACT_URL: under which address others reach `/artifacts` of this controller; no slash at the end. */
  artifactUrl: string | undefined;
  /** ARENA_KEEP_ARTIFACTS: revisions of each source that are kept besides those that jobs name, 1..100. Default: 10. */
  keepArtifacts: number;
  /** ARENA_CONTROLLER_HOST: address that is listened on. Default: all in a cluster, else 127.0.0.1. */
  host: string | undefined;
  /** ARENA_CONTROLLER_PORT: port of probes, figures and artifacts, 0..65535; 0 = a free one. Default: 8080. */
  port: number;
  /** ARENA_CONTROLLER_PARALLEL: objects that are looked at at the same time, 1..64. Default: 4. */
  parallel: number;
  /** ARENA_RESYNC: how often each object is looked at although nothing has changed, in milliseconds. Default: 10m. */
  resyncMs: number;
  /** ARENA_LEASE_NAMESPACE: where the Lease `arena-controller` lies. Default: this pod's namespace, else that of the context. */
  leaseNamespace: string | undefined;
}

const MAX_NAMESPACES = 100;

/** Throws one `invalid_input` that names every fault. */
export function readControllerEnv(env: Environment): ControllerConfig {
  const faults: string[] = [];
  const config: ControllerConfig = {
    namespaces: namespaces(env, faults),
    artifactUrl: artifactUrl(env, faults),
    keepArtifacts: wholeNumber(env, 'ARENA_KEEP_ARTIFACTS', { min: 1, max: 100, fallback: 10 }, faults),
    host: host(env, faults),
    port: wholeNumber(env, 'ARENA_CONTROLLER_PORT', { min: 0, max: 65_535, fallback: 8080 }, faults),
    parallel: wholeNumber(env, 'ARENA_CONTROLLER_PARALLEL', { min: 1, max: 64, fallback: 4 }, faults),
    resyncMs: resyncMs(env, faults),
    leaseNamespace: env.ARENA_LEASE_NAMESPACE || undefined,
  };
  if (config.leaseNamespace !== undefined && !isLabel(config.leaseNamespace)) {
    faults.push(`ARENA_LEASE_NAMESPACE is "${config.leaseNamespace}", which is no name of a namespace`);
  }
  if (faults.length === 0) return config;
  throw new ArenaError({
    code: 'invalid_input',
    message: faults.join('\n'),
    hint: 'correct these settings (arena controller --help names the options that stand for them)',
  });
}

const isLabel = (text: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text);

function namespaces(env: Environment, faults: string[]): string[] | undefined {
  const names = new Set((env.ARENA_NAMESPACES ?? '').split(',').flatMap((name) => name.trim() || []));
  for (const name of names) {
    if (!isLabel(name)) faults.push(`ARENA_NAMESPACES names "${name}", which is no name of a namespace`);
  }
  if (names.size > MAX_NAMESPACES) {
    faults.push(`ARENA_NAMESPACES names ${names.size} namespaces; of more than ${MAX_NAMESPACES} watch all`);
  }
  return names.size === 0 ? undefined : [...names];
}

function artifactUrl(env: Environment, faults: string[]): string | undefined {
  const given = env.ARENA_ARTIFACT_URL;
  if (!given) return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.search === '' &&
    url.hash === ''
  ) {
    return given.replace(/\/+$/, '');
  }
  faults.push('ARENA_ARTIFACT_URL must be an address such as http://arena-controller.arena-system.svc:8080');
  return undefined;
}

function host(env: Environment, faults: string[]): string | undefined {
  const given = env.ARENA_CONTROLLER_HOST;
  if (!given) return undefined;
  if (isIP(given) === 0 && given !== 'localhost')
    faults.push(`ARENA_CONTROLLER_HOST is "${given}", which is no IP address`);
  return given;
}

function wholeNumber(
  env: Environment,
  name: string,
  { min, max, fallback }: { min: number; max: number; fallback: number },
  faults: string[],
): number {
  const given = env[name];
  if (!given) return fallback;
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= min && value <= max) return value;
  faults.push(`${name} is "${given}", which is no whole number from ${min} to ${max}`);
  return fallback;
}

const MIN_RESYNC_MS = 1_000;

function resyncMs(env: Environment, faults: string[]): number {
  const given = env.ARENA_RESYNC || '10m';
  const ms = parseDurationMs(given);
  if (ms !== undefined && ms >= MIN_RESYNC_MS) return ms;
  faults.push(`ARENA_RESYNC is "${given}", which is no duration of 1s or more, such as 10m`);
  return MIN_RESYNC_MS;
}
