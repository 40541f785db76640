/** What all strategies of a context policy share: how long a history is, and how its beginning goes. */
import type { Message } from '../core/conversation.js';

export type Fitted = Message[];

/** Tokens of a word of English prose, on average. */
const TOKENS_PER_WORD = 1.35;

export function estimateTokens({ content }: Message): number {
  return Math.floor(content.split(/\s+/).filter(Boolean).length * TOKENS_PER_WORD);
}

export function measure(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + estimateTokens(message), 0);
}

export const isSystem = ({ role }: Message): boolean => role === 'system';

/** Index of the first message that stays when the oldest go; `0`, or `1` behind a system message, when none has to. */
export function oldestKept(messages: readonly Message[], limit: number): number {
  const first = messages[0] !== undefined && isSystem(messages[0]) ? 1 : 0;
  const newest = messages.findLastIndex(({ role }) => role === 'user');
  let from = first;
  let left = measure(messages) - limit;
  for (; from < newest && left > 0; from += 1) {
    const message = messages[from];
    if (message !== undefined) left -= estimateTokens(message);
  }
  // The answer of a tool means nothing without the call before it.
  while (from < newest && messages[from]?.role === 'tool') from += 1;
  return from;
}

export function dropOldest(messages: Message[], limit: number): Fitted {
  const first = messages[0] !== undefined && isSystem(messages[0]) ? 1 : 0;
  return [...messages.slice(0, first), ...messages.slice(oldestKept(messages, limit))];
}
