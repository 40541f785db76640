/** Checks on a conversation that was recorded before. */
import { z } from 'zod';
import { assertionSchema } from './assertion.js';
import { documentOf } from './document.js';
import { chatTypeSchema } from './provider.js';

const judgeTarget = z
  .strictObject({
    type: chatTypeSchema.describe('Provider type; the key is looked for where this type usually has it.'),
    model: z.string().min(1).describe('Model.'),
    id: z
      .string()
      .min(1)
      .optional()
      .describe('Id of a provider of the bundle whose address and key are used; any other id is a name for people.'),
  })
  .describe('A model that judges.');

export const evalSpecSchema = z
  .strictObject({
    id: z.string().min(1).optional().describe('Id when metadata.name is absent.'),
    description: z.string().optional().describe('What is evaluated.'),
    recording: z
      .strictObject({
        path: z
          .string()
          .min(1)
          .describe(
            'Recording, relative to the eval file. Each conversation in it is judged, with a glob those of each file.',
          ),
        type: z
          .string()
          .min(1)
          .optional()
          .describe('session, arena_output, transcript or generic. Default, and for any other: by the file.'),
      })
      .describe('The conversation.'),
    turns: z
      .array(
        z.strictObject({
          all_turns: z
            .strictObject({ assertions: z.array(assertionSchema).optional().describe('Checks on each answer.') })
            .optional()
            .describe('What holds for every assistant message.'),
        }),
      )
      .optional()
      .describe('Checks on single messages.'),
    conversation_assertions: z.array(assertionSchema).optional().describe('Checks on the whole conversation.'),
    assertions: z.array(assertionSchema).optional().describe('The same as conversation_assertions; both count.'),
    judge_targets: z.record(z.string(), judgeTarget).optional().describe('Judges of this eval, by name.'),
    tags: z.array(z.string()).optional().describe('For choosing evals with --tag; they stand in the records.'),
    mode: z
      .enum(['instant', 'realtime', 'accelerated'])
      .optional()
      .describe(
        'When each message is judged: at once, when it was said, or that many times faster as `speed` says. Default: instant.',
      ),
    speed: z.number().positive().optional().describe('Factor for realtime and accelerated. Default: 1.'),
  })
  .describe('Checks on a conversation that was recorded before.');

export const evalSchema = documentOf('Eval', evalSpecSchema);

export type EvalSpec = z.infer<typeof evalSpecSchema>;
