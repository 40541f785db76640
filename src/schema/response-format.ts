/** The form that answers are to have, as OpenAI's chat completions write it. */
import { z } from 'zod';
import type { ResponseFormat } from '../core/provider.js';
import { jsonObject } from './json-value.js';

const jsonSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[-_a-zA-Z0-9]{1,64}$/, 'is no name: at most 64 letters, digits, "_" and "-"')
      .optional()
      .describe('Name of the schema. Default: answer.'),
    description: z
      .string()
      .optional()
      .describe('What the form is for; said to the model where the service can be told.'),
    schema: jsonObject.describe('The JSON Schema.'),
    strict: z.boolean().optional().describe('Whether the service must keep to the schema exactly. Default: its own.'),
  })
  .describe('With type json_schema.');

export const responseFormatSchema = z
  .strictObject({
    type: z.enum(['text', 'json_object', 'json_schema']).describe('text asks for no form.'),
    json_schema: jsonSchema.optional(),
  })
  .superRefine(({ type, json_schema: schema }, context) => {
    if ((type === 'json_schema') === (schema !== undefined)) return;
    const message = type === 'json_schema' ? 'is missing' : `cannot stand beside type ${type}`;
    context.addIssue({ code: 'custom', path: ['json_schema'], message });
  })
  .transform(({ type, json_schema: written }): ResponseFormat | undefined => {
    if (type === 'json_object') return { type: 'json' };
    if (written === undefined) return undefined;
    const { name = 'answer', description, schema, strict } = written;
    return {
      type: 'json_schema',
      name,
      schema,
      ...(description === undefined ? {} : { description }),
      ...(strict === undefined ? {} : { strict }),
    };
  })
  .describe('The form of the answers: any JSON, or JSON of a schema.');

const text = z.string().min(1);

/** One text or several; none at all is as good as absent. */
export const stopSchema = z
  .union([text.transform((one) => [one]), z.array(text)])
  .transform((texts) => (texts.length === 0 ? undefined : texts))
  .describe('Texts that end an answer.');
