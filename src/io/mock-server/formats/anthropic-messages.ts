/** Anthropic's messages, at its own address as well as on Bedrock and Vertex. */
import { callOf, parted, type Said, textOf } from '../facts.js';
import { argumentsObject, freshInput, pieces, toolCallId } from '../reply.js';
import { type Format, isRecord, type JsonObject, type Reply, type WireEvent } from '../wire.js';

const STOP_REASONS: ReadonlyMap<string, string> = new Map([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['tool_calls', 'tool_use'],
  ['content_filter', 'refusal'],
]);

export const anthropicMessages: Format = {
  read(request, model) {
    const { messages, max_tokens: maxTokens } = request;
    if (!Array.isArray(messages) || messages.length === 0) return 'messages: Field required';
    if (typeof maxTokens !== 'number' || maxTokens < 1) return 'max_tokens: Field required';
    const said: Said[] = [];
    for (const [index, message] of messages.entries()) {
      if (!isRecord(message) || (message.role !== 'user' && message.role !== 'assistant')) {
        return `messages.${index}.role: Input should be 'user' or 'assistant'`;
      }
      said.push(...saidIn(message));
    }
    return callOf({
      model: model ?? request.model,
      system: textOf(request.system),
      said,
      stream: request.stream === true,
      request,
    });
  },

  document: (_, reply) => messageOf(reply, contentOf(reply), stopReason(reply)),

  events(_, reply) {
    const events: WireEvent[] = [];
    const emit = (type: string, fields: object): void => {
      events.push({ name: type, data: { type, ...fields } });
    };
    const { usage } = reply;
    // What has been written so far: the whole count comes with the end.
    const opening = usage && { ...usage, output: Math.min(1, usage.output) };
    emit('message_start', { message: messageOf({ ...reply, usage: opening }, [], null) });
    contentOf(reply).forEach((block, index) => {
      emit('content_block_start', { index, content_block: begun(block) });
      if (index === 0) emit('ping', {});
      for (const delta of deltasOf(block, reply)) emit('content_block_delta', { index, delta });
      emit('content_block_stop', { index });
    });
    const delta = { stop_reason: stopReason(reply), stop_sequence: null, stop_details: stopDetails(reply) };
    emit('message_delta', { delta, usage: usageOf(reply) });
    emit('message_stop', {});
    return events;
  },

  broken: (_, body) => ({ name: 'error', data: body }),
};

function saidIn({ role, content }: JsonObject): Said[] {
  if (!Array.isArray(content)) return [{ role, content }];
  return parted(role, content.filter(isRecord), (part) =>
    part.type === 'tool_result' ? { content: part.content } : undefined,
  );
}

type Block =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown; json: string };

function contentOf(reply: Reply): Block[] {
  const blocks: Block[] = [];
  const { thinking, text } = reply;
  if (thinking !== undefined) blocks.push({ type: 'thinking', thinking, signature: `sig_${reply.id}` });
  // This API knows no empty text: an empty answer has no blocks.
  if (text) blocks.push({ type: 'text', text });
  reply.toolCalls.forEach(({ name, arguments: json }, index) => {
    const id = toolCallId(reply, index, 'toolu_');
    blocks.push({ type: 'tool_use', id, name, input: argumentsObject(json), json });
  });
  return blocks;
}

function messageOf(reply: Reply, content: Block[], reason: string | null) {
  return {
    id: `msg_${reply.id}`,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: content.map((block) => ({ ...block, json: undefined })),
    stop_reason: reason,
    stop_sequence: null,
    stop_details: reason === null ? undefined : stopDetails(reply),
    usage: usageOf(reply),
  };
}

function begun(block: Block): object {
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  if (block.type === 'text') return { type: 'text', text: '' };
  const { json: _, ...rest } = block;
  return { ...rest, input: {} };
}

function deltasOf(block: Block, reply: Reply): object[] {
  if (block.type === 'text') return pieces(block.text, reply.chunks).map((text) => ({ type: 'text_delta', text }));
  if (block.type === 'tool_use') {
    return ['', ...pieces(block.json, 2)].map((json) => ({ type: 'input_json_delta', partial_json: json }));
  }
  const thoughts = pieces(block.thinking, 2).map((thinking) => ({ type: 'thinking_delta', thinking }));
  return [...thoughts, { type: 'signature_delta', signature: block.signature }];
}

function stopReason({ refusal, finish }: Reply): string {
  return refusal === undefined ? (STOP_REASONS.get(finish) ?? finish) : 'refusal';
}

function stopDetails({ refusal }: Reply): object | undefined {
  return refusal === undefined ? undefined : { type: 'refusal', category: null, explanation: refusal };
}

function usageOf({ usage }: Reply) {
  return (
    usage && {
      input_tokens: freshInput(usage),
      cache_creation_input_tokens: usage.cacheCreated,
      cache_read_input_tokens: usage.cached,
      output_tokens: usage.output,
    }
  );
}
