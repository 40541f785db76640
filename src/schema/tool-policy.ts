import { z } from 'zod';

export const toolPolicySchema = z
  .strictObject({
    tool_choice: z
      .string()
      .min(1)
      .optional()
      .describe('auto, required, none, or the name of the one tool to call. Default: auto.'),
    max_tool_calls_per_turn: z.int().min(0).optional().describe('Tool calls a turn. 0 or absent: no limit.'),
    max_total_tool_calls: z.int().min(0).optional().describe('Tool calls a conversation. 0 or absent: no limit.'),
    blocklist: z.array(z.string().min(1)).optional().describe('Tools that are not offered.'),
    max_rounds: z.int().min(0).optional().describe('Rounds of tool calls a turn. 0 or absent: 50.'),
    max_cost_usd: z.number().min(0).optional().describe('US dollars a turn. 0 or absent: 2.'),
    max_identical_tool_calls: z
      .int()
      .min(0)
      .optional()
      .describe('Calls of one tool with the same arguments a turn. 0 or absent: 3.'),
  })
  .describe('Bounds of the tool loop.');

export type ToolPolicySpec = z.infer<typeof toolPolicySchema>;
