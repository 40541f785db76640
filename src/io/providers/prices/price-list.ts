/** A vendor's list prices, by family of models. */

/** US dollars for a million tokens. */
export type Rates = readonly [input: number, cached: number, output: number];

/** `above`: what everything of a call costs whose input has more tokens than that. */
export interface Price {
  rates: Rates;
  above?: { tokens: number; rates: Rates };
}

export interface PriceList {
  /** The address where these prices hold: another service may ask any price for a model of the same name. */
  origin: string;
  families: ReadonlyMap<string, Price>;
  /** What a model's name may have after its family's: a date, a revision. */
  suffix: RegExp;
}

/** The families that cost a flat price. */
export function flat(families: { [family: string]: Rates }): [string, Price][] {
  return Object.entries(families).map(([family, rates]) => [family, { rates }]);
}

/** Undefined for a model that the list does not know. */
export function listRates({ families, suffix }: PriceList, model: string, inputTokens: number): Rates | undefined {
  const price = families.get(model) ?? families.get(model.replace(suffix, ''));
  if (price?.above === undefined) return price?.rates;
  return inputTokens > price.above.tokens ? price.above.rates : price.rates;
}
