/** A record of a generated set: one line of its JSON Lines files, one entry of its JSON files. */
import { z } from 'zod';
import type { DataRecord } from '../core/datagen/data-record.js';
import { jsonValue } from './json-value.js';
import { usage, usd } from './result-parts.js';

const toolCall = z
  .object({
    id: z.string().describe('Id of the call within the conversation.'),
    type: z.literal('function').describe('Always function.'),
    function: z
      .object({
        name: z.string().describe('Name of the tool.'),
        arguments: z.string().describe('Arguments of the call, JSON as text.'),
      })
      .describe('What is called.'),
  })
  .describe('A tool that the assistant calls.');

const message = z
  .object({
    role: z.enum(['system', 'user', 'assistant', 'tool']).describe('Who speaks.'),
    content: z.string().describe('The text.'),
    tool_calls: z.array(toolCall).optional().describe('On messages of the assistant: the tools that it calls.'),
    tool_call_id: z.string().optional().describe('On messages of tools: the call that is answered.'),
  })
  .describe('One message, in the form that fine-tuning APIs read.');

const check = z
  .object({
    type: z.string().describe('As written in the bundle.'),
    passed: z.boolean().describe('Whether it held.'),
    score: z.number().optional().describe('0 to 1; missing when the check gives none.'),
  })
  .describe('A check of the conversation.');

const metadata = z.object({
  id: z
    .string()
    .describe('`scenario/provider/rN`: unique in the set, and the same in every run of the same bundle and job.'),
  scenario: z.string().describe('Id of the scenario.'),
  provider: z.string().describe('Id of the provider.'),
  persona: z.string().optional().describe('Id of the persona that played the user.'),
  seed: z.int().describe('Seed of all that varied in the conversation.'),
  usage,
  costUsd: usd.optional().describe('US dollars over all calls; missing when any part is unknown.'),
  verdict: z
    .enum(['passed', 'failed'])
    .describe('Whether its checks held; failed ones are kept with `keep: all` only.'),
  checks: z.array(check).describe('Checks of the conversation, in the order in which they were made.'),
});

export const dataRecordSchema = z
  .object({
    messages: z.array(message).describe('The conversation, the system message first.'),
    data: jsonValue
      .optional()
      .describe(
        'Only where the job asks for structured records: what its template or schema made of the conversation.',
      ),
    metadata: metadata.describe('Where the record comes from, and what was found out about it.'),
  })
  .describe('A record of a generated set.') satisfies z.ZodType<DataRecord>;
