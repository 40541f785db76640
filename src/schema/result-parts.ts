/** What the schemas of records and of summaries share. */
import { z } from 'zod';

export const count = z.int().min(0);
export const ms = z.number().min(0);
export const usd = z.number().min(0);
export const epochMs = z.int().describe('Milliseconds since the epoch.');
/** A share, 0 to 1. */
export const rate = z.number().min(0).max(1);

export const usage = z
  .object({
    inputTokens: count.optional().describe('Tokens sent, cached ones included.'),
    outputTokens: count.optional().describe('Tokens answered.'),
    cachedTokens: count.optional().describe('Tokens sent that the provider took from its cache.'),
  })
  .describe('Tokens used. A missing number is unknown, never zero.');
