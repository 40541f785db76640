/** The frames that an agent sends: one JSON object each. Everything about them is checked here and nowhere else. */
import { z } from 'zod';
import type { ContentPart, JsonValue } from '../../core/conversation.js';
import { parseJson } from '../../core/nesting.js';

const media = z.looseObject({
  data: z.string().nullish(),
  url: z.string().nullish(),
  storage_ref: z.string().nullish(),
  mime_type: z.string().nullish(),
  width: z.number().nullish(),
  height: z.number().nullish(),
  detail: z.string().nullish(),
  duration_ms: z.number().nullish(),
});

const part = z.looseObject({ type: z.string(), text: z.string().nullish(), media: media.nullish() });

const text = z.string().nullish();
const parts = z.array(part).nullish();

const frames = {
  connected: z.looseObject({
    session_id: z.string().min(1),
    connected: z
      .looseObject({ capabilities: z.looseObject({ max_payload_size: z.number().positive().nullish() }).nullish() })
      .nullish(),
  }),
  chunk: z.looseObject({ content: text, parts, role: text }),
  done: z.looseObject({ content: text, parts }),
  tool_call: z.looseObject({
    tool_call: z.looseObject({ id: z.string().min(1), name: z.string(), arguments: z.unknown().optional() }),
  }),
  error: z.looseObject({ error: z.looseObject({ code: text, message: text }) }),
} as const;

type WirePart = z.infer<typeof part>;

export type AgentFrame =
  | { type: 'connected'; session: string; maxPayloadBytes?: number }
  /** `text` is empty for what the caller said and for media. */
  | { type: 'chunk'; text: string }
  | { type: 'done'; text: string; parts: ContentPart[]; raw: JsonValue }
  | { type: 'tool_call'; id: string; name: string; args: unknown }
  | { type: 'error'; code: string; message: string }
  /** Of the turn, but nothing that a client has to know. */
  | { type: 'progress' }
  | { type: 'unknown' };

/** Frames that tell of a turn and hold nothing that is used. */
const PROGRESS = new Set(['tool_result', 'media_chunk']);

/** Undefined when it is no frame, or one of a known type that is not as the protocol has it. */
export function readFrame(text: string): AgentFrame | undefined {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const type: unknown = Reflect.get(json, 'type');
  switch (type) {
    case 'connected': {
      const frame = frames.connected.safeParse(json).data;
      const maxPayloadBytes = frame?.connected?.capabilities?.max_payload_size ?? undefined;
      return frame && { type, session: frame.session_id, maxPayloadBytes };
    }
    case 'chunk': {
      const frame = frames.chunk.safeParse(json).data;
      // The agent's transcript of what it heard is nothing that it says.
      return frame && { type, text: frame.role === 'user' ? '' : textOf(frame.content, frame.parts) };
    }
    case 'done': {
      const frame = frames.done.safeParse(json).data;
      // What was parsed from JSON holds JSON values only.
      const raw = json as JsonValue;
      return frame && { type, text: textOf(frame.content, frame.parts), parts: mediaOf(frame.parts), raw };
    }
    case 'tool_call': {
      const call = frames.tool_call.safeParse(json).data?.tool_call;
      return call && { type, id: call.id, name: call.name, args: call.arguments };
    }
    case 'error': {
      const error = frames.error.safeParse(json).data?.error;
      return error && { type, code: error.code ?? '', message: error.message ?? '' };
    }
    default:
      return { type: typeof type === 'string' && PROGRESS.has(type) ? 'progress' : 'unknown' };
  }
}

function textOf(content: string | null | undefined, list: readonly WirePart[] | null | undefined): string {
  if (content) return content;
  return (list ?? []).map((each) => (each.type === 'text' ? (each.text ?? '') : '')).join('');
}

const TYPES: ReadonlyMap<string, ContentPart['type']> = new Map([
  ['image', 'image'],
  ['audio', 'audio'],
  ['video', 'video'],
  ['file', 'document'],
]);

function mediaOf(list: readonly WirePart[] | null | undefined): ContentPart[] {
  return (list ?? []).flatMap(({ type: written, media: given }) => {
    const type = TYPES.get(written);
    if (type === undefined || !given) return [];
    const found: ContentPart = { type };
    if (given.mime_type) found.mimeType = given.mime_type;
    if (given.data) found.data = given.data;
    else if (given.url || given.storage_ref) found.url = given.url || given.storage_ref || '';
    if (given.detail) found.detail = given.detail;
    if (given.width) found.width = given.width;
    if (given.height) found.height = given.height;
    if (given.duration_ms) found.durationMs = given.duration_ms;
    return [found];
  });
}
