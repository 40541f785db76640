/** Which provider embeds, by the name that a context policy gives it. */
import type { Bundle } from './bundle.js';

/** Types whose service embeds texts without any document, with its usual address and key. */
const EMBEDDING_TYPES: ReadonlySet<string> = new Set(['openai', 'ollama', 'vllm', 'mock']);

/**
 * A provider of that id, else the first provider of embeddings of that type, else the type itself where its usual
 * service can be asked. Undefined when nobody can.
 */
export function embeddingProvider({ providers }: Pick<Bundle, 'providers'>, name: string | undefined) {
  if (name === undefined) return undefined;
  const own = providers.get(name);
  if (own !== undefined) return EMBEDDING_TYPES.has(own.spec.type) ? name : undefined;
  const ofType = [...providers.values()].find(({ spec }) => spec.role === 'embedding' && spec.type === name);
  if (ofType !== undefined) return EMBEDDING_TYPES.has(name) ? ofType.id : undefined;
  return EMBEDDING_TYPES.has(name) ? name : undefined;
}
