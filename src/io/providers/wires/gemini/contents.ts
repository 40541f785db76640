/** Conversations as the Gemini API wants them: instructions apart, the two sides in turn, results of tools the user's. */
import type { ContentPart, ToolCall } from '../../../../core/conversation.js';
import { parseJson } from '../../../../core/nesting.js';
import type { RequestMessage } from '../../../../core/provider.js';
import { isRecord } from '../wire.js';
import { type Part, partOf, textPart } from './media.js';
import { Signatures } from './signatures.js';

export interface Content {
  role: 'user' | 'model';
  parts: Part[];
}

export interface WireContents {
  system: string[];
  contents: Content[];
}

/** The service demands that the user speaks first, and says something: these stand in where the conversation has nothing. */
const OPENING: Part = { text: '(The conversation begins.)' };
const NOTHING_SAID: Part = { text: '(no text)' };

/**
 * `mediaInResults`: whether results of tools can hold media themselves, which the older models do not know.
 * Throws an `ArenaError` for a part that has no content.
 */
export function wireContents(messages: readonly RequestMessage[], mediaInResults: boolean): WireContents {
  const system: string[] = [];
  const contents: Content[] = [];
  /** Media of the results of one round, for models that take them beside the results only. */
  let beside: Part[] = [];
  const endRound = (): void => {
    if (beside.length > 0) contents.at(-1)?.parts.push({ text: 'Media of the tool results above:' }, ...beside);
    beside = [];
  };
  for (const message of messages) {
    if (message.role === 'system') {
      if (message.content !== '') system.push(message.content);
      continue;
    }
    if (message.role !== 'tool') endRound();
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts = partsOf(message, mediaInResults, beside);
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else if (parts.length > 0) contents.push({ role, parts });
  }
  endRound();
  if (contents[0]?.role !== 'user') contents.unshift({ role: 'user', parts: [OPENING] });
  return { system, contents };
}

function partsOf(message: RequestMessage, mediaInResults: boolean, beside: Part[]): Part[] {
  if (message.role === 'tool') return [resultPart(message, mediaInResults, beside)];
  if (message.role === 'assistant') return answerParts(message);
  const { content, parts } = message;
  const said = hasMedia(parts) ? parts.map(partOf) : [textPart(content)];
  const wire = said.filter((part) => part !== undefined);
  return wire.length > 0 ? wire : [NOTHING_SAID];
}

function hasMedia(parts: readonly ContentPart[] | undefined): parts is readonly ContentPart[] {
  return parts?.some(({ type }) => type !== 'text') ?? false;
}

/** An answer of the model that is sent back, signed as it came. */
function answerParts({ content, parts = [], toolCalls = [], opaque }: RequestMessage): Part[] {
  const signatures = Signatures.of(opaque);
  const wire: Part[] = [];
  if (content !== '' || signatures.text !== undefined) wire.push(signed({ text: content }, signatures.text));
  const media = parts.filter(({ type }) => type !== 'text');
  for (const [index, part] of media.entries()) wire.push(signed(partOf(part) ?? {}, signatures.media[index]));
  for (const [index, call] of toolCalls.entries()) wire.push(signed(callPart(call), signatures.calls[index]));
  return wire;
}

function signed(part: Part, signature: string | null | undefined): Part {
  return typeof signature === 'string' ? { ...part, thoughtSignature: signature } : part;
}

function callPart({ id, name, args }: ToolCall): Part {
  return { functionCall: { ...wireId(id), name, args } };
}

/** Many versions of the service number no calls; the ids that these get here are nothing to it, and go by name. */
const GIVEN_HERE = /^call_\d+_/;

function wireId(id: string): { id?: string } {
  return id === '' || GIVEN_HERE.test(id) ? {} : { id };
}

function resultPart(message: RequestMessage, mediaInResults: boolean, beside: Part[]): Part {
  const { content, parts = [], toolResult } = message;
  const { id = '', name = '', error } = toolResult ?? {};
  const response = error === undefined ? responseOf(content) : { error: content === '' ? error : content };
  const result: Part = { ...wireId(id), name, response };
  const within: Part[] = [];
  for (const part of parts) {
    if (part.type === 'text') continue;
    const wire = partOf(part);
    if (wire === undefined) continue;
    const fits = mediaInResults && (part.type === 'image' || part.type === 'document');
    (fits ? within : beside).push(wire);
  }
  if (within.length > 0) result.parts = within;
  return { functionResponse: result };
}

/** A result is an object for the service; one that is none stands under the name that the service gives outputs. */
function responseOf(content: string): { [name: string]: unknown } {
  if (content.startsWith('{')) {
    try {
      const value = parseJson(content);
      if (isRecord(value)) return value;
    } catch {
      // A text that only looks like an object.
    }
  }
  return { output: content };
}
