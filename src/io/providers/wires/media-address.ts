/** Media of messages for services that take content and address in one place. */
import type { ContentPart } from '../../../core/conversation.js';
import { ArenaError } from '../../../core/errors.js';
import { fileNameOf, isTextType, mediaSourceOf } from './media-source.js';

export function hasMedia(parts: readonly ContentPart[] | undefined): parts is readonly ContentPart[] {
  return parts?.some((part) => part.type !== 'text') ?? false;
}

/** @param usualType Where the part does not say what it is. */
export function mediaAddress(part: ContentPart, usualType: string): string {
  const source = mediaSourceOf(part);
  return 'url' in source ? source.url : dataAddress(source, usualType);
}

/** As base64, for what a service does not fetch itself. Throws `invalid_input` for a part that is only an address. */
export function mediaContent(part: ContentPart, service: string): { data: string; mimeType: string | undefined } {
  const source = mediaSourceOf(part);
  if (!('url' in source)) return source;
  const message = `${service} does not fetch the ${part.type} from its address.`;
  throw new ArenaError({ code: 'invalid_input', message, hint: 'name it by file_path or data instead of url' });
}

/**
 * What a document of plain text, Markdown, JSON and the like says, below its name: services that read documents may know
 * PDF alone. Undefined for any other part.
 */
export function documentText(part: ContentPart): string | undefined {
  if (part.type !== 'document') return undefined;
  const source = mediaSourceOf(part);
  if ('url' in source || !isTextType(source.mimeType)) return undefined;
  const text = Buffer.from(source.data, 'base64').toString('utf8');
  const name = fileNameOf(part);
  return name === undefined ? text : `${name}:\n${text}`;
}

export function dataAddress(content: { data: string; mimeType: string | undefined }, usualType: string): string {
  return `data:${content.mimeType ?? usualType};base64,${content.data}`;
}
