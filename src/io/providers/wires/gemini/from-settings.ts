import type { JsonValue } from '../../../../core/conversation.js';
import { extraMembers, invalid, type ProviderDocument, type ProviderSettings } from '../../provider-settings.js';
import { isRecord, type Wire } from '../wire.js';
import { GeminiWire } from './gemini.js';
import type { GeminiRequestSettings } from './request.js';

/** Members of a request that `additional_config` may not set. */
const RESERVED = new Set([
  'model',
  'contents',
  'systemInstruction',
  'system_instruction',
  'tools',
  'toolConfig',
  'tool_config',
]);

/** Members of `generationConfig` that may stand in `additional_config` by themselves, in either spelling. */
const GENERATION = new Map(
  [
    'temperature',
    'topP',
    'topK',
    'candidateCount',
    'maxOutputTokens',
    'seed',
    'presencePenalty',
    'frequencyPenalty',
    'stopSequences',
    'responseMimeType',
    'responseSchema',
    'responseJsonSchema',
    'responseModalities',
    'responseLogprobs',
    'logprobs',
    'mediaResolution',
    'speechConfig',
    'thinkingConfig',
    'imageConfig',
    'enableAffectiveDialog',
    'enableEnhancedCivicAnswers',
    'audioTimestamp',
    'modelSelectionConfig',
    'routingConfig',
  ].flatMap((name) => [
    [name, name],
    [snakeCase(name), name],
  ]),
);

/** Calls go to `/v1beta/models/…` below the base URL, which may name the version itself. */
export function gemini(provider: ProviderDocument, settings: ProviderSettings): Wire {
  const { baseUrl, model } = settings;
  const base = baseUrl.pathname.replace(/\/+$/, '');
  const folder = /\/v\d+(alpha|beta)?\d*$/.test(base) ? base : `${base}/v1beta`;
  // Tuned models come with the name of their own folder.
  const name = (model.includes('/') ? model : `models/${model}`).split('/').map(encodeURIComponent).join('/');
  const { search } = baseUrl;
  const paths = {
    document: `${folder}/${name}:generateContent${search}`,
    stream: `${folder}/${name}:streamGenerateContent${search === '' ? '?' : `${search}&`}alt=sse`,
  };
  return new GeminiWire({ paths }, geminiRequestSettings(provider, model));
}

/** What the provider file says of its requests, wherever the model is hosted. Throws `invalid_input`. */
export function geminiRequestSettings(provider: ProviderDocument, model: string): GeminiRequestSettings {
  const extra: { [name: string]: JsonValue } = {};
  const generation: { [name: string]: JsonValue } = {};
  for (const [name, value] of Object.entries(extraMembers(provider, RESERVED))) {
    const known = GENERATION.get(name);
    if (known !== undefined) generation[known] = value;
    else if (name === 'generationConfig' || name === 'generation_config') addMembers(provider, name, value, generation);
    else extra[name] = value;
  }
  return { extra, generation, mediaInResults: !/gemini-[12](\D|$)/.test(model) };
}

function addMembers(
  provider: ProviderDocument,
  name: string,
  value: JsonValue,
  generation: { [name: string]: JsonValue },
): void {
  if (!isObject(value)) {
    const where = provider.at(['spec', 'additional_config', name]);
    throw invalid(`${where} provider ${provider.id}: ${name} is no object`, 'write its members below it');
  }
  for (const [member, setting] of Object.entries(value)) generation[GENERATION.get(member) ?? member] = setting;
}

function isObject(value: JsonValue): value is { [name: string]: JsonValue } {
  return isRecord(value);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
