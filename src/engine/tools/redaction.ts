/** Takes out of a record what its tools say that no record may show. */
import type { ConversationRecord, JsonValue, Message, ToolCall } from '../../core/conversation.js';
import { isObject } from '../json.js';

const HIDDEN = '***';

/** Shorter values, such as a 0 or a yes, would tear holes into texts that do not mean them. */
const MIN_CHARACTERS = 4;

/** Fields of a tool's arguments and results, at any depth, whose values are hidden; undefined for most tools. */
export type HiddenFields = (tool: string) => readonly string[] | undefined;

/**
 * The record with `***` in place of the fields, and in place of their values wherever else they are said: in later
 * messages, in explanations of checks, in errors. The model itself has seen them.
 */
export function redacted(record: ConversationRecord, hidden: HiddenFields): ConversationRecord {
  const values = new Set<string>();
  const messages = record.messages.map((message) => redactMessage(message, hidden, values));
  if (messages.every((message, index) => message === record.messages[index])) return record;
  // The longest first: one value may be a part of another.
  const ordered = [...values].sort((a, b) => b.length - a.length);
  const clean = (text: string): string => ordered.reduce((left, value) => left.replaceAll(value, HIDDEN), text);
  return mapTexts({ ...record, messages } as unknown as JsonValue, clean) as unknown as ConversationRecord;
}

function redactMessage(message: Message, hidden: HiddenFields, values: Set<string>): Message {
  const { toolCalls, toolResult } = message;
  if (toolCalls?.some(({ name }) => hidden(name) !== undefined)) {
    const hideArgs = (call: ToolCall): ToolCall => {
      const args = hide(call.args, hidden(call.name) ?? [], values);
      return isObject(args) ? { ...call, args } : call;
    };
    return { ...message, toolCalls: toolCalls.map(hideArgs) };
  }
  const fields = toolResult === undefined ? undefined : hidden(toolResult.name);
  if (fields === undefined) return message;
  const result = parse(message.content);
  if (result === undefined) return message;
  return { ...message, content: JSON.stringify(hide(result, fields, values), null, 2) };
}

/** The value with the fields hidden; what they held is noted. */
function hide(value: JsonValue, fields: readonly string[], values: Set<string>): JsonValue {
  if (Array.isArray(value)) return value.map((item) => hide(item, fields, values));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => {
    if (!fields.includes(key)) return [key, hide(item, fields, values)];
    note(item, values);
    return [key, HIDDEN];
  });
  return Object.fromEntries(entries);
}

function note(value: JsonValue, values: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) note(item, values);
  else if (isObject(value)) for (const item of Object.values(value)) note(item, values);
  else if (value !== null && String(value).length >= MIN_CHARACTERS) values.add(String(value));
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function mapTexts(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, JsonValue] => [key, mapTexts(item, change)]),
  );
}
