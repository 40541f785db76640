import type { JsonValue } from '../../../../core/conversation.js';
import { extraMembers, type ProviderDocument } from '../../provider-settings.js';
import { isRecord, type Wire } from '../wire.js';
import { BedrockConverseWire } from './bedrock-converse.js';

/** Members of a request that `additional_config` may not set. */
const RESERVED = new Set(['modelId', 'messages', 'system', 'toolConfig', 'inferenceConfig', 'outputConfig']);

/** Members of the service itself; everything else is the model's own. */
const OF_SERVICE = new Set([
  'additionalModelResponseFieldPaths',
  'guardrailConfig',
  'performanceConfig',
  'promptVariables',
  'requestMetadata',
  'serviceTier',
]);

/**
 * @param model Id of the model as Bedrock knows it.
 * @param modelPath Its path below the origin.
 */
export function bedrockConverse(provider: ProviderDocument, model: string, modelPath: string): Wire {
  const { additionalModelRequestFields: fields, ...rest } = extraMembers(provider, RESERVED);
  const extra: { [name: string]: JsonValue } = {};
  const modelFields: { [name: string]: JsonValue } =
    typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? { ...fields } : {};
  for (const [name, value] of Object.entries(rest)) (OF_SERVICE.has(name) ? extra : modelFields)[name] = value;
  return new BedrockConverseWire(modelPath, {
    marksErrors: /claude|nova/.test(model),
    cachesPrompts: cachesPrompts(provider.spec.defaults?.prompt_caching),
    extra,
    modelFields,
  });
}

/** `defaults.prompt_caching`: true, false, or how; the service has no more than one way. */
function cachesPrompts(given: JsonValue | undefined): boolean {
  return isRecord(given) ? given.enabled !== false : given === true;
}
