/** OpenAI's chat completions, which many services and servers copy. */
import { callOf, type Said, textOf } from '../facts.js';
import { CREATED, pieces, toolCallId } from '../reply.js';
import { type Call, type Format, isRecord, type Reply, type WireEvent } from '../wire.js';

export const chatCompletions: Format = {
  read(request, model) {
    if (!Array.isArray(request.messages)) return 'The body is not a chat completion request.';
    const said: Said[] = request.messages.filter(isRecord);
    const system = said.find(({ role }) => role === 'system' || role === 'developer');
    return callOf({
      model: model ?? request.model,
      system: textOf(system?.content),
      said,
      stream: request.stream === true,
      request,
    });
  },

  document(_, reply) {
    const { text = null, thinking, refusal, usage } = reply;
    const message = {
      role: 'assistant',
      content: text,
      refusal,
      reasoning_content: thinking,
      tool_calls: reply.toolCalls.length > 0 ? toolCallsOf(reply) : undefined,
    };
    return {
      id: `chatcmpl-${reply.id}`,
      object: 'chat.completion',
      created: CREATED,
      model: reply.model,
      choices: [{ index: 0, message, finish_reason: reply.finish }],
      usage: usage && usageOf(usage),
    };
  },

  events(call, reply) {
    const head = { id: `chatcmpl-${reply.id}`, object: 'chat.completion.chunk', created: CREATED, model: reply.model };
    const event = (delta: object, reason: string | null = null): WireEvent => ({
      data: { ...head, choices: [{ index: 0, delta, finish_reason: reason }] },
    });
    const { text, thinking = '', refusal = '', chunks } = reply;
    const events = [event({ role: 'assistant', content: text === undefined ? null : '' })];
    for (const piece of pieces(thinking, 2)) events.push(event({ reasoning_content: piece }));
    for (const piece of pieces(text ?? '', chunks)) events.push(event({ content: piece }));
    for (const piece of pieces(refusal, 2)) events.push(event({ refusal: piece }));
    toolCallsOf(reply).forEach(({ id, type, function: { name, arguments: args } }, index) => {
      events.push(event({ tool_calls: [{ index, id, type, function: { name, arguments: '' } }] }));
      for (const piece of pieces(args, 2)) {
        events.push(event({ tool_calls: [{ index, function: { arguments: piece } }] }));
      }
    });
    events.push(event({}, reply.finish));
    if (reply.usage !== undefined && asksForUsage(call)) {
      events.push({ data: { ...head, choices: [], usage: usageOf(reply.usage) } });
    }
    events.push({ data: '[DONE]' });
    return events;
  },
};

function asksForUsage({ request: { stream_options: options } }: Call): boolean {
  return isRecord(options) && options.include_usage === true;
}

function toolCallsOf(reply: Reply) {
  return reply.toolCalls.map(({ name, arguments: args }, index) => ({
    id: toolCallId(reply, index),
    type: 'function',
    function: { name, arguments: args },
  }));
}

function usageOf({ input, output, cached, cacheCreated, reasoning }: NonNullable<Reply['usage']>) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheCreated > 0 ? cacheCreated : undefined },
    completion_tokens_details: reasoning > 0 ? { reasoning_tokens: reasoning } : undefined,
  };
}
