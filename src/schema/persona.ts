/** Somebody who plays the user. */
import { z } from 'zod';
import { documentOf } from './document.js';
import { fragmentSchema } from './fragment.js';
import { jsonObject, jsonValue } from './json-value.js';

const style = z
  .looseObject({
    verbosity: z.string().optional().describe('How much the persona says: low, medium or high.'),
    challenge_level: z.string().optional().describe('How hard the persona makes it: low, medium or high.'),
    friction_tags: z.array(z.string()).optional().describe('Kinds of friction, e.g. skeptical.'),
  })
  .describe('Manner of speaking; further keys are variables of its prompt as well.');

export const personaSpecSchema = z
  .object({
    id: z.string().min(1).optional().describe('Id when metadata.name is absent.'),
    name: z.string().min(1).optional().describe('Template variable `name` of its prompt. Default: its id.'),
    description: z.string().optional().describe('Who the persona is: template variable `description` of its prompt.'),
    prompt_activity: z.string().optional().describe('Prompt of the bundle that the persona speaks with.'),
    fragments: z.array(fragmentSchema).optional().describe('Texts from files that become variables of its prompt.'),
    system_template: z.string().optional().describe('Prompt with {{variables}}.'),
    system_prompt: z.string().optional().describe('Prompt, used when there is no system_template.'),
    required_vars: z
      .array(z.string())
      .optional()
      .describe('Variables that must have a value; else the run is refused.'),
    optional_vars: jsonObject.optional().describe('Variables with their defaults.'),
    goal: z.string().optional().describe('What the persona wants; joins `goals`.'),
    goals: z
      .array(z.string())
      .optional()
      .describe('What the persona wants: variable `goals` of a system_template, below a system_prompt a list.'),
    constraints: z.array(z.string()).optional().describe('What the persona never does; told like `goals`.'),
    style: style.optional(),
    voice: jsonValue
      .optional()
      .describe('Voice of a spoken conversation; conversations are held as text, with a warning.'),
    temperature: z.number().min(0).max(2).optional().describe('Sampling temperature; defaults.temperature wins.'),
    max_turns: z
      .int()
      .min(1)
      .optional()
      .describe('Exchanges at most, where the scenario says nothing. Default: 10; 1 on a turn of its own.'),
    exit_conditions: z
      .array(
        z.strictObject({
          type: z
            .string()
            .min(1)
            .describe('satisfaction_expressed, escalation_requested, max_turns_reached or an own name.'),
          description: z.string().optional().describe('When it holds, as the persona is told.'),
        }),
      )
      .optional()
      .describe('What ends the conversation early.'),
    defaults: z
      .strictObject({
        temperature: z.number().min(0).max(2).optional().describe('Sampling temperature. Default: 0.7.'),
        seed: z.int().optional().describe('Sampling seed.'),
      })
      .optional()
      .describe('Sampling of the persona’s own texts.'),
  })
  .transform(({ goal, temperature, ...rest }) => ({
    ...rest,
    ...(goal === undefined ? {} : { goals: [...(rest.goals ?? []), goal] }),
    ...(temperature === undefined ? {} : { defaults: { temperature, ...rest.defaults } }),
  }))
  .describe('Somebody who plays the user.');

export const personaSchema = documentOf('Persona', personaSpecSchema);

export type PersonaSpec = z.infer<typeof personaSpecSchema>;
