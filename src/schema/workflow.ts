/** Conversations that pass through states with prompts of their own. */
import { z } from 'zod';

const artifact = z
  .object({
    type: z.string().min(1).optional().describe('MIME type; the model is told. JSON types take JSON only.'),
    description: z.string().optional().describe('What it holds; the model is told.'),
    mode: z
      .enum(['replace', 'append'])
      .optional()
      .describe('What a second write does; append adds a line. Default: replace.'),
  })
  .describe('A text that outlives the state.');

const state = z
  .object({
    prompt_task: z
      .string()
      .min(1)
      .optional()
      .describe('task_type of the prompt that answers in this state. Absent: the one that answered before.'),
    description: z.string().optional().describe('What the state is for; models that may go there are told.'),
    on_event: z.record(z.string().min(1), z.string().min(1)).optional().describe('Next state by event.'),
    terminal: z
      .boolean()
      .optional()
      .describe('Whether the workflow ends here. Default: true in a state without events, else false.'),
    max_visits: z.int().min(0).optional().describe('How often the state may be entered. 0 or absent: no limit.'),
    on_max_visits: z
      .string()
      .min(1)
      .optional()
      .describe('State that is entered instead when max_visits is used up. Absent: the model is told that it cannot.'),
    artifacts: z
      .record(z.string().min(1), artifact)
      .optional()
      .describe('Texts that the model may set in this state; every prompt reads them as {{artifacts.NAME}}.'),
    skills: z
      .union([z.string().min(1), z.array(z.string().min(1))])
      .optional()
      .describe('Skills that may be active: names or globs over their folders, or none. Absent: all.'),
    orchestration: z
      .enum(['internal', 'external', 'hybrid', 'composition'])
      .optional()
      .describe(
        'Who names events: internal and hybrid the model; external a host, so here nobody; composition the output of its composition, under `event`. Default: internal.',
      ),
    composition: z
      .string()
      .min(1)
      .optional()
      .describe('Composition that answers in this state in place of a prompt; needs orchestration: composition.'),
  })
  .superRefine(({ orchestration, composition }, context) => {
    if ((orchestration === 'composition') === (composition !== undefined)) return;
    const message = composition === undefined ? 'needs a composition' : 'needs orchestration: composition';
    const path = [composition === undefined ? 'orchestration' : 'composition'];
    context.addIssue({ code: 'custom', path, message });
  })
  .describe('A state of the conversation.');

export const workflowSpecSchema = z
  .object({
    version: z
      .int()
      .min(1)
      .max(2)
      .optional()
      .describe('Version of this notation: 1, or 2, which brought visits, artifacts and budgets. Both are read alike.'),
    entry: z.string().min(1).describe('First state, unless the scenario’s task_type is that of another state.'),
    states: z.record(z.string().min(1), state).describe('The states by name.'),
    engine: z
      .object({
        budget: z
          .object({
            max_total_visits: z
              .int()
              .min(0)
              .optional()
              .describe('States entered in all, the first one included. 0 or absent: no limit.'),
            max_tool_calls: z.int().min(0).optional().describe('Tool calls in all. 0 or absent: no limit.'),
            max_wall_time_sec: z
              .number()
              .min(0)
              .optional()
              .describe('Seconds that the answers of models take in all, without waiting. 0 or absent: no limit.'),
          })
          .optional()
          .describe('What a conversation may use; beyond it the conversation ends as an error.'),
      })
      .optional()
      .describe('Bounds.'),
  })
  .describe('A conversation that passes through states with prompts of their own.');

export type WorkflowSpec = z.infer<typeof workflowSpecSchema>;
export type WorkflowStateSpec = z.infer<typeof state>;
