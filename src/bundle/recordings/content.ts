/** The content of a recorded message, in the spellings of the common APIs: a text, or a list of blocks. */
import type { ContentPart } from '../../core/conversation.js';
import { type Fields, field, fieldsOf, isFields, kindOf, type Path, RecordingFault, textOf } from './fields.js';

export interface Content {
  text: string;
  /** Only where there is more than text. */
  parts?: ContentPart[];
  /** Blocks that call a tool, or bring its result, in place of a field of the message. */
  toolCalls: Fields[];
  toolResults: Fields[];
}

const KINDS: ReadonlyMap<string, ContentPart['type']> = new Map([
  ['text', 'text'],
  ['input_text', 'text'],
  ['output_text', 'text'],
  ['refusal', 'text'],
  ['image', 'image'],
  ['image_url', 'image'],
  ['input_image', 'image'],
  ['audio', 'audio'],
  ['input_audio', 'audio'],
  ['video', 'video'],
  ['video_url', 'video'],
  ['document', 'document'],
  ['file', 'document'],
  ['input_file', 'document'],
]);

/** Blocks that no reader of the conversation was shown. */
const HIDDEN = new Set(['thinking', 'redacted_thinking', 'reasoning']);

export function readContent(value: unknown, path: Path): Content {
  const content: Content = { text: '', toolCalls: [], toolResults: [] };
  if (value === undefined) return content;
  if (typeof value === 'string') return { ...content, text: value };
  if (typeof value === 'number' || typeof value === 'boolean') return { ...content, text: String(value) };
  if (isFields(value) && Array.isArray(field(value, 'parts'))) return readContent(field(value, 'parts'), path);
  if (isFields(value) && textOf(value, 'text') !== undefined) return readContent([value], path);
  if (!Array.isArray(value)) throw new RecordingFault(path, `must be a text or a list of parts, not ${kindOf(value)}`);
  const parts: ContentPart[] = [];
  for (const [index, block] of value.entries()) readBlock(block, [...path, index], content, parts);
  content.text = parts.flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : [])).join('\n');
  if (parts.some((part) => part.type !== 'text')) content.parts = parts;
  return content;
}

function readBlock(block: unknown, path: Path, content: Content, parts: ContentPart[]): void {
  if (typeof block === 'string') {
    parts.push({ type: 'text', text: block });
    return;
  }
  if (!isFields(block)) throw new RecordingFault(path, `must be a part of a message, not ${kindOf(block)}`);
  const type = textOf(block, 'type') ?? 'text';
  if (type === 'tool_use' || type === 'tool_call' || type === 'function_call') content.toolCalls.push(block);
  else if (type === 'tool_result') content.toolResults.push(block);
  else if (!HIDDEN.has(type)) parts.push(readPart(block, type, path));
}

function readPart(block: Fields, type: string, path: Path): ContentPart {
  const kind = KINDS.get(type);
  if (kind === undefined) {
    throw new RecordingFault([...path, 'type'], `a part of type "${type}" is not known`, `one of ${known()}`);
  }
  if (kind === 'text') return { type: 'text', text: textOf(block, 'text', 'refusal', 'content') ?? '' };
  return mediaPart(kind, block, type);
}

const known = (): string => [...KINDS.keys()].join(', ');

/** Media lies in the block itself or one level down, under a name that depends on the API. */
function mediaPart(kind: ContentPart['type'], block: Fields, type: string): ContentPart {
  const part: ContentPart = { type: kind };
  const inner = fieldsOf(block, 'media', 'source', type, `${kind}_url`, `input_${kind}`) ?? block;
  const plain = field(block, type, 'image_url', 'video_url');
  const mimeType = textOf(inner, 'mime_type', 'media_type', 'mimeType') ?? formatOf(kind, textOf(inner, 'format'));
  const url = typeof plain === 'string' ? plain : textOf(inner, 'url', 'image_url', 'file_url');
  const inline = url === undefined ? undefined : /^data:([^;,]+);base64,(.*)$/s.exec(url);
  const data = inline?.[2] ?? textOf(inner, 'data', 'file_data');
  const filePath = textOf(inner, 'file_path', 'filePath', 'storage_reference', 'filename');
  const found = {
    mimeType: mimeType ?? inline?.[1],
    detail: textOf(inner, 'detail'),
    caption: textOf(inner, 'caption'),
  };
  for (const [name, text] of Object.entries(found)) if (text !== undefined) Object.assign(part, { [name]: text });
  if (data !== undefined) part.data = data;
  else if (url !== undefined) part.url = url;
  else if (filePath !== undefined) part.filePath = filePath;
  return part;
}

function formatOf(kind: ContentPart['type'], format: string | undefined): string | undefined {
  return format === undefined ? undefined : `${kind}/${format === 'mp3' ? 'mpeg' : format}`;
}
