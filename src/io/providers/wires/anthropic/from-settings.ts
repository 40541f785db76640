import { extraMembers, invalid, type ProviderDocument, type ProviderSettings } from '../../provider-settings.js';
import { isRecord, type Wire } from '../wire.js';
import { AnthropicWire } from './anthropic.js';
import type { AnthropicRequestSettings } from './request.js';

/** Members of a request that `additional_config` may not set. */
const RESERVED = new Set(['model', 'anthropic_version', 'messages', 'system', 'tools', 'tool_choice', 'stream']);

/** The version that still knows temperature and its kind, which bundles set; a header of the provider file beats it. */
const VERSION = ['anthropic-version', '2023-06-01'];

/** Calls go to `/v1/messages` below the base URL, which may name the version itself. */
export function anthropic(provider: ProviderDocument, settings: ProviderSettings): Wire {
  const { baseUrl, model } = settings;
  const base = baseUrl.pathname.replace(/\/+$/, '');
  const path = `${/\/v\d+$/.test(base) ? base : `${base}/v1`}/messages${baseUrl.search}`;
  const isGiven = Object.keys(provider.spec.headers ?? {}).some((name) => name.toLowerCase() === VERSION[0]);
  return new AnthropicWire(
    { paths: { document: path, stream: path }, headers: isGiven ? [] : VERSION, framing: 'sse' },
    { ...anthropicRequestSettings(provider, model), head: { model }, saysStream: true },
  );
}

/** What the provider file says of its requests, wherever the model is hosted. Throws `invalid_input`. */
export function anthropicRequestSettings(
  provider: ProviderDocument,
  model: string,
): Omit<AnthropicRequestSettings, 'head' | 'saysStream'> {
  const extra = extraMembers(provider, RESERVED);
  const { thinking } = extra;
  const budget = isRecord(thinking) && typeof thinking.budget_tokens === 'number' ? thinking.budget_tokens : 0;
  return { maxTokens: usualMaxTokens(model) + budget, extra, ...caching(provider) };
}

/** Models from the fifth generation on think as they see fit, and their thoughts count as tokens of the answer. */
function usualMaxTokens(model: string): number {
  return /claude-[a-z]+-([5-9]|\d\d)(?!\d)/.test(model) ? 16_384 : 4096;
}

const CACHING_KEYS = new Set(['enabled', 'ttl']);

/** `defaults.prompt_caching`: true, false, or how. */
function caching(provider: ProviderDocument): Pick<AnthropicRequestSettings, 'cachesPrompts' | 'cacheTtl'> {
  const given = provider.spec.defaults?.prompt_caching;
  if (given === undefined || given === null || typeof given === 'boolean') {
    return { cachesPrompts: given === true, cacheTtl: undefined };
  }
  if (isRecord(given) && Object.keys(given).every((name) => CACHING_KEYS.has(name))) {
    const { enabled = true, ttl } = given;
    const isTtl = ttl === undefined || ttl === '5m' || ttl === '1h';
    if (typeof enabled === 'boolean' && isTtl) return { cachesPrompts: enabled, cacheTtl: ttl };
  }
  const where = provider.at(['spec', 'defaults', 'prompt_caching']);
  const message = `${where} provider ${provider.id}: prompt_caching says nothing that is understood`;
  throw invalid(message, 'write true, or {enabled: true, ttl: 5m}; ttl is 5m or 1h');
}
