import type { ProviderSpec } from '../../../schema/provider.js';

/** Variables that usually hold the key of a provider that a cloud hosts. */
export function platformKeyVariables({ type, platform }: Pick<ProviderSpec, 'type' | 'platform'>): readonly string[] {
  if (platform?.type === 'bedrock') return ['AWS_BEARER_TOKEN_BEDROCK'];
  if (platform?.type === 'azure') return [type === 'claude' ? 'ANTHROPIC_FOUNDRY_API_KEY' : 'AZURE_OPENAI_API_KEY'];
  return [];
}
