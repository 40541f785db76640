/** What of a request decides about its answer, in the same terms for every format. */
import { type Call, isRecord, type JsonObject, type MediaKind } from './wire.js';

/** A message, or that part of one that has a single author. */
export interface Said {
  readonly role?: unknown;
  readonly content?: unknown;
  /** Where one API has its images: beside the content. */
  readonly images?: unknown;
}

interface CallSource {
  model: unknown;
  system: string;
  /** Roles are system, user, assistant and tool. */
  said: readonly Said[];
  stream: boolean;
  request: JsonObject;
}

export function callOf({ model, system, said, stream, request }: CallSource): Call {
  const users = said.filter(({ role }) => role === 'user');
  const last = said.at(-1);
  const user = users.at(-1);
  const afterTool = last?.role === 'tool';
  const lastText = textOf(last?.content);
  return {
    model: typeof model === 'string' ? model : 'mock',
    system,
    user: user === last ? lastText : textOf(user?.content),
    turn: users.length,
    afterTool,
    toolResult: afterTool ? lastText : '',
    media: mediaOf(user),
    last: lastText,
    stream,
    request,
  };
}

/**
 * Parts the messages of APIs where results of tools travel in a user message: each result is said by the tool, what
 * stands beside them by the user.
 * @param resultOf The content of a part that is a result, else undefined.
 */
export function parted(
  role: unknown,
  parts: readonly JsonObject[],
  resultOf: (part: JsonObject) => { content: unknown } | undefined,
): Said[] {
  const said: Said[] = [];
  const own: JsonObject[] = [];
  for (const part of parts) {
    const result = resultOf(part);
    if (result === undefined) own.push(part);
    else said.push({ role: 'tool', content: result.content });
  }
  if (own.length > 0 || said.length === 0) said.push({ role, content: own });
  return said;
}

/** Text in any of the forms that APIs have: plain, a list of parts, or an object, which is its JSON. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (isRecord(content)) return JSON.stringify(content);
  if (!Array.isArray(content)) return '';
  const texts: string[] = [];
  for (const part of content) {
    if (typeof part === 'string') texts.push(part);
    else if (!isRecord(part)) continue;
    else if (typeof part.text === 'string') texts.push(part.text);
    else if (part.json !== undefined) texts.push(JSON.stringify(part.json));
  }
  return texts.join('\n');
}

const KINDS: ReadonlyMap<unknown, MediaKind> = new Map<unknown, MediaKind>([
  ['image_url', 'image'],
  ['input_image', 'image'],
  ['image', 'image'],
  ['input_audio', 'audio'],
  ['audio', 'audio'],
  ['video', 'video'],
  ['file', 'document'],
  ['input_file', 'document'],
  ['document', 'document'],
]);

function mediaOf(message: Said | undefined): MediaKind[] {
  const { content, images } = message ?? {};
  const kinds: MediaKind[] = Array.isArray(images) && images.length > 0 ? ['image'] : [];
  if (!Array.isArray(content)) return kinds;
  for (const part of content) {
    const kind = isRecord(part) ? kindOf(part) : undefined;
    if (kind !== undefined) kinds.push(kind);
  }
  return kinds;
}

function kindOf(part: JsonObject): MediaKind | undefined {
  const google = part.inlineData ?? part.inline_data ?? part.fileData ?? part.file_data;
  if (isRecord(google)) {
    const [main] = String(google.mimeType ?? google.mime_type).split('/', 1);
    return KINDS.get(main) ?? 'document';
  }
  // One API names the kind by a key of its own, the others by `type`.
  return KINDS.get(part.type) ?? KINDS.get(['image', 'audio', 'video', 'document'].find((key) => key in part));
}
