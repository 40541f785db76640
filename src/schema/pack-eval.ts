/** Evals that travel with a prompt or with the whole bundle. */
import { z } from 'zod';
import { assertionSchema } from './assertion.js';
import { jsonValue } from './json-value.js';

const { params, message, when } = assertionSchema.shape;

const evalTriggers = [
  'every_turn',
  'on_turn_complete',
  'sample_turns',
  'on_session_complete',
  'on_conversation_complete',
  'sample_sessions',
  'on_workflow_step',
] as const;

export const packEvalSchema = z
  .looseObject({
    id: z
      .string()
      .min(1)
      .describe('Name in the results. An eval of a prompt takes the place of the bundle’s of that id.'),
    description: z.string().optional().describe('What is measured, for people.'),
    type: z.string().min(1).describe('Any assertion type.'),
    trigger: z
      .enum(evalTriggers)
      .optional()
      .describe(
        'When it is carried out: after each answer (every_turn, on_turn_complete), after some (sample_turns), at the end (on_session_complete, on_conversation_complete), at the end of some conversations (sample_sessions), after an exchange that entered a state of the workflow (on_workflow_step). Default: on_session_complete.',
      ),
    params,
    message,
    when,
    enabled: z.boolean().optional().describe('Default: true.'),
    sample_percentage: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe('Share of answers or conversations for the triggers that sample, 0..100. Default: 5.'),
    threshold: z
      .looseObject({
        min_score: z.number().optional().describe('Least score; params.min_score beats it.'),
        max_score: z.number().optional().describe('Greatest score; params.max_score beats it.'),
      })
      .optional()
      .describe('Scores that count as passed in the results.'),
    metric: jsonValue.optional().describe('How a host’s monitoring names the score, for people.'),
    groups: z.array(z.string()).optional().describe('Groups of evals of a host, for people.'),
  })
  .describe(
    'An eval; reported with its conversation, it never decides a verdict. Further keys are notes for other hosts.',
  );

export type PackEvalSpec = z.infer<typeof packEvalSchema>;
