/** A text kept in a file of its own, for prompts and personas. */
import { z } from 'zod';

export const fragmentSchema = z
  .strictObject({
    name: z.string().min(1).describe('Variable that takes the text; may hold placeholders.'),
    path: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the text, relative to the Arena file’s folder; may hold placeholders. Default: fragments/NAME.',
      ),
    required: z.boolean().optional().describe('Whether a missing file is an error. Default: false.'),
  })
  .describe('A text kept in a file of its own.');

export type FragmentSpec = z.infer<typeof fragmentSchema>;
