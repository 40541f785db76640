import { extraMembers, type ProviderDocument, type ProviderSettings } from '../../provider-settings.js';
import type { Wire } from '../wire.js';
import { OpenAiChatWire } from './openai-chat.js';

/** Members of a request that `additional_config` may not set. */
const RESERVED = new Set(['model', 'messages', 'tools', 'tool_choice', 'stream', 'stream_options', 'n']);

/** Calls go to `/chat/completions` below the base URL; hosts of local servers alone mean their `/v1`. */
export function openAiChat(provider: ProviderDocument, settings: ProviderSettings): Wire {
  const { spec } = provider;
  const { model, official, baseUrl } = settings;
  const base = baseUrl.pathname.replace(/\/+$/, '');
  const folder = base === '' && spec.type !== 'openai' ? '/v1' : base;
  return new OpenAiChatWire(`${folder}/chat/completions${baseUrl.search}`, {
    model,
    maxTokensMember: official && isNewerModel(model) ? 'max_completion_tokens' : 'max_tokens',
    extra: extraMembers(provider, RESERVED),
  });
}

/** The o-series and everything from gpt-5 on refuse `max_tokens`. */
function isNewerModel(model: string): boolean {
  return /^(o\d|gpt-([5-9]|\d\d))/.test(model);
}
