/** Chats as people write them down and as other systems export them: lists of messages, however they are wrapped. */
import type { Recording } from '../../core/recording.js';
import { assemble } from './assemble.js';
import { type Fields, field, fieldsOf, isFields, kindOf, type Path, RecordingFault, textOf } from './fields.js';
import { isRole, type ReadMessage, readMessage } from './message.js';
import { metadataOf } from './metadata.js';

/** Names under which a chat keeps its messages, or an export its chats. */
const LISTS = [
  'messages',
  'turns',
  'transcript',
  'conversation',
  'conversations',
  'dialogue',
  'history',
  'chat',
  'chats',
];

/** A chat and where it stands in its file. */
export interface FoundChat {
  value: unknown;
  path: Path;
}

/** Every chat of a document: it is one, or it lists some, also below the `spec` of a document with a kind. */
export function chatsOf(value: unknown): FoundChat[] {
  const spec = listKey(value) === undefined && isFields(value) ? fieldsOf(value, 'spec') : undefined;
  if (spec !== undefined && isChat(spec)) {
    return chatsOf(spec).map((chat) => ({ ...chat, path: ['spec', ...chat.path] }));
  }
  const key = listKey(value);
  const list = key === undefined ? value : isFields(value) ? value[key] : undefined;
  if (!Array.isArray(list) || list.length === 0 || !list.every(isChat)) return [{ value, path: [] }];
  return list.map((chat: unknown, index) => ({ value: chat, path: key === undefined ? [index] : [key, index] }));
}

export function isChat(value: unknown): boolean {
  return Array.isArray(value) || listKey(value) !== undefined;
}

/** What tells one chat from the others of a file. */
export function chatName({ value }: FoundChat): string | undefined {
  return isFields(value) ? textOf(value, 'id', 'conversation_id', 'session_id', 'title') : undefined;
}

export function readChat({ value, path }: FoundChat): Recording {
  const key = listKey(value);
  const list = key === undefined ? value : isFields(value) ? value[key] : undefined;
  if (!Array.isArray(list)) {
    throw new RecordingFault(path, `must hold a list of messages, not ${kindOf(list)}`, 'list them under messages');
  }
  const at = key === undefined ? path : [...path, key];
  const read = list.flatMap((message: unknown, index) => readEntry(message, [...at, index]));
  if (read.length === 0) throw new RecordingFault(at, 'holds no message');
  return assemble(read, key === undefined || !isFields(value) ? {} : metadataOf(describing(value, key)), path);
}

function listKey(value: unknown): string | undefined {
  if (!isFields(value) || field(value, 'role', 'from') !== undefined) return undefined;
  return LISTS.find((name) => Array.isArray(field(value, name)));
}

/** A message, one inside a wrapper, or the short form in which the role is the key: `- user: Hello`. */
function readEntry(value: unknown, path: Path): ReadMessage[] {
  if (!isFields(value) || field(value, 'role', 'from', 'speaker', 'sender', 'author') !== undefined) {
    return readMessage(value, path);
  }
  const inner = fieldsOf(value, 'message');
  if (inner !== undefined) return readMessage({ ...value, ...inner }, path);
  const roles = Object.keys(value).filter(isRole);
  if (roles.length === 0) return readMessage(value, path);
  const rest = Object.entries(value).filter(([name]) => !roles.includes(name));
  return roles.flatMap((role) => readMessage({ ...Object.fromEntries(rest), role, content: value[role] }, path));
}

function describing(value: Fields, list: string): Fields {
  const own = fieldsOf(value, 'metadata');
  return own ?? Object.fromEntries(Object.entries(value).filter(([name]) => name !== list));
}
