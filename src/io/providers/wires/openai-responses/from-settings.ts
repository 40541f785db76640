import type { JsonValue } from '../../../../core/conversation.js';
import { extraMembers, invalid, type ProviderDocument, type ProviderSettings } from '../../provider-settings.js';
import { openAiChat } from '../openai-chat/from-settings.js';
import type { Wire } from '../wire.js';
import { OpenAiResponsesWire } from './openai-responses.js';

/** Members of a request that `additional_config` may not set; some of them would leave the conversation to the service. */
const RESERVED = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'stream',
  'stream_options',
  'background',
  'conversation',
  'previous_response_id',
]);

/** Models that OpenAI serves by this API alone; dated snapshots of them as well. */
const RESPONSES_ONLY = /^(o\d-pro|gpt-\d+(\.\d+)?-pro|o\d(-mini)?-deep-research|gpt-\d+(\.\d+)?-codex|codex-)/;

/** Models that reason; the others refuse to be asked for their reasoning. */
const REASONS = /^(o\d|codex-|gpt-([5-9]|\d\d)(?!.*-chat))/;

/** OpenAI's own protocols: chat completions, or the Responses API where the file or the model asks for it. */
export function openAi(provider: ProviderDocument, settings: ProviderSettings): Wire {
  const mode = provider.spec.additional_config?.api_mode;
  if (mode === 'responses') return openAiResponses(provider, settings);
  if (mode === 'completions') return openAiChat(provider, settings);
  if (mode !== undefined) {
    const where = provider.at(['spec', 'additional_config', 'api_mode']);
    throw invalid(`${where} provider ${provider.id}: there is no such api_mode`, 'write responses or completions');
  }
  const mustRespond = settings.official && RESPONSES_ONLY.test(settings.model);
  return mustRespond ? openAiResponses(provider, settings) : openAiChat(provider, settings);
}

/** Calls go to `/responses` below the base URL; hosts of local servers alone mean their `/v1`. */
function openAiResponses(provider: ProviderDocument, settings: ProviderSettings): Wire {
  const { model, baseUrl } = settings;
  const base = baseUrl.pathname.replace(/\/+$/, '');
  const folder = base === '' && provider.spec.type !== 'openai' ? '/v1' : base;
  const extra = withReasoning(extraMembers(provider, RESERVED), model);
  return new OpenAiResponsesWire(`${folder}/responses${baseUrl.search}`, { model, extra });
}

/** Two members of chat completions have another place here; and what a model has thought must be asked for. */
function withReasoning(extra: { [name: string]: JsonValue }, model: string): { [name: string]: JsonValue } {
  const { reasoning_effort: effort, verbosity, ...rest } = extra;
  const members = { ...rest };
  if (effort !== undefined) members.reasoning = { effort, ...asMap(rest.reasoning) };
  if (verbosity !== undefined) members.text = { verbosity, ...asMap(rest.text) };
  const reasons = REASONS.test(model) || members.reasoning !== undefined;
  return reasons ? { include: ['reasoning.encrypted_content'], ...members } : members;
}

function asMap(value: JsonValue | undefined): { [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
