/** Where the content of a part is, for wire formats that want content and address apart. */
import type { ContentPart } from '../../../core/conversation.js';
import { ArenaError } from '../../../core/errors.js';

/** `data` is base64; a type that nobody has stated is undefined. */
export type MediaSource =
  | { data: string; mimeType: string | undefined }
  | { url: string; mimeType: string | undefined };

/** `data:` addresses are content. Throws `invalid_input` for a part that has neither. */
export function mediaSourceOf(part: ContentPart): MediaSource {
  const { type, data, url, filePath, mimeType } = part;
  if (data !== undefined) return { data, mimeType };
  if (url?.startsWith('data:')) return inAddress(part, url);
  if (url !== undefined) return { url, mimeType };
  // The content of files of the bundle is in the part by now.
  const which = filePath === undefined ? `A part of type ${type}` : `The part ${filePath}`;
  throw new ArenaError({ code: 'invalid_input', message: `${which} has no content and cannot be sent.` });
}

/** `data:[type][;parameter…][;base64],content` (RFC 2397). */
function inAddress({ type, mimeType }: ContentPart, url: string): MediaSource {
  const comma = url.indexOf(',');
  if (comma === -1) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `The data: address of a part of type ${type} has no comma.`,
    });
  }
  const [stated, ...parameters] = url.slice('data:'.length, comma).split(';');
  const content = url.slice(comma + 1);
  const data = parameters.includes('base64') ? content : Buffer.from(percentDecoded(content)).toString('base64');
  return { data, mimeType: mimeType ?? (stated === '' ? undefined : stated) };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ArenaError({
      code: 'invalid_input',
      message: 'The data: address of a part is not percent-encoded text.',
    });
  }
}

/** Types that hold text, whatever they are called. */
export function isTextType(mimeType: string | undefined): boolean {
  if (mimeType === undefined) return false;
  return mimeType.startsWith('text/') || TEXT_TYPES.has(mimeType.split(';', 1)[0]?.trim() ?? '');
}

const TEXT_TYPES = new Set([
  'application/json',
  'application/xml',
  'application/yaml',
  'application/x-yaml',
  'application/javascript',
  'application/typescript',
  'application/csv',
  'application/sql',
]);

/** Name of the file that a part came from, if any. */
export function fileNameOf({ filePath }: ContentPart): string | undefined {
  return filePath?.split('/').at(-1);
}

/** Refusal of media that a service does not take. `what` reads on from "takes no". */
export function takesNo(service: string, what: string): ArenaError {
  return new ArenaError({
    code: 'unsupported',
    message: `${service} takes no ${what}.`,
    hint: 'ask for the capability with required_capabilities, so that only providers that have it are used',
  });
}
