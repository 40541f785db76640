/** Prompts of the bundle that work together as agents. */
import { z } from 'zod';

const isText = (mode: string): boolean => mode === '*/*' || mode.startsWith('text/');

const modes = z
  .array(z.string().min(1))
  .min(1)
  .refine(
    (list) => list.some(isText),
    'must hold a text type, such as text/plain: members are asked and answer in text',
  )
  .optional();

const member = z
  .object({
    description: z.string().optional().describe('What the agent does; the model that may call it is told.'),
    state: z
      .string()
      .min(1)
      .optional()
      .describe('Workflow state whose prompt answers. Absent: the prompt whose task_type is the member’s name.'),
    tags: z.array(z.string()).optional().describe('Words about the agent that the model is told as well.'),
    input_modes: modes.describe('MIME types that it takes. Default: text/plain.'),
    output_modes: modes.describe('MIME types that it answers with. Default: text/plain.'),
  })
  .describe('A prompt that answers as an agent.');

export const agentsSpecSchema = z
  .object({
    entry: z.string().min(1).describe('Member whose model may call the others; answers scenarios without a task_type.'),
    members: z
      .record(z.string().min(1), member)
      .describe('The agents by name; each but the entry is a tool of the entry.'),
  })
  .describe('Prompts of the bundle that act as agents.');

export type AgentsSpec = z.infer<typeof agentsSpecSchema>;
