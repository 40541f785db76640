import { flat, type Price, type PriceList } from './price-list.js';

/** The one model whose long requests cost more. */
const HAIKU_5_5: Price = { rates: [0.1, 0.01, 0.5], above: { tokens: 100_000, rates: [0.5, 0.05, 2.5] } };

/** Anthropic's list prices; the cached price is that of reading. Source: the vendor's price list, as of October 2026. */
export const ANTHROPIC_PRICES: PriceList = {
  origin: 'https://api.anthropic.com',
  // `claude-sonnet-4-20250514` and `claude-3-7-sonnet-latest`, and the alias `claude-opus-4-0`.
  suffix: /-(\d{8}|latest|0)$/,
  families: new Map([
    ...flat({
      'claude-fable-5-1': [10, 0.25, 50],
      'claude-mythos-5-1': [10, 0.25, 50],
      'claude-fable-5': [10, 1, 50],
      'claude-mythos-5': [10, 1, 50],
      'claude-opus-5-5': [4, 0.2, 20],
      'claude-opus-5': [5, 0.5, 25],
      'claude-opus-4-8': [5, 0.5, 25],
      'claude-opus-4-7': [5, 0.5, 25],
      'claude-opus-4-6': [5, 0.5, 25],
      'claude-opus-4-5': [5, 0.5, 25],
      'claude-opus-4-1': [15, 1.5, 75],
      'claude-opus-4': [15, 1.5, 75],
      'claude-3-opus': [15, 1.5, 75],
      'claude-sonnet-5-5': [2, 0.1, 10],
      'claude-sonnet-5': [2, 0.2, 10],
      'claude-sonnet-4-6': [3, 0.3, 15],
      'claude-sonnet-4-5': [3, 0.3, 15],
      'claude-sonnet-4': [3, 0.3, 15],
      'claude-3-7-sonnet': [3, 0.3, 15],
      'claude-3-5-sonnet': [3, 0.3, 15],
      'claude-3-sonnet': [3, 0.3, 15],
      'claude-haiku-4-5': [1, 0.1, 5],
      'claude-3-5-haiku': [0.8, 0.08, 4],
      'claude-3-haiku': [0.25, 0.03, 1.25],
    }),
    ['claude-haiku-5-5', HAIKU_5_5],
  ]),
};
