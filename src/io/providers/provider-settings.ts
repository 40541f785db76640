/** From a provider file to what its calls need. Everything that cannot be done is refused here, before any call. */
import type { JsonValue } from '../../core/conversation.js';
import { MAX_TIMER_MS, parseDurationMs } from '../../core/duration.js';
import { ArenaError } from '../../core/errors.js';
import type { ProviderSpec } from '../../schema/provider.js';
import type { BundleEnvironment } from '../bundle-environment.js';
import type { ClusterSecrets } from '../secrets/cluster-secrets.js';
import { type Connections, connectionsTo, type Transport } from './connections.js';
import { Credential, type Environment } from './credential.js';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_IDLE_TIMEOUT_MS = 30_000;

/** Entries of `additional_config` that mean something to us, so that they are not sent as they stand. */
const NOT_SENT = new Set(['api_mode', 'mock_config', 'recording', 'stop', 'response_format']);

/** A provider of a bundle, as far as calls need it. */
export interface ProviderDocument {
  id: string;
  spec: ProviderSpec;
  /** Where a value stands: file:line:col. */
  at(path: readonly (string | number)[]): string;
}

export interface CallSettings {
  env: Environment;
  /** The environment as far as a bundle from elsewhere may read it; undefined: the bundle is trusted with every key. */
  openToBundle?: BundleEnvironment;
  /** Kubernetes Secrets that keys may stand in; undefined: none can be read here. */
  secrets?: ClusterSecrets;
  /** Time limit of the job, which beats that of the provider file, in milliseconds. */
  jobTimeoutMs: number | undefined;
  /** Time limit of the Arena file, where the provider file has none, in milliseconds. */
  arenaTimeoutMs: number | undefined;
}

/** Where the key of a service usually is, and where the service itself is. */
export interface KeyedService {
  /** Address where the provider file names none. */
  baseUrl: string;
  /** Variables that usually hold its key, the first that is set counts. */
  keyVariables: readonly string[];
}

/** What all providers behind HTTP have in common. */
export interface ProviderSettings {
  id: string;
  spec: ProviderSpec;
  model: string;
  baseUrl: URL;
  credential: Credential;
  /** True at the service's own address, which answers nobody without a key. */
  official: boolean;
  /** Headers of the provider file; names and values in turn. */
  headers: string[];
  connections: Connections;
  timeoutMs: number;
  idleTimeoutMs: number;
}

/** Throws `invalid_input` for what cannot be used. */
export function providerSettings(
  provider: ProviderDocument,
  service: KeyedService,
  settings: CallSettings,
): ProviderSettings {
  const { id, spec } = provider;
  const { model } = spec;
  if (model === undefined || model === '') {
    throw invalid(`${provider.at(['spec'])} provider ${id} names no model`, 'add spec.model');
  }
  const baseUrl = readBaseUrl(provider, service.baseUrl);
  return {
    id,
    spec,
    model,
    baseUrl,
    credential: credentialOf(provider, service, baseUrl, settings),
    official: baseUrl.origin === new URL(service.baseUrl).origin && baseUrl.protocol === 'https:',
    headers: Object.entries(spec.headers ?? {})
      .filter(([name]) => name.toLowerCase() !== 'content-type')
      .flat(),
    connections: connectionsTo(baseUrl.origin, settings.env, transportOf(spec)),
    timeoutMs: callTimeoutMs(spec, settings),
    idleTimeoutMs: Math.min(MAX_TIMER_MS, durationMs(spec.stream_idle_timeout) ?? DEFAULT_IDLE_TIMEOUT_MS),
  };
}

/** A limit of 0 counts as none. */
function transportOf({ http_transport: written = {} }: ProviderSpec): Transport {
  return {
    maxConnections: written.max_conns_per_host || undefined,
    maxIdle: written.max_idle_conns_per_host || undefined,
    idleTimeoutMs: durationMs(written.idle_conn_timeout),
    keepAlive: written.disable_keep_alives !== true,
  };
}

/** Time of one call, in milliseconds: the job's, the provider file's, the Arena file's, or 30 s. */
export function callTimeoutMs(spec: ProviderSpec, { jobTimeoutMs, arenaTimeoutMs }: CallSettings): number {
  const limitMs = jobTimeoutMs ?? durationMs(spec.request_timeout) ?? arenaTimeoutMs ?? DEFAULT_TIMEOUT_MS;
  return Math.min(MAX_TIMER_MS, limitMs);
}

/** Where the key of a provider is. Throws `invalid_input` for a place that cannot be read here, or may not be. */
export function credentialOf(
  provider: ProviderDocument,
  service: KeyedService,
  baseUrl: URL,
  settings: CallSettings,
): Credential {
  const { id, spec } = provider;
  const env = keySource(provider, service, baseUrl, settings);
  if (spec.credential?.secret_ref !== undefined && settings.secrets?.areThere !== true) {
    const where = provider.at(['spec', 'credential', 'secret_ref']);
    const why = 'a Kubernetes Secret can be read by workers in a cluster only';
    throw invalid(`${where} provider ${id}: ${why}`, 'name a variable in credential_env to run it here');
  }
  return new Credential(spec.credential, service.keyVariables, env, settings.secrets);
}

/**
 * Where the key is looked up. A bundle from elsewhere chooses the address that a key goes to: it gets the variables that
 * are open to bundles, the service's usual ones for the service itself only, and neither files nor Secrets. Throws `invalid_input`.
 */
function keySource(
  provider: ProviderDocument,
  service: KeyedService,
  baseUrl: URL,
  { env, openToBundle }: CallSettings,
): BundleEnvironment {
  if (openToBundle === undefined) return (name) => (Object.hasOwn(env, name) ? env[name] : undefined);
  const { credential_file: file, credential_env: variable, secret_ref: secret } = provider.spec.credential ?? {};
  const isOwn = baseUrl.origin === new URL(service.baseUrl).origin;
  const read: BundleEnvironment = (name) =>
    openToBundle(name) ?? (isOwn && service.keyVariables.includes(name) ? env[name] : undefined);
  const refuse = (member: string, why: string, hint: string): ArenaError =>
    invalid(`${provider.at(['spec', 'credential', member])} provider ${provider.id}: ${why}`, hint);
  if (file !== undefined) {
    const why = 'key files are not read for bundles from elsewhere';
    throw refuse('credential_file', why, 'name a variable in credential_env, open to bundles by ARENA_BUNDLE_ENV');
  }
  if (secret !== undefined) {
    const why = 'Kubernetes Secrets are not read for bundles from elsewhere';
    const hint = 'make a Provider object that names the Secret, or name a variable in credential_env';
    throw refuse('secret_ref', why, hint);
  }
  if (variable !== undefined && read(variable) === undefined) {
    const why = `the variable ${variable} is not set, or not open to bundles from elsewhere`;
    throw refuse('credential_env', why, 'name it in ARENA_BUNDLE_ENV at the workers');
  }
  return read;
}

function durationMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDurationMs(text);
}

function readBaseUrl(provider: ProviderDocument, usual: string): URL {
  const { id, spec } = provider;
  const where = provider.at(['spec', 'base_url']);
  const url = parseUrl(spec.base_url ?? usual);
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw invalid(`${where} provider ${id}: base_url is not an http or https address`, `write it like ${usual}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(`${where} provider ${id}: base_url holds a user or password`, 'use credential or headers instead');
  }
  return url;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/**
 * What `additional_config` adds to each request, as it stands, without what `unsupported_params` names. Throws
 * `invalid_input` for members that the request sets itself.
 */
export function extraMembers(provider: ProviderDocument, reserved: ReadonlySet<string>): { [name: string]: JsonValue } {
  const extra: { [name: string]: JsonValue } = {};
  const removed = new Set(provider.spec.unsupported_params);
  for (const [name, value] of Object.entries(provider.spec.additional_config ?? {})) {
    if (reserved.has(name)) {
      const where = provider.at(['spec', 'additional_config', name]);
      throw invalid(`${where} provider ${provider.id}: additional_config must not set ${name}`, 'remove it');
    }
    if (!NOT_SENT.has(name) && !removed.has(name)) extra[name] = value;
  }
  return extra;
}

export function invalid(message: string, hint: string): ArenaError {
  return new ArenaError({ code: 'invalid_input', message, hint });
}
