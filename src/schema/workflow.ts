/** Conversations that pass through states, and skills. */
import { z } from 'zod';
import { jsonValue } from './json-value.js';

const state = z
  .strictObject({
    prompt_task: z.string().min(1).optional().describe('Prompt that answers in this state.'),
    description: z.string().optional().describe('What the state is for.'),
    on_event: z.record(z.string(), z.string()).optional().describe('Next state by event.'),
    terminal: z.boolean().optional().describe('Whether the workflow ends here. Default: false.'),
    max_visits: z.int().min(0).optional().describe('How often the state may be entered. 0 or absent: no limit.'),
    on_max_visits: z.string().optional().describe('State that is entered instead when max_visits is used up.'),
    artifacts: z
      .record(
        z.string(),
        z.strictObject({
          type: z.string().optional().describe('MIME type.'),
          description: z.string().optional().describe('What it holds.'),
          mode: z.enum(['replace', 'append']).optional().describe('What a second write does. Default: replace.'),
        }),
      )
      .optional()
      .describe('Values that outlive the state, readable as {{artifacts.NAME}}.'),
    skills: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe('Which skills may be activated: a path pattern, or none.'),
    orchestration: jsonValue.optional().describe('Who drives the state.'),
    composition: z.string().min(1).optional().describe('Composition that answers in this state, in place of a prompt.'),
  })
  .describe('A state of the conversation.');

export const workflowSpecSchema = z
  .strictObject({
    version: z.int().optional().describe('Version of this notation.'),
    entry: z.string().min(1).describe('First state, unless the scenario’s task_type belongs to another.'),
    states: z.record(z.string(), state).describe('The states by name.'),
    engine: z
      .strictObject({
        budget: z
          .strictObject({
            max_total_visits: z.int().min(0).optional().describe('States entered in all.'),
            max_tool_calls: z.int().min(0).optional().describe('Tool calls in all.'),
            max_wall_time_sec: z.number().min(0).optional().describe('Seconds.'),
          })
          .optional()
          .describe('What a conversation may use.'),
      })
      .optional()
      .describe('Bounds.'),
  })
  .describe('A conversation that passes through states with prompts of their own.');

export const skillSourceSchema = z
  .strictObject({
    path: z.string().min(1).describe('Folder with a SKILL.md, or with such folders.'),
    preload: z.boolean().optional().describe('Whether the text is in the prompt from the start. Default: false.'),
  })
  .describe('Where skills lie.');
