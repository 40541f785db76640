/** Checks on what was said: of a turn, of a conversation, of a replayed recording. */
import { z } from 'zod';
import { jsonObject } from './json-value.js';

const when = z
  .strictObject({
    tool_called: z.string().optional().describe('A tool of this name was called.'),
    tool_called_pattern: z.string().optional().describe('A tool whose name matches this RE2 pattern was called.'),
    any_tool_called: z.boolean().optional().describe('Any tool was called.'),
    min_tool_calls: z.int().min(0).optional().describe('At least so many tool calls were made.'),
  })
  .describe('Conditions that must all hold, else the check is skipped.');

export const assertionSchema = z
  .strictObject({
    type: z.string().min(1).describe('Name of the check, e.g. content_includes, tools_called, json_schema.'),
    params: jsonObject
      .optional()
      .describe('What the check needs. `min_score` (0..1, default 1) and `max_score` bound the score of any check.'),
    message: z.string().optional().describe('The author’s own words for what is expected; shown in reports.'),
    when: when.optional(),
    pass_threshold: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('Share of trials in which the check must pass, 0..1. Default: every one.'),
  })
  .describe('A check.');

export type AssertionSpec = z.infer<typeof assertionSchema>;
