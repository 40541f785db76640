/** Conversations as the Messages API wants them: instructions apart, the two sides in turn, results of tools the user's. */
import type { RequestMessage } from '../../../../core/provider.js';
import { takesNo } from '../media-source.js';
import { type Block, blockOfPart, isBlank, textBlock } from './media.js';
import { answerBlocks, wireId } from './thinking.js';

export interface WireMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

export interface WireConversation {
  system: string[];
  messages: WireMessage[];
}

/** The service demands that the user speaks first, and says something: these stand in where the conversation has nothing. */
const OPENING: Block = { type: 'text', text: '(The conversation begins.)' };
const NOTHING_SAID: Block = { type: 'text', text: '(no text)' };

/** Throws an `ArenaError` for media that the service does not take. */
export function wireConversation(messages: readonly RequestMessage[]): WireConversation {
  const system: string[] = [];
  const wire: WireMessage[] = [];
  for (const message of messages) {
    if (message.role === 'system') {
      if (!isBlank(message.content)) system.push(message.content);
      continue;
    }
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = blocksOf(message);
    const last = wire.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) wire.push({ role, content });
  }
  if (wire[0]?.role !== 'user') wire.unshift({ role: 'user', content: [OPENING] });
  return { system, messages: wire };
}

function blocksOf(message: RequestMessage): Block[] {
  const { role, content, parts = [], toolCalls = [], opaque } = message;
  if (role === 'tool') return [resultBlock(message)];
  const isText = parts.every(({ type }) => type === 'text');
  if (role === 'assistant') {
    if (!isText) throw takesNo('The Anthropic Messages API', 'media in messages of the assistant');
    return answerBlocks(content, toolCalls, opaque);
  }
  const blocks = (isText ? [textBlock(content)] : parts.map(blockOfPart)).filter((block) => block !== undefined);
  return blocks.length > 0 ? blocks : [NOTHING_SAID];
}

function resultBlock({ content, parts = [], toolResult }: RequestMessage): Block {
  const block: Block = { type: 'tool_result', tool_use_id: wireId(toolResult?.id ?? '') };
  const text = textBlock(content);
  const media = parts.filter(({ type }) => type !== 'text').map(blockOfPart);
  if (media.length > 0) block.content = text === undefined ? media : [text, ...media];
  else if (text !== undefined) block.content = content;
  if (toolResult?.error !== undefined) block.is_error = true;
  return block;
}
