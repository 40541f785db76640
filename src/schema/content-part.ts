/** Pieces of a message that are more than one text. */
import { z } from 'zod';

const media = z
  .strictObject({
    file_path: z
      .string()
      .min(1)
      .optional()
      .describe('File with the content, relative to the Arena file’s folder or to defaults.config_dir.'),
    url: z.string().min(1).optional().describe('Address of the content; passed on to the provider as it stands.'),
    data: z.string().min(1).optional().describe('The content itself in base64.'),
    storage_reference: z.string().min(1).optional().describe('Key of the content in an external media store.'),
    mime_type: z.string().min(1).optional().describe('Type of the content, e.g. image/png. Default: by the file name.'),
    detail: z.string().optional().describe('How closely a model looks at an image: low, high or auto.'),
    caption: z.string().optional().describe('What the content shows, for people and for checks.'),
    width: z.int().min(0).optional().describe('Pixels.'),
    height: z.int().min(0).optional().describe('Pixels.'),
    duration: z.number().min(0).optional().describe('Seconds of audio or video.'),
  })
  .describe('Image, audio, video or document: one of file_path, url, data and storage_reference.');

export const contentPartSchema = z
  .strictObject({
    type: z.enum(['text', 'image', 'audio', 'video', 'document']).describe('What the part holds.'),
    text: z.string().optional().describe('The text of a text part.'),
    media: media.optional(),
  })
  .describe('A part of a message.');

export type ContentPartSpec = z.infer<typeof contentPartSchema>;
