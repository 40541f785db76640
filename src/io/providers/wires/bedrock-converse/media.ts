/**
 * Parts of messages as content blocks. Source: Amazon Bedrock API reference, "ContentBlock" and the blocks that it names.
 */
import type { ContentPart } from '../../../../core/conversation.js';
import { fileNameOf, isTextType, type MediaSource, mediaSourceOf, takesNo } from '../media-source.js';

export type Block = { [name: string]: unknown };

const SERVICE = 'The Converse API of Amazon Bedrock';

/** Formats by media type; `x-` in front of a subtype says nothing. */
const FORMATS: { readonly [type in ContentPart['type']]?: ReadonlyMap<string, string> } = {
  image: new Map([
    ['image/png', 'png'],
    ['image/jpeg', 'jpeg'],
    ['image/jpg', 'jpeg'],
    ['image/gif', 'gif'],
    ['image/webp', 'webp'],
  ]),
  document: new Map([
    ['application/pdf', 'pdf'],
    ['text/csv', 'csv'],
    ['application/csv', 'csv'],
    ['application/msword', 'doc'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
    ['application/vnd.ms-excel', 'xls'],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
    ['text/html', 'html'],
    ['text/markdown', 'md'],
  ]),
  video: new Map([
    ['video/mp4', 'mp4'],
    ['video/webm', 'webm'],
    ['video/quicktime', 'mov'],
    ['video/matroska', 'mkv'],
    ['video/flv', 'flv'],
    ['video/mpeg', 'mpeg'],
    ['video/ms-wmv', 'wmv'],
    ['video/3gpp', 'three_gp'],
  ]),
  audio: new Map([
    ['audio/mpeg', 'mp3'],
    ['audio/mp3', 'mp3'],
    ['audio/wav', 'wav'],
    ['audio/aac', 'aac'],
    ['audio/flac', 'flac'],
    ['audio/ogg', 'ogg'],
    ['audio/opus', 'opus'],
    ['audio/mp4', 'm4a'],
    ['audio/m4a', 'm4a'],
    ['audio/webm', 'webm'],
  ]),
};

/** What a part is where nothing says so. */
const USUAL_FORMATS = { image: 'png', document: 'pdf', video: 'mp4', audio: 'mp3' } as const;

const BLANK = /^\s*$/;

/** Undefined for a text that says nothing: the service refuses blank blocks. */
export function textBlock(text: string): Block | undefined {
  // Hardly a text begins with white space: the pattern is for those that do.
  const isBlank = text === '' || (text.charCodeAt(0) <= 32 && BLANK.test(text));
  return isBlank ? undefined : { text };
}

/** @param names Names that documents of this request have already; no two may be called the same. */
export function blockOfPart(part: ContentPart, names: Set<string>): Block | undefined {
  const { type } = part;
  if (type === 'text') return textBlock(part.text ?? '');
  const source = mediaSourceOf(part);
  const block = { format: formatOf(type, source.mimeType), source: wireSource(source) };
  if (type === 'document') return { document: { ...block, name: documentName(part, names) } };
  return { [type]: block };
}

function formatOf(type: Exclude<ContentPart['type'], 'text'>, mimeType: string | undefined): string {
  if (mimeType === undefined) return USUAL_FORMATS[type];
  const plain = (mimeType.split(';', 1)[0] ?? '').trim().toLowerCase().replace('/x-', '/');
  const format = FORMATS[type]?.get(plain);
  if (format !== undefined) return format;
  if (type === 'document' && isTextType(plain)) return 'txt';
  throw takesNo(SERVICE, `${type} of type ${mimeType}`);
}

function wireSource(source: MediaSource): Block {
  if ('data' in source) return { bytes: source.data };
  if (source.url.startsWith('s3://')) return { s3Location: { uri: source.url } };
  throw takesNo(SERVICE, 'media by web address: name them by file_path or data, or by an s3:// address');
}

/** Longest name of a document, in characters; what makes it unique comes on top. */
const MAX_NAME = 150;

/** The service takes letters, digits, single spaces, hyphens and brackets. */
function documentName(part: ContentPart, names: Set<string>): string {
  const file = fileNameOf(part)?.replace(/\.[^.]*$/, '') ?? '';
  const plain =
    file
      .replace(/[^A-Za-z0-9()[\]-]+/g, ' ')
      .trim()
      .slice(0, MAX_NAME) || 'document';
  let name = plain;
  for (let count = 2; names.has(name); count += 1) name = `${plain} ${count}`;
  names.add(name);
  return name;
}
