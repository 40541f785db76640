/** Parts of messages as content blocks. Source: Anthropic API reference, "Messages", content blocks. */
import type { ContentPart } from '../../../../core/conversation.js';
import { fileNameOf, isTextType, type MediaSource, mediaSourceOf, takesNo } from '../media-source.js';

export type Block = { type: string; [name: string]: unknown };

const SERVICE = 'The Anthropic Messages API';
const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const PDF = 'application/pdf';

/** Undefined for a text that says nothing: the service refuses empty blocks. Throws for media that it does not take. */
export function blockOfPart(part: ContentPart): Block | undefined {
  if (part.type === 'text') return textBlock(part.text ?? '');
  if (part.type === 'image') return imageBlock(mediaSourceOf(part));
  if (part.type === 'document') return documentBlock(part, mediaSourceOf(part));
  throw takesNo(SERVICE, part.type);
}

export function textBlock(text: string): Block | undefined {
  return isBlank(text) ? undefined : { type: 'text', text };
}

const BLANK = /^\s*$/;

export function isBlank(text: string): boolean {
  // Hardly a text begins with white space: the pattern is for those that do.
  return text === '' || (text.charCodeAt(0) <= 32 && BLANK.test(text));
}

function imageBlock(source: MediaSource): Block {
  if ('url' in source) return { type: 'image', source: { type: 'url', url: source.url } };
  const type = source.mimeType === 'image/jpg' ? 'image/jpeg' : (source.mimeType ?? 'image/png');
  if (!IMAGE_TYPES.has(type)) throw takesNo(SERVICE, `image of type ${type} (JPEG, PNG, GIF and WebP only)`);
  return { type: 'image', source: { type: 'base64', media_type: type, data: source.data } };
}

function documentBlock(part: ContentPart, source: MediaSource): Block {
  const type = source.mimeType ?? PDF;
  const title = fileNameOf(part);
  const named = title === undefined ? {} : { title };
  if ('url' in source) {
    if (type !== PDF) throw takesNo(SERVICE, `document of type ${type} by its address (PDF only)`);
    return { type: 'document', source: { type: 'url', url: source.url }, ...named };
  }
  if (type === PDF)
    return { type: 'document', source: { type: 'base64', media_type: PDF, data: source.data }, ...named };
  if (!isTextType(type)) throw takesNo(SERVICE, `document of type ${type} (PDF and text only)`);
  const data = Buffer.from(source.data, 'base64').toString('utf8');
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data }, ...named };
}
