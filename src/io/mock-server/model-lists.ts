/** The lists of models that each API gives. */
import type { IncomingHttpHeaders } from 'node:http';
import { CREATED, CREATED_ISO } from './reply.js';

/** The document for a GET of this path, or undefined when it lists no models. */
export function modelList(path: string, headers: IncomingHttpHeaders, models: readonly string[]): object | undefined {
  switch (path) {
    case '/v1/models':
    case '/models':
      // Two vendors share this address; one of them always names its version.
      return headers['anthropic-version'] === undefined ? openAiList(models) : anthropicList(models);
    case '/openai/v1/models':
      return openAiList(models);
    case '/v1beta/models':
      return { models: models.map(geminiModel) };
    case '/api/tags':
      return { models: models.map(ollamaModel) };
    default:
      return undefined;
  }
}

function openAiList(models: readonly string[]): object {
  const data = models.map((id) => ({ id, object: 'model', created: CREATED, owned_by: 'mock' }));
  return { object: 'list', data };
}

function anthropicList(models: readonly string[]): object {
  const data = models.map((id) => ({ type: 'model', id, display_name: id, created_at: CREATED_ISO }));
  return { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
}

function geminiModel(id: string): object {
  const supportedGenerationMethods = ['generateContent'];
  return { name: `models/${id}`, version: '001', displayName: id, supportedGenerationMethods };
}

function ollamaModel(id: string): object {
  const details = { format: 'gguf', family: 'mock', parameter_size: '0B', quantization_level: 'F16' };
  return { name: id, model: id, modified_at: CREATED_ISO, size: 0, digest: '', details };
}
