/** Reads what the mock server needs to know of a chat completion request. */
import type { ChatFacts } from './script.js';

export interface ChatCall extends ChatFacts {
  stream: boolean;
  includeUsage: boolean;
  /** Text of the last message, whoever wrote it: what the default answer echoes. */
  last: string;
}

/** Undefined when the body is not a chat completion request. */
export function readChatCall(body: string): ChatCall | undefined {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isRecord(request) || !Array.isArray(request.messages)) return undefined;
  const messages = request.messages.filter(isRecord);
  const users = messages.filter((message) => message.role === 'user');
  const last = messages.at(-1);
  const { stream_options: streamOptions } = request;
  return {
    model: typeof request.model === 'string' ? request.model : 'mock',
    system: textOf(messages.find((message) => message.role === 'system')),
    user: textOf(users.at(-1)),
    turn: users.length,
    afterTool: last?.role === 'tool',
    last: textOf(last),
    stream: request.stream === true,
    includeUsage: isRecord(streamOptions) && streamOptions.include_usage === true,
  };
}

function textOf(message: Record<string, unknown> | undefined): string {
  const content = message?.content;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts: string[] = [];
  for (const part of content) if (isRecord(part) && typeof part.text === 'string') texts.push(part.text);
  return texts.join('\n');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
