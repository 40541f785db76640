/** Skills: instructions that models take up when they need them. */
import { z } from 'zod';

const skillNameSchema = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');

/** A source is a folder, or a skill in place: all of `name`, `description` and `instructions`. */
export const skillSourceSchema = z
  .object({
    path: z
      .string()
      .min(1)
      .optional()
      .describe('Folder with a SKILL.md, or with such folders below it; may be a glob. It lies inside the bundle.'),
    dir: z.string().min(1).optional().describe('Another spelling of `path`.'),
    name: skillNameSchema.optional().describe('Without a folder: the name that models activate the skill by.'),
    description: z
      .string()
      .min(1)
      .optional()
      .describe('Without a folder: when to take the skill up; the model is told.'),
    instructions: z.string().min(1).optional().describe('Without a folder: the text that the model gets.'),
    preload: z
      .boolean()
      .optional()
      .describe('Whether the instructions are in the prompt from the start. Default: false.'),
  })
  .superRefine((source, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const written = (['name', 'description', 'instructions'] as const).filter((key) => source[key] !== undefined);
    if (source.path !== undefined && source.dir !== undefined) issue('dir', 'is the same as path: write one of them');
    const folder = source.path === undefined ? 'dir' : 'path';
    if (source[folder] !== undefined) {
      for (const key of written) issue(key, `stands in the SKILL.md of ${folder}, not here`);
    } else if (written.length < 3) {
      issue('path', 'is required, unless name, description and instructions are written here');
    }
  })
  .describe('Where skills lie, or a skill written down in place.');

export type SkillSource = z.infer<typeof skillSourceSchema>;

/** Front matter of a SKILL.md. Keys of other programs may stand beside these. */
export const skillFrontMatterSchema = z.looseObject({
  name: skillNameSchema,
  description: z.string().min(1),
  'allowed-tools': z
    .union([
      z.array(z.string().min(1)),
      z.string().transform((names) => names.split(/[\s,]+/).filter((name) => name !== '')),
    ])
    .optional(),
});
