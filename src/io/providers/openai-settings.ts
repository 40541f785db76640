/** From a provider file to what its calls need. Everything that cannot be done is refused here, before any call. */
import type { JsonValue } from '../../core/conversation.js';
import { parseDurationMs } from '../../core/duration.js';
import { ArenaError } from '../../core/errors.js';
import type { ProviderSpec } from '../../schema/provider.js';
import type { BundleEnvironment } from '../bundle-environment.js';
import { Credential, type Environment } from './credential.js';
import type { OpenAiProviderOptions } from './openai.js';

const OPENAI_URL = 'https://api.openai.com/v1';

interface Service {
  baseUrl: string;
  keyVariable?: string;
}

/** Where each type is found when its file names no address, and which variable usually holds its key. */
const SERVICES: { [type: string]: Service } = {
  openai: { baseUrl: OPENAI_URL, keyVariable: 'OPENAI_API_KEY' },
  ollama: { baseUrl: 'http://localhost:11434/v1' },
  vllm: { baseUrl: 'http://localhost:8000/v1', keyVariable: 'VLLM_API_KEY' },
};

/** Types that speak OpenAI's protocol. */
export const openAiTypes: readonly string[] = Object.keys(SERVICES);

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_IDLE_TIMEOUT_MS = 30_000;

/** Entries of `additional_config` that mean something to other types, or to us. */
const NOT_SENT = new Set(['api_mode', 'mock_config', 'recording']);

/** Members of a request that `additional_config` may not set. */
const RESERVED = new Set(['model', 'messages', 'tools', 'tool_choice', 'stream', 'stream_options', 'n']);

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
  /** Time limit of the job, which beats that of the provider file, in milliseconds. */
  jobTimeoutMs: number | undefined;
  /** Time limit of the Arena file, where the provider file has none, in milliseconds. */
  arenaTimeoutMs: number | undefined;
}

/** Throws `unsupported` or `invalid_input` for what this version cannot do. */
export function openAiOptions(provider: ProviderDocument, settings: CallSettings): OpenAiProviderOptions {
  const { id, spec } = provider;
  const { model } = spec;
  if (model === undefined || model === '') {
    throw invalid(`${provider.at(['spec'])} provider ${id} names no model`, 'add spec.model');
  }
  if (spec.platform !== undefined) {
    throw unsupported(
      `${provider.at(['spec', 'platform'])} provider ${id}: platform ${spec.platform.type} is not supported`,
    );
  }
  const service = SERVICES[spec.type] ?? { baseUrl: OPENAI_URL };
  const baseUrl = readBaseUrl(provider, service.baseUrl);
  const official = baseUrl.hostname === 'api.openai.com';
  return {
    id,
    spec,
    baseUrl,
    credential: new Credential(spec.credential, service.keyVariable, keySource(provider, service, baseUrl, settings)),
    keyRequired: official,
    chat: {
      model,
      maxTokensMember: official && isNewerModel(model) ? 'max_completion_tokens' : 'max_tokens',
      unsupported: new Set(spec.unsupported_params ?? []),
      extra: readExtra(provider),
    },
    timeoutMs:
      settings.jobTimeoutMs ?? durationMs(spec.request_timeout) ?? settings.arenaTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    idleTimeoutMs: durationMs(spec.stream_idle_timeout) ?? DEFAULT_IDLE_TIMEOUT_MS,
  };
}

/**
 * Where the key is looked up. A bundle from elsewhere chooses the address that a key goes to: it gets the variables that
 * are open to bundles, the service's usual one for the service itself only, and no file. Throws `invalid_input`.
 */
function keySource(
  provider: ProviderDocument,
  service: Service,
  baseUrl: URL,
  { env, openToBundle }: CallSettings,
): BundleEnvironment {
  if (openToBundle === undefined) return (name) => (Object.hasOwn(env, name) ? env[name] : undefined);
  const { credential_file: file, credential_env: variable } = provider.spec.credential ?? {};
  const isOwn = baseUrl.origin === new URL(service.baseUrl).origin;
  const read: BundleEnvironment = (name) =>
    openToBundle(name) ?? (isOwn && name === service.keyVariable ? env[name] : undefined);
  const refuse = (member: string, why: string, hint: string): ArenaError =>
    invalid(`${provider.at(['spec', 'credential', member])} provider ${provider.id}: ${why}`, hint);
  if (file !== undefined) {
    const why = 'key files are not read for bundles from elsewhere';
    throw refuse('credential_file', why, 'name a variable in credential_env, open to bundles by ARENA_BUNDLE_ENV');
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

/** The o-series and everything from gpt-5 on refuse `max_tokens`. */
function isNewerModel(model: string): boolean {
  return /^(o\d|gpt-([5-9]|\d\d))/.test(model);
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
  // Bundles name Ollama and vLLM by host alone; both serve this protocol below /v1.
  if (spec.type !== 'openai' && url.pathname === '/') url.pathname = '/v1';
  return url;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function readExtra(provider: ProviderDocument): { [name: string]: JsonValue } {
  const { id, spec } = provider;
  const extra: { [name: string]: JsonValue } = {};
  for (const [name, value] of Object.entries(spec.additional_config ?? {})) {
    const where = provider.at(['spec', 'additional_config', name]);
    if (name === 'api_mode' && value === 'responses') {
      throw unsupported(`${where} provider ${id}: the Responses API is not supported`);
    }
    if (RESERVED.has(name)) {
      throw invalid(`${where} provider ${id}: additional_config must not set ${name}`, 'remove it');
    }
    if (!NOT_SENT.has(name)) extra[name] = value;
  }
  return extra;
}

function unsupported(message: string): ArenaError {
  const hint = 'leave the provider out (--provider), or run with --mock-provider';
  return new ArenaError({ code: 'unsupported', message, hint });
}

function invalid(message: string, hint: string): ArenaError {
  return new ArenaError({ code: 'invalid_input', message, hint });
}
