import { flat, type Price, type PriceList, type Rates } from './price-list.js';

const above = (tokens: number, rates: Rates, long: Rates): Price => ({ rates, above: { tokens, rates: long } });

const PRO_3 = above(200_000, [2, 0.2, 12], [4, 0.4, 18]);

/**
 * Google's list prices of text, images and video; audio costs more with some models, which is not counted.
 * Source: the vendor's price list of the Gemini Developer API.
 */
export const GEMINI_PRICES: PriceList = {
  origin: 'https://generativelanguage.googleapis.com',
  // `gemini-2.0-flash-001`, `gemini-2.5-flash-preview-09-2025`, `gemini-1.5-pro-latest`.
  suffix: /-(\d{3}|latest|preview(-[\d-]+)?)$/,
  families: new Map([
    ...flat({
      'gemini-3.5-flash': [1.5, 0.15, 9],
      'gemini-3-flash': [0.5, 0.05, 3],
      'gemini-3.1-flash-lite': [0.25, 0.025, 1.5],
      'gemini-2.5-flash': [0.3, 0.03, 2.5],
      'gemini-2.5-flash-lite': [0.1, 0.01, 0.4],
      'gemini-2.0-flash': [0.1, 0.025, 0.4],
      'gemini-2.0-flash-lite': [0.075, 0.075, 0.3],
    }),
    ['gemini-3.1-pro', PRO_3],
    ['gemini-3-pro', PRO_3],
    ['gemini-2.5-pro', above(200_000, [1.25, 0.125, 10], [2.5, 0.25, 15])],
    ['gemini-1.5-pro', above(128_000, [1.25, 0.3125, 5], [2.5, 0.625, 10])],
    ['gemini-1.5-flash', above(128_000, [0.075, 0.01875, 0.3], [0.15, 0.0375, 0.6])],
    ['gemini-1.5-flash-8b', above(128_000, [0.0375, 0.01, 0.15], [0.075, 0.02, 0.3])],
  ]),
};
