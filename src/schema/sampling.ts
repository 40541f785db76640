/** Sampling parameters as prompts write them. */
import { z } from 'zod';
import { jsonValue } from './json-value.js';
import { responseFormatSchema, stopSchema } from './response-format.js';

const fields = {
  temperature: z.number().min(0).max(2).optional().describe('Sampling temperature, 0..2.'),
  top_p: z.number().min(0).max(1).optional().describe('Nucleus sampling, 0..1.'),
  max_tokens: z.int().min(0).optional().describe('Tokens of an answer at most. 0 or absent: not said here.'),
  seed: z.int().optional().describe('Sampling seed.'),
  frequency_penalty: z.number().min(-2).max(2).optional().describe('-2..2.'),
  presence_penalty: z.number().min(-2).max(2).optional().describe('-2..2.'),
  stop: stopSchema.optional(),
  response_format: responseFormatSchema.optional(),
};

export const samplingSchema = z.object(fields).describe('Sampling; beats the Arena file’s defaults.');

export type SamplingSpec = z.infer<typeof samplingSchema>;

/** What is none of these, and no map for a model: read, told as a warning, and not sent. */
const unknownParameter = z
  .union([z.null(), z.string(), z.number(), z.boolean(), z.array(jsonValue)])
  .transform(() => null);

/** Sampling for all models, and under other keys for one: by model, provider id or provider type. */
export const samplingByModelSchema = z
  .object(fields)
  .catchall(z.union([samplingSchema, unknownParameter]))
  .describe('Sampling of the answers; what stands under the name of a model, provider or type beats it.');
