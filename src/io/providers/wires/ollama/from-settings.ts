import type { JsonValue } from '../../../../core/conversation.js';
import { extraMembers, invalid, type ProviderDocument, type ProviderSettings } from '../../provider-settings.js';
import { openAi } from '../openai-responses/from-settings.js';
import type { Wire } from '../wire.js';
import { OllamaWire } from './ollama.js';

/** Members of a request that `additional_config` may not set. */
const RESERVED = new Set(['model', 'messages', 'tools', 'stream']);

/** Entries of `additional_config` that stand beside the model; all others are options of the model. */
const TOP = new Set(['keep_alive', 'format', 'think', 'truncate', 'shift', 'logprobs', 'top_logprobs']);

/** Calls go to `/api/chat` below the base URL. One that ends in `/v1` means Ollama's copy of OpenAI's protocol. */
export function ollama(provider: ProviderDocument, settings: ProviderSettings): Wire {
  const { model, baseUrl } = settings;
  const base = baseUrl.pathname.replace(/(\/api)?\/*$/, '');
  if (base.endsWith('/v1')) return openAi(provider, settings);
  if (provider.spec.additional_config?.api_mode !== undefined) {
    const where = provider.at(['spec', 'additional_config', 'api_mode']);
    const hint = 'end base_url in /v1 for OpenAI’s protocol, or remove api_mode';
    throw invalid(`${where} provider ${provider.id}: Ollama’s own protocol knows no api_mode`, hint);
  }
  const { options: given = {}, ...rest } = extraMembers(provider, RESERVED);
  const members = Object.entries(rest);
  const top = Object.fromEntries(members.filter(([name]) => TOP.has(name)));
  const others = Object.fromEntries(members.filter(([name]) => !TOP.has(name)));
  const options = { ...optionsOf(provider, given), ...others };
  return new OllamaWire(`${base}/api/chat${baseUrl.search}`, { model, top, options });
}

function optionsOf(provider: ProviderDocument, value: JsonValue): { [name: string]: JsonValue } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const where = provider.at(['spec', 'additional_config', 'options']);
  throw invalid(`${where} provider ${provider.id}: options of Ollama are no map`, 'write names and values');
}
