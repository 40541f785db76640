/** What a call cost, in US dollars. */
import type { Usage } from '../../core/conversation.js';
import type { ProviderSpec } from '../../schema/provider.js';

/** US dollars for a million tokens. */
type Rates = [input: number, cached: number, output: number];

/** OpenAI's list prices; dated snapshots cost what their family costs. Source: the vendor's price list. */
const OPENAI_RATES: readonly (readonly [family: string, rates: Rates])[] = [
  ['gpt-5', [1.25, 0.125, 10]],
  ['gpt-5-mini', [0.25, 0.025, 2]],
  ['gpt-5-nano', [0.05, 0.005, 0.4]],
  ['gpt-5-chat', [1.25, 0.125, 10]],
  ['gpt-5.1', [1.25, 0.125, 10]],
  ['gpt-4.1', [2, 0.5, 8]],
  ['gpt-4.1-mini', [0.4, 0.1, 1.6]],
  ['gpt-4.1-nano', [0.1, 0.025, 0.4]],
  ['gpt-4o', [2.5, 1.25, 10]],
  ['gpt-4o-mini', [0.15, 0.075, 0.6]],
  ['gpt-4-turbo', [10, 10, 30]],
  ['gpt-4', [30, 30, 60]],
  ['gpt-3.5-turbo', [0.5, 0.5, 1.5]],
  ['o1', [15, 7.5, 60]],
  ['o1-mini', [1.1, 0.55, 4.4]],
  ['o3', [2, 0.5, 8]],
  ['o3-mini', [1.1, 0.55, 4.4]],
  ['o4-mini', [1.1, 0.275, 4.4]],
];

const byFamily = new Map(OPENAI_RATES);

/** `gpt-4o-2024-08-06` and `gpt-4o-latest` belong to `gpt-4o`. */
const SNAPSHOT = /-(\d{4}-\d{2}-\d{2}|\d{4}|latest)$/;

/**
 * Cost of one call: the provider file's prices, else OpenAI's list. Cached tokens are part of the input tokens and cost
 * their own price, or the input's where none is given. Undefined when a price or a count is not known.
 */
export function costUsd(spec: ProviderSpec, model: string, usage: Usage | undefined): number | undefined {
  const rates = ratesOf(spec, model);
  if (rates === undefined || usage?.inputTokens === undefined || usage.outputTokens === undefined) return undefined;
  const cached = Math.min(usage.cachedTokens ?? 0, usage.inputTokens);
  const [input, cachedInput, output] = rates;
  return ((usage.inputTokens - cached) * input + cached * cachedInput + usage.outputTokens * output) / 1_000_000;
}

function ratesOf({ type, pricing, base_url: baseUrl }: ProviderSpec, model: string): Rates | undefined {
  const { input_cost_per_1k: input, output_cost_per_1k: output, cached_cost_per_1k: cached } = pricing ?? {};
  if (input !== undefined && output !== undefined) {
    return [input * 1000, (cached ?? input) * 1000, output * 1000];
  }
  // Another service may ask any price for a model of the same name.
  if (type !== 'openai' || (baseUrl !== undefined && !baseUrl.startsWith('https://api.openai.com'))) return undefined;
  return byFamily.get(model) ?? byFamily.get(model.replace(SNAPSHOT, ''));
}
