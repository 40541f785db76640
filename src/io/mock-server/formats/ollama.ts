/** Ollama's own chat. A stream is what it sends unless it is told not to. */
import { callOf, type Said, textOf } from '../facts.js';
import { argumentsObject, CREATED_ISO, pieces } from '../reply.js';
import { type Format, isRecord, type Reply } from '../wire.js';

/** Durations are told in nanoseconds. */
const MILLISECOND = 1_000_000;

export const ollama: Format = {
  read(request, model) {
    if (typeof request.model !== 'string' || request.model === '') return 'model is required';
    const said: Said[] = Array.isArray(request.messages) ? request.messages.filter(isRecord) : [];
    return callOf({
      model: model ?? request.model,
      system: textOf(said.find(({ role }) => role === 'system')?.content),
      said,
      stream: request.stream !== false,
      request,
    });
  },

  document: (_, reply) => ({
    ...line(reply, {
      content: reply.text ?? reply.refusal ?? '',
      thinking: reply.thinking,
      tool_calls: reply.toolCalls.length > 0 ? toolCallsOf(reply) : undefined,
    }),
    ...end(reply),
  }),

  events(_, reply) {
    const lines: object[] = [];
    for (const thinking of pieces(reply.thinking ?? '', 2)) lines.push(line(reply, { content: '', thinking }));
    for (const content of pieces(reply.text ?? reply.refusal ?? '', reply.chunks)) lines.push(line(reply, { content }));
    for (const call of toolCallsOf(reply)) lines.push(line(reply, { content: '', tool_calls: [call] }));
    const parts = lines.map((data) => ({ data: { ...data, done: false } }));
    return [...parts, { data: { ...line(reply, { content: '' }), ...end(reply) } }];
  },
};

function line(reply: Reply, message: object): object {
  return { model: reply.model, created_at: CREATED_ISO, message: { role: 'assistant', ...message } };
}

function end({ finish, usage }: Reply): object {
  return {
    done: true,
    done_reason: finish === 'tool_calls' ? 'stop' : finish,
    total_duration: 5 * MILLISECOND,
    load_duration: MILLISECOND,
    prompt_eval_count: usage?.input,
    prompt_eval_duration: MILLISECOND,
    eval_count: usage?.output,
    eval_duration: MILLISECOND,
  };
}

function toolCallsOf({ toolCalls }: Reply) {
  return toolCalls.map(({ id, name, arguments: args }, index) => ({
    id,
    function: { index, name, arguments: argumentsObject(args) },
  }));
}
