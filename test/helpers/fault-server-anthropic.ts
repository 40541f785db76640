/** Anthropic’s messages, from its API reference. */
import { type Json, named, type SpokenWire, WORD } from './fault-server-wire.js';

const message = (content: Json[], reason: string | null): Json => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content,
  stop_reason: reason,
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
});

const start: Json = { type: 'message_start', message: message([], null) };
const stop = (reason: string): Json[] => [
  { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];
const blockText: Json[] = [
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: WORD } },
];
const blockCall = (args: string): Json[] => [
  {
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
  },
  { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: args } },
];
const blockStop: Json = { type: 'content_block_stop', index: 0 };
const toolUse = (args: string): Json => ({ type: 'tool_use', id: 'toolu_1', name: 'weather', input: args });

export const messages: SpokenWire = {
  types: ['application/json', 'text/event-stream'],
  documents: {
    text: message([{ type: 'text', text: WORD }], 'end_turn'),
    empty: (reason) => message([], reason),
    call: (args) => message([toolUse(args)], 'tool_use'),
  },
  streams: {
    text: [start, ...blockText, blockStop, ...stop('end_turn')],
    untilText: [start, { type: 'ping' }, ...blockText],
    untilCall: [start, ...blockCall('{"ci')],
    empty: (reason) => [start, ...stop(reason)],
    call: (args) => [start, ...blockCall(args), blockStop, ...stop('tool_use')],
  },
  frame: named,
  last: [],
  reasons: { length: 'max_tokens', filter: 'refusal' },
};
