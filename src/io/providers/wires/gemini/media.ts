/** Parts of messages as the Gemini API wants them. Source: Gemini API reference, "Content". */
import type { ContentPart } from '../../../../core/conversation.js';
import { isTextType, mediaSourceOf } from '../media-source.js';

export type Part = { [name: string]: unknown };

/** Where a part does not say what it is. */
const USUAL_TYPES = { image: 'image/png', audio: 'audio/mpeg', video: 'video/mp4', document: 'application/pdf' };

/** Undefined for a text that says nothing: the service refuses empty parts. */
export function partOf(part: ContentPart): Part | undefined {
  if (part.type === 'text') return textPart(part.text ?? '');
  const source = mediaSourceOf(part);
  const usualType = USUAL_TYPES[part.type];
  if ('url' in source) {
    // What an address holds is known by its type alone; of a page of videos it must not be guessed.
    const { url: fileUri, mimeType } = source;
    return { fileData: mimeType === undefined ? { fileUri } : { mimeType, fileUri } };
  }
  return { inlineData: { mimeType: typeTaken(source.mimeType ?? usualType), data: source.data } };
}

/** The service knows few kinds of text by name. */
function typeTaken(mimeType: string): string {
  return isTextType(mimeType) && !mimeType.startsWith('text/') ? 'text/plain' : mimeType;
}

export function textPart(text: string): Part | undefined {
  return text === '' ? undefined : { text };
}
