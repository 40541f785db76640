import { flat, type PriceList } from './price-list.js';

/** Input beyond which everything costs more. */
const LONG = 272_000;

/** OpenAI's list prices; dated snapshots cost what their family costs. Source: the vendor's price list. */
export const OPENAI_PRICES: PriceList = {
  origin: 'https://api.openai.com',
  // `gpt-4o-2024-08-06` and `gpt-4o-latest` belong to `gpt-4o`.
  suffix: /-(\d{4}-\d{2}-\d{2}|\d{4}|latest)$/,
  families: new Map([
    ...flat({
      'gpt-5': [1.25, 0.125, 10],
      'gpt-5-mini': [0.25, 0.025, 2],
      'gpt-5-nano': [0.05, 0.005, 0.4],
      'gpt-5-chat': [1.25, 0.125, 10],
      'gpt-5-pro': [15, 15, 120],
      'gpt-5.1': [1.25, 0.125, 10],
      'gpt-5.2': [1.75, 0.175, 14],
      'gpt-5.2-pro': [21, 21, 168],
      'gpt-5.4-mini': [0.75, 0.075, 4.5],
      'gpt-4.1': [2, 0.5, 8],
      'gpt-4.1-mini': [0.4, 0.1, 1.6],
      'gpt-4.1-nano': [0.1, 0.025, 0.4],
      'gpt-4o': [2.5, 1.25, 10],
      'gpt-4o-mini': [0.15, 0.075, 0.6],
      'gpt-4-turbo': [10, 10, 30],
      'gpt-4': [30, 30, 60],
      'gpt-3.5-turbo': [0.5, 0.5, 1.5],
      o1: [15, 7.5, 60],
      'o1-pro': [150, 150, 600],
      'o1-mini': [1.1, 0.55, 4.4],
      o3: [2, 0.5, 8],
      'o3-pro': [20, 20, 80],
      'o3-mini': [1.1, 0.55, 4.4],
      'o4-mini': [1.1, 0.275, 4.4],
    }),
    ['gpt-5.4', { rates: [2.5, 0.25, 15], above: { tokens: LONG, rates: [5, 0.5, 22.5] } }],
    ['gpt-5.5', { rates: [5, 0.5, 30], above: { tokens: LONG, rates: [10, 1, 45] } }],
  ]),
};
