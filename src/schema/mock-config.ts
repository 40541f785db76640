/** Scripted answers of the mock provider. */
import { z } from 'zod';
import { jsonObject } from './json-value.js';

const toolCall = z
  .object({
    name: z.string().min(1).describe('Tool to call.'),
    arguments: jsonObject.nullish().describe('Its arguments. Default: none.'),
  })
  .describe('A call that the mocked model makes.');

const link = z.object({ url: z.string().describe('Address of the content.') });

const part = z
  .object({
    type: z.enum(['text', 'image', 'audio', 'video', 'document']).describe('What the part holds.'),
    text: z.string().optional().describe('The text of a text part.'),
    media: z
      .object({
        file_path: z.string().optional().describe('File with the content.'),
        url: z.string().optional().describe('Address of the content.'),
        data: z.string().optional().describe('The content itself in base64.'),
        mime_type: z.string().optional().describe('Type of the content, e.g. image/png.'),
        caption: z.string().optional().describe('What the content shows.'),
      })
      .optional(),
    image_url: link.optional().describe('Another spelling of media.url.'),
    audio_url: link.optional().describe('Another spelling of media.url.'),
    video_url: link.optional().describe('Another spelling of media.url.'),
  })
  .describe('A part of an answer.');

const scripted = z
  .object({
    type: z.string().optional().describe('text, tool_calls or multimodal, for people: the other keys decide.'),
    content: z.string().optional().describe('Text of the answer.'),
    text: z.string().optional().describe('The same as content.'),
    response: z.string().optional().describe('The same as content.'),
    tool_calls: z.array(toolCall).optional().describe('Calls made beside the text, if the prompt allows any tool.'),
    parts: z.array(part).optional().describe('Text and media of the answer.'),
    any_of: z
      .array(z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]))
      .min(1)
      .optional()
      .describe('Texts of which one is the answer, drawn by the seed of the call; without a seed it is the first.'),
  })
  .describe('An answer that is more than a text.');

/** Numbers and booleans are read as the text they were written as. */
const answer = z.union([z.string(), z.number().transform(String), z.boolean().transform(String), scripted], {
  error: 'must be a text, or a map with content, tool_calls or parts',
});

const answers = z.record(z.string(), answer);

const script = z.object({
  defaultResponse: answer.optional().describe('Answer to turns that are not listed.'),
  turns: z
    .record(z.string().regex(/^[0-9]+$/, 'must be the number of a turn, from 1'), answer)
    .nullish()
    .describe('By number of the turn, from 1.'),
  steps: answers
    .nullish()
    .describe(
      'By step of a composition, and by name of an agent made of a prompt. Tools are called in the first round.',
    ),
});

export const mockConfigSchema = z
  .object({
    defaultResponse: answer.optional().describe('Answer where nothing else is written.'),
    scenarios: z.record(z.string(), script).nullish().describe('Scripts by scenario id.'),
    selfplay: z.record(z.string(), script).nullish().describe('Scripts by persona id.'),
  })
  .describe('Scripted answers of the mock provider.');

export type MockScriptSpec = z.infer<typeof script>;
export type MockAnswerSpec = z.infer<typeof answer>;
export type MockPartSpec = z.infer<typeof part>;
