import type { Message } from '../core/conversation.js';
import { shorten } from '../core/shorten.js';
import { plainText } from './plain-text.js';

/** Instructions are the same in every conversation: their beginning is enough to tell which they are. */
const MAX_SYSTEM = 300;
const MAX_MESSAGE = 4000;

function messageText(message: Message, max: number): string {
  const who = message.toolResult ? `tool ${message.toolResult.name}` : message.role;
  const lines: string[] = [];
  if (message.content !== '') lines.push(shorten(message.content, max));
  for (const part of message.parts ?? []) {
    if (part.type !== 'text') lines.push(`[${part.type} ${part.mimeType ?? part.filePath ?? part.url ?? ''}]`);
  }
  for (const call of message.toolCalls ?? []) lines.push(`-> ${call.name}(${shorten(JSON.stringify(call.args), max)})`);
  if (message.toolResult?.error) lines.push(`error: ${shorten(message.toolResult.error, max)}`);
  return plainText(`${who}: ${lines.join('\n')}`);
}

/** The last messages of a conversation as plain text, oldest first, in at most about `maxLength` UTF-16 units. */
export function transcript(messages: readonly Message[], maxLength: number): string {
  const texts: string[] = [];
  let left = maxLength;
  for (let index = messages.length - 1; index >= 0 && left > 0; index -= 1) {
    const message = messages[index];
    if (!message) continue;
    const text = messageText(message, Math.min(left, message.role === 'system' ? MAX_SYSTEM : MAX_MESSAGE));
    left -= text.length;
    texts.unshift(text);
  }
  const omitted = messages.length - texts.length;
  if (omitted > 0) texts.unshift(`(${omitted} earlier messages left out)`);
  return texts.join('\n');
}
