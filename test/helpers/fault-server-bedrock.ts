/** Amazon Bedrock’s two protocols, from its API reference. */
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import type { Bytes } from './fault-server-answers.js';
import { messages } from './fault-server-anthropic.js';
import { type Json, type SpokenWire, WORD } from './fault-server-wire.js';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

export function awsMessage(kind: 'event' | 'exception', name: string, body: Bytes): Bytes {
  const header = (value: string) => ({ type: 'string' as const, value });
  return codec.encode({
    headers: {
      ':message-type': header(kind),
      [`:${kind}-type`]: header(name),
      ':content-type': header('application/json'),
    },
    body: Buffer.from(body as string),
  });
}

const converseMessage = (content: Json[], reason: string): Json => ({
  output: { message: { role: 'assistant', content } },
  stopReason: reason,
  usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
  metrics: { latencyMs: 5 },
});
const begin: Json = { messageStart: { role: 'assistant' } };
const end = (reason: string): Json[] => [
  { messageStop: { stopReason: reason } },
  { metadata: { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 }, metrics: { latencyMs: 5 } } },
];
const converseText: Json = { contentBlockDelta: { contentBlockIndex: 0, delta: { text: WORD } } };
const converseCall = (args: string): Json[] => [
  { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't1', name: 'weather' } } } },
  { contentBlockDelta: { contentBlockIndex: 0, delta: { toolUse: { input: args } } } },
];
const converseStop: Json = { contentBlockStop: { contentBlockIndex: 0 } };

export const converse: SpokenWire = {
  types: ['application/json', 'application/vnd.amazon.eventstream'],
  documents: {
    text: converseMessage([{ text: WORD }], 'end_turn'),
    empty: (reason) => converseMessage([], reason),
    call: (args) => converseMessage([{ toolUse: { toolUseId: 't1', name: 'weather', input: args } }], 'tool_use'),
  },
  streams: {
    text: [begin, converseText, converseStop, ...end('end_turn')],
    untilText: [begin, converseText],
    untilCall: [begin, ...converseCall('{"ci')],
    empty: (reason) => [begin, ...end(reason)],
    call: (args) => [begin, ...converseCall(args), converseStop, ...end('tool_use')],
  },
  frame: (event) => {
    const [[name, body] = ['', {}]] = Object.entries(event);
    return awsMessage('event', name, JSON.stringify(body));
  },
  last: [],
  reasons: { length: 'max_tokens', filter: 'guardrail_intervened' },
};

export const invoke: SpokenWire = {
  ...messages,
  types: ['application/json', 'application/vnd.amazon.eventstream'],
  frame: (event) => {
    const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
    return awsMessage('event', 'chunk', JSON.stringify({ bytes }));
  },
};
