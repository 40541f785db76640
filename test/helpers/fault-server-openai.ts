/** OpenAI’s two protocols, from its API reference. */
import { type Json, named, type SpokenWire, sse, WORD } from './fault-server-wire.js';

const choice = (delta: Json, reason: string | null = null): Json => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: reason }],
});

const completion = (message: Json, reason: string): Json => ({
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: reason }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
});

const chatCall = (args: string): Json => ({
  id: 'call_1',
  type: 'function',
  function: { name: 'weather', arguments: args },
});

export const chat: SpokenWire = {
  types: ['application/json', 'text/event-stream'],
  documents: {
    text: completion({ content: WORD }, 'stop'),
    empty: (reason) => completion({ content: null }, reason),
    call: (args) => completion({ content: null, tool_calls: [chatCall(args)] }, 'tool_calls'),
  },
  streams: {
    text: [choice({ role: 'assistant', content: '' }), choice({ content: WORD }), choice({}, 'stop')],
    untilText: [choice({ role: 'assistant', content: '' }), choice({ content: WORD })],
    untilCall: [
      choice({ role: 'assistant', content: null }),
      choice({ tool_calls: [{ index: 0, ...chatCall('{"ci') }] }),
    ],
    empty: (reason) => [choice({ role: 'assistant', content: '' }), choice({}, reason)],
    call: (args) => [choice({ tool_calls: [{ index: 0, ...chatCall(args) }] }), choice({}, 'tool_calls')],
  },
  frame: sse,
  last: ['data: [DONE]\n\n'],
  reasons: { length: 'length', filter: 'content_filter' },
};

const response = (output: Json[], reason = 'stop'): Json => ({
  id: 'resp_1',
  object: 'response',
  status: reason === 'stop' ? 'completed' : 'incomplete',
  error: null,
  incomplete_details: reason === 'stop' ? null : { reason },
  model: 'm',
  output,
  usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
});

const said: Json = {
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text: WORD, annotations: [] }],
};
const called = (args: string): Json => ({
  id: 'fc_1',
  type: 'function_call',
  call_id: 'call_1',
  name: 'weather',
  arguments: args,
});
const created: Json = { type: 'response.created', response: { ...response([]), status: 'in_progress', usage: null } };
const completed = (output: Json[], reason = 'stop'): Json => ({
  type: reason === 'stop' ? 'response.completed' : 'response.incomplete',
  response: response(output, reason),
});
const textDelta: Json = {
  type: 'response.output_text.delta',
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  delta: WORD,
};
const callAdded: Json = { type: 'response.output_item.added', output_index: 0, item: called('') };
const callDelta = (delta: string): Json => ({
  type: 'response.function_call_arguments.delta',
  item_id: 'fc_1',
  output_index: 0,
  delta,
});

export const responses: SpokenWire = {
  types: ['application/json', 'text/event-stream'],
  documents: {
    text: response([said]),
    empty: (reason) => response([], reason),
    call: (args) => response([called(args)]),
  },
  streams: {
    text: [created, textDelta, completed([said])],
    untilText: [created, textDelta],
    untilCall: [created, callAdded, callDelta('{"ci')],
    empty: (reason) => [created, completed([], reason)],
    call: (args) => [
      created,
      callAdded,
      callDelta(args),
      { type: 'response.output_item.done', output_index: 0, item: called(args) },
      completed([called(args)]),
    ],
  },
  frame: named,
  last: [],
  reasons: { length: 'max_output_tokens', filter: 'content_filter' },
};
