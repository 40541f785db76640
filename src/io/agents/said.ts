/** What an agent is told: it keeps the conversation itself, so a turn brings only what it has not heard yet. */
import { basename } from 'node:path/posix';
import type { ContentPart, Message } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';

/** Content of a `message` frame. */
export interface Said {
  content: string;
  parts?: object[];
}

/** The messages of a request up to the user's newest one, without system messages. What follows are rounds of tools. */
export function heardUntilNow(messages: readonly Message[]): Message[] {
  const end = messages.findLastIndex(({ role }) => role === 'user');
  if (end !== -1) return messages.slice(0, end + 1).filter(({ role }) => role !== 'system');
  throw new ArenaError({
    code: 'invalid_input',
    message: 'An agent is asked without a message of a user.',
    hint: 'let the scenario or the prompt give it something to answer',
  });
}

/**
 * What of it the agent has not heard. `told`: the last message of the request that it answered last; its own answer
 * follows. A persona's requests are made anew each time, so the message is also known by what it says.
 */
export function unheard(heard: readonly Message[], told: Message | undefined): Message[] {
  if (told === undefined) return [...heard];
  const earlier = heard.slice(0, -1);
  const exact = earlier.lastIndexOf(told);
  const at = exact === -1 ? earlier.findLastIndex((message) => isAlike(message, told)) : exact;
  // It was cut from the request: the agent knows it all the same.
  if (at === -1) return heard.slice(-1);
  return heard.slice(at + 2);
}

function isAlike(one: Message, other: Message): boolean {
  return one.role === other.role && one.content === other.content;
}

/**
 * One message that says all of it. `system` comes first, for agents that are to play a part. Whoever has missed more than
 * the newest message gets the rest as a transcript.
 */
export function tell(unsaid: readonly Message[], system: string): Said {
  const newest = unsaid.at(-1);
  const earlier = unsaid.slice(0, -1).flatMap(transcriptLine);
  const blocks = system === '' ? [] : [system];
  if (earlier.length > 0) blocks.push(`The conversation so far:\n\n${earlier.join('\n')}`);
  const text = textOf(newest);
  if (blocks.length > 0 && earlier.length > 0) blocks.push(`The newest message:\n\n${text}`);
  else blocks.push(text);
  const content = blocks.join('\n\n');
  const media = unsaid.flatMap(({ parts = [] }) => parts).flatMap(mediaPart);
  if (media.length === 0) return { content };
  // Agents that read `content` only get the text all the same.
  return { content, parts: [...(content === '' ? [] : [{ type: 'text', text: content }]), ...media] };
}

/** The user's side as the agent hears it, and its own. Rounds of tools are left out: their outcome is in the answers. */
function transcriptLine(message: Message): string[] {
  const text = textOf(message);
  if (message.role === 'tool' || text === '') return [];
  return [`${message.role === 'assistant' ? 'You' : 'User'}: ${text}`];
}

function textOf(message: Message | undefined): string {
  if (message === undefined) return '';
  const parts = (message.parts ?? []).flatMap(({ type, text }) => (type === 'text' && text ? [text] : []));
  return [message.content, ...parts.filter((text) => text !== message.content)]
    .filter((text) => text !== '')
    .join('\n');
}

function mediaPart(part: ContentPart): object[] {
  if (part.type === 'text') return [];
  const { mimeType, data, url, filePath, detail, width, height, durationMs, caption } = part;
  const filename = filePath === undefined ? undefined : basename(filePath);
  const media = { data, url, mime_type: mimeType, filename, detail, width, height, duration_ms: durationMs };
  const said = caption === undefined ? {} : { text: caption };
  return [{ type: part.type === 'document' ? 'file' : part.type, ...said, media }];
}
