/** The services that can be called, by the type in a provider file. */
import type { KeyedService, ProviderDocument, ProviderSettings } from './provider-settings.js';
import { anthropic } from './wires/anthropic/from-settings.js';
import { gemini } from './wires/gemini/from-settings.js';
import { ollama } from './wires/ollama/from-settings.js';
import { openAi } from './wires/openai-responses/from-settings.js';
import type { Wire } from './wires/wire.js';

export interface Service extends KeyedService {
  /** The header that carries the key, in lower case. */
  keyHeader: { name: string; prefix?: string };
  /** Throws an `ArenaError` for what the service cannot be asked. */
  wire(provider: ProviderDocument, settings: ProviderSettings): Wire;
}

const BEARER = { name: 'authorization', prefix: 'Bearer ' };

export const services: ReadonlyMap<string, Service> = new Map<string, Service>([
  [
    'openai',
    {
      baseUrl: 'https://api.openai.com/v1',
      keyVariables: ['OPENAI_API_KEY', 'OPENAI_TOKEN'],
      keyHeader: BEARER,
      wire: openAi,
    },
  ],
  [
    'claude',
    {
      baseUrl: 'https://api.anthropic.com',
      keyVariables: ['ANTHROPIC_API_KEY', 'CLAUDE_API_KEY'],
      keyHeader: { name: 'x-api-key' },
      wire: anthropic,
    },
  ],
  [
    'gemini',
    {
      baseUrl: 'https://generativelanguage.googleapis.com',
      keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
      keyHeader: { name: 'x-goog-api-key' },
      wire: gemini,
    },
  ],
  ['ollama', { baseUrl: 'http://localhost:11434', keyVariables: ['OLLAMA_API_KEY'], keyHeader: BEARER, wire: ollama }],
  ['vllm', { baseUrl: 'http://localhost:8000/v1', keyVariables: ['VLLM_API_KEY'], keyHeader: BEARER, wire: openAi }],
]);
