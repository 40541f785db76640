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

export const cached = z
  .object({
    calls: count.describe('Calls that were not made.'),
    usage: usage.describe('Tokens that they used when they were made.'),
    savedUsd: usd.optional().describe('US dollars that they cost then; missing when any part is unknown.'),
  })
  .describe('What came from the cache of answers; no other sum holds any of it. Absent = nothing.');
