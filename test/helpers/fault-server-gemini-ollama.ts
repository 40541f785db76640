/** Gemini’s and Ollama’s protocols, from their API references. */
import type { JsonValue } from '../../src/core/conversation.js';
import { type Json, type SpokenWire, WORD } from './fault-server-wire.js';

const candidate = (parts: Json[], reason?: string): Json => ({
  candidates: [
    { index: 0, content: { role: 'model', parts }, ...(reason === undefined ? {} : { finishReason: reason }) },
  ],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
  modelVersion: 'm',
});

const functionCall = (args: JsonValue): Json => ({ functionCall: { name: 'weather', args } });

export const gemini: SpokenWire = {
  types: ['application/json; charset=UTF-8', 'text/event-stream'],
  documents: {
    text: candidate([{ text: WORD }], 'STOP'),
    empty: (reason) => candidate([], reason),
    call: (args) => candidate([functionCall(args)], 'STOP'),
  },
  streams: {
    text: [candidate([{ text: WORD }]), candidate([{ text: '' }], 'STOP')],
    untilText: [candidate([{ text: WORD }])],
    untilCall: [candidate([functionCall({ city: 'Köln' })])],
    empty: (reason) => [candidate([], reason)],
    call: (args) => [candidate([functionCall(args)]), candidate([], 'STOP')],
  },
  frame: (event) => `data: ${JSON.stringify(event)}\r\n\r\n`,
  last: [],
  reasons: { length: 'MAX_TOKENS', filter: 'SAFETY' },
};

const part = (said: Json, done?: string): Json => ({
  model: 'm',
  created_at: '2025-01-01T00:00:00Z',
  message: { role: 'assistant', content: '', ...said },
  done: done !== undefined,
  ...(done === undefined ? {} : { done_reason: done, prompt_eval_count: 3, eval_count: 2 }),
});

const ollamaCall = (args: JsonValue): Json => ({ tool_calls: [{ function: { name: 'weather', arguments: args } }] });

export const ollama: SpokenWire = {
  types: ['application/json; charset=utf-8', 'application/x-ndjson'],
  documents: {
    text: part({ content: WORD }, 'stop'),
    empty: (reason) => part({}, reason),
    call: (args) => part(ollamaCall(args), 'stop'),
  },
  streams: {
    text: [part({ content: WORD }), part({}, 'stop')],
    untilText: [part({ content: WORD })],
    untilCall: [part(ollamaCall({ city: 'Köln' }))],
    empty: (reason) => [part({}, reason)],
    call: (args) => [part(ollamaCall(args)), part({}, 'stop')],
  },
  frame: (event) => `${JSON.stringify(event)}\n`,
  last: [],
  // It has no filter; the word is none of its own.
  reasons: { length: 'length', filter: 'content_filter' },
};
