/** Conversations as Converse wants them: instructions apart, the two sides in turn, results of tools the user's. */
import type { ToolCall } from '../../../../core/conversation.js';
import type { RequestMessage } from '../../../../core/provider.js';
import { takesNo } from '../media-source.js';
import { type Block, blockOfPart, textBlock } from './media.js';
import { reasoningBlocks } from './reasoning.js';

export interface WireMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

export interface WireConversation {
  system: Block[];
  messages: WireMessage[];
  /** Whether tools were called: then the service wants to know them, whether or not they may be called now. */
  hasCalls: boolean;
}

/** The service demands that the user speaks first, and says something: these stand in where the conversation has nothing. */
const OPENING: Block = { text: '(The conversation begins.)' };
const NOTHING_SAID: Block = { text: '(no text)' };

/**
 * @param marksErrors Whether the model takes the status of a tool's result.
 * @throws ArenaError for media that the service does not take.
 */
export function wireConversation(messages: readonly RequestMessage[], marksErrors: boolean): WireConversation {
  const system: Block[] = [];
  const wire: WireMessage[] = [];
  const names = new Set<string>();
  let hasCalls = false;
  for (const message of messages) {
    if (message.role === 'system') {
      const block = textBlock(message.content);
      if (block !== undefined) system.push(block);
      continue;
    }
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = blocksOf(message, names, marksErrors);
    const last = wire.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) wire.push({ role, content });
    if (message.role === 'tool' || (message.toolCalls?.length ?? 0) > 0) hasCalls = true;
  }
  if (wire[0]?.role !== 'user') wire.unshift({ role: 'user', content: [OPENING] });
  return { system, messages: wire, hasCalls };
}

function blocksOf(message: RequestMessage, names: Set<string>, marksErrors: boolean): Block[] {
  const { role, content, parts = [], toolCalls = [], opaque } = message;
  if (role === 'tool') return [resultBlock(message, names, marksErrors)];
  const isText = parts.every(({ type }) => type === 'text');
  if (role === 'assistant') {
    if (!isText) throw takesNo('The Converse API of Amazon Bedrock', 'media in messages of the assistant');
    return [...reasoningBlocks(opaque), ...present([textBlock(content)]), ...toolCalls.map(callBlock)];
  }
  const blocks = present(isText ? [textBlock(content)] : parts.map((part) => blockOfPart(part, names)));
  // A document must not stand without a text.
  const isIncomplete = blocks.length === 0 || (isWithDocument(blocks) && !blocks.some((block) => 'text' in block));
  return isIncomplete ? [...blocks, NOTHING_SAID] : blocks;
}

function isWithDocument(blocks: readonly Block[]): boolean {
  return blocks.some((block) => 'document' in block);
}

function present(blocks: readonly (Block | undefined)[]): Block[] {
  return blocks.filter((block) => block !== undefined);
}

function callBlock({ id, name, args }: ToolCall): Block {
  return { toolUse: { toolUseId: wireId(id), name, input: args } };
}

function resultBlock(message: RequestMessage, names: Set<string>, marksErrors: boolean): Block {
  const { content, parts = [], toolResult } = message;
  const media = parts.filter(({ type }) => type !== 'text').map((part) => blockOfPart(part, names));
  const blocks = present([textBlock(content), ...media]);
  const result: Block = {
    toolUseId: wireId(toolResult?.id ?? ''),
    content: blocks.length > 0 ? blocks : [NOTHING_SAID],
  };
  if (toolResult?.error !== undefined && marksErrors) result.status = 'error';
  return { toolResult: result };
}

const PLAIN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Ids of other origin may hold characters that the service refuses. */
function wireId(id: string): string {
  if (PLAIN_ID.test(id)) return id;
  return id === '' ? 'call' : id.replace(/[^A-Za-z0-9_-]/g, '_').slice(-64);
}
