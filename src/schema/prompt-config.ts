/** A system prompt with its variables, tools and guardrails. */
import { z } from 'zod';
import { contentPartSchema } from './content-part.js';
import { documentOf } from './document.js';
import { fragmentSchema } from './fragment.js';
import { jsonObject, jsonValue } from './json-value.js';
import { packEvalSchema } from './pack-eval.js';
import { samplingByModelSchema, samplingSchema } from './sampling.js';
import { toolPolicySchema } from './tool-policy.js';

const validation = z
  .object({
    pattern: z.string().optional().describe('RE2 pattern that the text must match.'),
    minLength: z.int().min(0).optional().describe('Least number of characters.'),
    maxLength: z.int().min(0).optional().describe('Greatest number of characters.'),
    min: z.number().optional().describe('Least number.'),
    max: z.number().optional().describe('Greatest number.'),
    enum: z.array(jsonValue).optional().describe('The values that are allowed.'),
  })
  .describe('What a value must comply with.');

const variable = z
  .strictObject({
    name: z.string().min(1).describe('Used in templates as {{name}}.'),
    type: z
      .enum(['string', 'number', 'boolean', 'array', 'object'])
      .optional()
      .describe('Type of the value. Default: string.'),
    required: z.boolean().optional().describe('Whether a value must be given. Default: false.'),
    default: jsonValue.optional().describe('Value when none is given.'),
    description: z.string().optional().describe('What the variable means, for people.'),
    example: jsonValue.optional().describe('A possible value, for people.'),
    validation: validation.optional(),
    binding: jsonObject
      .optional()
      .describe(
        'Where a host fills the variable from; without one it needs a value like any other, and errors say so.',
      ),
  })
  .describe('A template variable.');

const validator = z
  .strictObject({
    type: z.string().min(1).describe('Any assertion type, e.g. banned_words, max_length, regex.'),
    params: jsonObject.optional().describe('What the check needs, and `direction`: output (default), input or both.'),
    enabled: z.boolean().optional().describe('Default: true.'),
    fail_on_violation: z.boolean().optional().describe('Changes nothing: a guardrail always enforces.'),
    message: z.string().optional().describe('Replaces the blocked text. Default: a standard sentence.'),
  })
  .describe('A guardrail.');

export type ValidatorSpec = z.infer<typeof validator>;

const modelOverride = z
  .object({
    system_template: z.string().optional().describe('In place of the prompt’s own.'),
    system_template_prefix: z.string().optional().describe('Stands above the template.'),
    system_template_suffix: z.string().optional().describe('Stands below the template.'),
    prefix: z.string().optional().describe('The same as system_template_prefix.'),
    suffix: z.string().optional().describe('The same as system_template_suffix.'),
    parameters: samplingSchema.optional(),
  })
  .transform(({ prefix, suffix, ...rest }) => ({
    ...rest,
    system_template_prefix: rest.system_template_prefix ?? prefix,
    system_template_suffix: rest.system_template_suffix ?? suffix,
  }))
  .describe('What is different for one model.');

const mediaLimits = z
  .object({
    max_size_mb: z.number().min(0).optional().describe('Greatest size in MB.'),
    allowed_formats: z.array(z.string()).optional().describe('File formats, e.g. png.'),
    default_detail: z.string().optional().describe('How closely an image is looked at.'),
    max_images_per_msg: z.int().min(0).optional().describe('Images a message.'),
    max_duration_sec: z.number().min(0).optional().describe('Greatest length in seconds.'),
    require_metadata: z.boolean().optional().describe('Whether size and length must be stated.'),
    require_caption: z.boolean().optional().describe('Whether a caption must be given.'),
  })
  .describe('What one kind of media may be.');

const media = z
  .object({
    enabled: z.boolean().optional().describe('Whether the prompt expects media. Default: false.'),
    supported_types: z.array(z.string()).optional().describe('image, audio, video, document.'),
    image: mediaLimits.optional(),
    audio: mediaLimits.optional(),
    video: mediaLimits.optional(),
    document: mediaLimits.optional(),
    examples: z
      .array(
        z.object({
          name: z.string().optional().describe('Name of the example.'),
          role: z.string().optional().describe('Who would send it.'),
          description: z.string().optional().describe('What it shows.'),
          parts: z.array(contentPartSchema).optional().describe('The message; its files are not read.'),
        }),
      )
      .optional()
      .describe('Messages as they may come, for people.'),
  })
  .describe('The media that the prompt was written for; documentation, nothing is enforced.');

export const promptConfigSpecSchema = z
  .strictObject({
    id: z.string().min(1).optional().describe('Id when metadata.name is absent.'),
    task_type: z.string().min(1).describe('What scenarios name to get this prompt; unique in a bundle.'),
    version: z
      .union([z.string(), z.number().transform(String)])
      .optional()
      .describe('The author’s version; nothing reads it.'),
    description: z.string().optional().describe('What the prompt is for; for people.'),
    system_template: z.string().describe('The system prompt; {{name}} stands for a variable.'),
    template_engine: z
      .looseObject({
        syntax: z.string().optional().describe('How placeholders are written; {{name}} is the only way that is read.'),
        features: z.array(z.string()).optional().describe('What templates may use; only basic_substitution is there.'),
      })
      .optional()
      .describe('Template syntax that the author expects; another one than {{name}} is told as a warning.'),
    fragments: z.array(fragmentSchema).optional().describe('Texts from files that become variables.'),
    variables: z.array(variable).optional().describe('The variables of the template.'),
    model_overrides: z
      .record(z.string(), modelOverride)
      .optional()
      .describe('What is different for one model; the key is its name, a provider’s id or a provider type.'),
    allowed_tools: z
      .array(z.string().min(1))
      .optional()
      .describe('Tools that are offered; a trailing * stands for any ending. Default: none.'),
    validators: z.array(validator).optional().describe('Guardrails, applied in this order.'),
    tool_policy: toolPolicySchema.optional(),
    parameters: samplingByModelSchema.optional(),
    evals: z.array(packEvalSchema).optional().describe('Evals that travel with the prompt; reported, they never gate.'),
    media: media.optional(),
    tested_models: z.array(jsonValue).optional().describe('Earlier results, for people.'),
    metadata: jsonObject.optional().describe('The author’s own notes.'),
    compilation: jsonObject.optional().describe('Notes of the tool that packed the prompt.'),
    voice_profile: z
      .strictObject({
        tone: z.string().optional().describe('Desired tone.'),
        characteristics: z.array(z.string()).optional().describe('Desired traits.'),
        avoid: z.array(z.string()).optional().describe('Traits to avoid.'),
      })
      .optional()
      .describe('How the model is to speak; joins the end of the system prompt as instructions.'),
    model_requirements: z
      .strictObject({
        min_context_window: z
          .int()
          .min(0)
          .optional()
          .describe('Tokens; held against `context_window` of the provider.'),
        supports_function_calling: z.boolean().optional().describe('Needs the capability tools.'),
        supports_streaming: z.boolean().optional().describe('Needs the capability streaming.'),
        supports_vision: z.boolean().optional().describe('Needs the capability vision.'),
      })
      .optional()
      .describe('What a model must be able to do; providers that lack it are left out, with a warning.'),
  })
  .describe('A system prompt with its variables, tools and guardrails.');

export const promptConfigSchema = documentOf('PromptConfig', promptConfigSpecSchema);

export type PromptConfigSpec = z.infer<typeof promptConfigSpecSchema>;
