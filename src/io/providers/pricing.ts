/** What a call cost, in US dollars. */
import type { ProviderSpec } from '../../schema/provider.js';
import { ANTHROPIC_PRICES } from './prices/anthropic.js';
import { GEMINI_PRICES } from './prices/gemini.js';
import { OPENAI_PRICES } from './prices/openai.js';
import { listRates, type PriceList } from './prices/price-list.js';
import type { WireUsage } from './wires/wire.js';

const lists: ReadonlyMap<string, PriceList> = new Map([
  ['openai', OPENAI_PRICES],
  ['claude', ANTHROPIC_PRICES],
  ['gemini', GEMINI_PRICES],
]);

/**
 * Cost of one call: the provider file's prices, else the vendor's list. Cached tokens are part of the input tokens and
 * cost their own price, or the input's where none is given. Undefined when a price or a count is not known.
 */
export function costUsd(spec: ProviderSpec, model: string, usage: WireUsage | undefined): number | undefined {
  if (usage?.inputTokens === undefined || usage.outputTokens === undefined) return undefined;
  const { inputTokens, outputTokens, cachedTokens = 0, surchargeTokens = 0 } = usage;
  const cached = Math.min(cachedTokens, inputTokens);
  const own = ownRates(spec);
  const rates = own ?? ratesOfVendor(spec, model, inputTokens);
  if (rates === undefined) return undefined;
  const [input, cachedInput, output] = rates;
  // A provider file has no price for it.
  const surcharge = own === undefined ? surchargeTokens : 0;
  return ((inputTokens - cached + surcharge) * input + cached * cachedInput + outputTokens * output) / 1_000_000;
}

/** Whether it is known before a call what its answer will cost. Agents do not tell; mock and replay have prices of their own. */
export function isPriced(spec: ProviderSpec): boolean {
  if (spec.type === 'mock' || spec.type === 'replay') return true;
  return costUsd(spec, spec.model ?? '', { inputTokens: 1, outputTokens: 1 }) !== undefined;
}

function ownRates({ pricing }: ProviderSpec): readonly [number, number, number] | undefined {
  const { input_cost_per_1k: input, output_cost_per_1k: output, cached_cost_per_1k: cached } = pricing ?? {};
  if (input === undefined || output === undefined) return undefined;
  return [input * 1000, (cached ?? input) * 1000, output * 1000];
}

function ratesOfVendor({ type, base_url: baseUrl, platform }: ProviderSpec, model: string, inputTokens: number) {
  const list = lists.get(type);
  if (list === undefined || platform !== undefined) return undefined;
  if (baseUrl !== undefined && !isAt(baseUrl, list.origin)) return undefined;
  return listRates(list, model, inputTokens);
}

function isAt(address: string, origin: string): boolean {
  return address === origin || address.startsWith(`${origin}/`);
}
