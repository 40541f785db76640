/** PromptPack files, as far as a bundle takes something from them. They are made by programs: further keys may stand. */
import { z } from 'zod';
import { arenaSpecSchema } from './arena.js';
import { jsonObject, jsonValue } from './json-value.js';
import { promptConfigSpecSchema } from './prompt-config.js';

const prompt = promptConfigSpecSchema.shape;
const arena = arenaSpecSchema.in.shape;

const packedPrompt = z
  .looseObject({
    version: prompt.version,
    description: prompt.description,
    system_template: prompt.system_template,
    variables: prompt.variables,
    tools: z.array(z.string().min(1)).optional().describe('Tools that are offered.'),
    tool_policy: prompt.tool_policy,
    parameters: prompt.parameters,
    validators: prompt.validators,
    media: prompt.media,
    evals: prompt.evals,
    model_overrides: prompt.model_overrides,
  })
  .describe('A prompt; its key is the task_type.');

export const packFileSchema = z
  .looseObject({
    prompts: z.record(z.string().min(1), packedPrompt).optional().describe('Prompts by task_type.'),
    fragments: z.record(z.string().min(1), z.string()).optional().describe('Texts for {{NAME}} in these prompts.'),
    tools: z
      .record(
        z.string().min(1),
        z.looseObject({
          description: z.string().optional().describe('What the model is told about the tool.'),
          parameters: jsonObject.optional().describe('JSON Schema of the arguments.'),
        }),
      )
      .optional()
      .describe('Declarations of tools by name.'),
    workflow: arena.workflow,
    agents: arena.agents,
    skills: arena.skills,
    compositions: arena.compositions,
    evals: arena.pack_evals,
    $schema: jsonValue.optional(),
    id: jsonValue.optional(),
    name: jsonValue.optional(),
    version: jsonValue.optional(),
    description: jsonValue.optional(),
    template_engine: jsonValue.optional(),
    metadata: jsonValue.optional(),
    compilation: jsonValue.optional(),
  })
  .describe('A packed prompt file.');

export type PackFile = z.infer<typeof packFileSchema>;
