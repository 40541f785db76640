/** What a model may keep between turns. */
import { z } from 'zod';
import { jsonObject } from './json-value.js';

export const memorySchema = z
  .object({ enabled: z.boolean().optional().describe('Whether models get memory tools. Default: true.') })
  .describe('Memory tools; every conversation has a memory of its own.');

export const seedMemorySchema = z
  .object({
    content: z.string().min(1).describe('What is remembered.'),
    type: z.string().min(1).optional().describe('Kind of memory, e.g. fact or preference. Default: fact.'),
    confidence: z.number().min(0).max(1).optional().describe('How sure it is, 0..1. Default: 1.'),
    metadata: jsonObject.optional().describe('Further facts about it; recalled and searched as well.'),
  })
  .describe('A memory that is there from the start.');

export type SeedMemorySpec = z.infer<typeof seedMemorySchema>;
