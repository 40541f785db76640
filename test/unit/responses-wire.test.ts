import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonValue } from '../../src/core/conversation.js';
import { AnswerUnderway } from '../../src/io/providers/wires/answer-underway.js';
import { NdjsonReader } from '../../src/io/providers/wires/ndjson.js';
import { OpenAiResponsesWire } from '../../src/io/providers/wires/openai-responses/openai-responses.js';
import type { StreamEvent, WireAnswer } from '../../src/io/providers/wires/wire.js';

const wire = new OpenAiResponsesWire('/v1/responses', { model: 'm', extra: {} });
type Json = { [name: string]: JsonValue };
const message = (...content: Json[]): Json => ({ type: 'message', role: 'assistant', content });
const text = (value: JsonValue): Json => ({ type: 'output_text', text: value });
const call = (more: Json = {}): Json => ({
  type: 'function_call',
  call_id: 'c',
  name: 'find',
  arguments: '{}',
  ...more,
});
const reasoning = {
  type: 'reasoning',
  id: 'rs',
  summary: [{ type: 'summary_text', text: 's' }],
  encrypted_content: 'e',
};
const kept = { wire: 'openai-responses', model: 'm', reasoning: [reasoning] };

function streamed(events: StreamEvent[]): WireAnswer {
  const answer = new AnswerUnderway(1000, () => undefined);
  const take = wire.openStream(answer);
  for (const event of events) take(event);
  return answer.finish();
}

describe('a response', () => {
  test.each<[{ [name: string]: JsonValue } | null, object | undefined]>([
    [
      { output: [message(text('a'), text('b'))], status: 'completed' },
      { content: 'ab', finishReason: 'stop' },
    ],
    [{ output: [message(text('a'))] }, { content: 'a', finishReason: 'stop' }],
    [{ output: [message({ type: 'refusal', refusal: 'No.' })] }, { content: '', refusal: 'No.' }],
    [
      { output: [reasoning, call()] },
      {
        finishReason: 'tool_calls',
        toolCalls: [{ id: 'c', name: 'find', arguments: '{}' }],
        opaque: kept,
      },
    ],
    [{ output: [call({ arguments: { a: 1 } })] }, { toolCalls: [{ id: 'c', name: 'find', arguments: '{"a":1}' }] }],
    [{ output: [{ ...reasoning, encrypted_content: null }] }, { content: '' }],
    [
      { output: [], status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      { finishReason: 'length' },
    ],
    [
      { output: [], status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
      { finishReason: 'content_filter' },
    ],
    [
      { output: [], usage: { input_tokens: 5, output_tokens: 3, input_tokens_details: { cached_tokens: 2 } } },
      { usage: { inputTokens: 5, outputTokens: 3, cachedTokens: 2 } },
    ],
    [{ output: [], usage: { input_tokens: -5, output_tokens: 'x' } }, { content: '' }],
    [{ output: [null, 5, [], { type: 'message', content: 'x' }, message(text(5))] }, { content: '' }],
    [{ output: [], status: 'in_progress' }, undefined],
    [{ output: [], status: 'queued' }, undefined],
    [{ output: 'x' }, undefined],
    [null, undefined],
  ])('%j is read', (document, expected) => {
    const read = wire.read(document);
    if (expected === undefined) expect(read).toBeUndefined();
    else expect(read).toMatchObject(expected);
  });

  test.each<[object, unknown]>([
    [
      { status: 'failed', error: { code: 'server_error', message: 'm' } },
      { code: 'server_error', message: 'm' },
    ],
    [{ status: 'failed', error: null }, { message: 'the response failed' }],
    [{ type: 'error', code: 'rate_limit_exceeded', message: 'm' }, expect.objectContaining({ message: 'm' })],
    [{ type: 'error', error: { message: 'm' } }, { message: 'm' }],
    [{ type: 'response.failed', response: { error: { message: 'm' } } }, { message: 'm' }],
    [{ type: 'response.failed', response: {} }, { message: 'the response failed' }],
    [{ status: 'completed', error: null }, undefined],
    [{ type: 'response.completed', response: { error: null } }, undefined],
  ])('%j holds the error %j', (value, error) => {
    expect(wire.errorOf({ ...value })).toEqual(error);
  });
});

describe('a streamed response', () => {
  const done = (more: object = {}): StreamEvent => ({ type: 'response.completed', response: { ...more } });

  test('is put together from its pieces, calls by their place', () => {
    const answer = streamed([
      { type: 'response.created', response: { status: 'in_progress' } },
      { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning' } },
      { type: 'response.output_item.done', output_index: 0, item: reasoning },
      { type: 'response.output_text.delta', output_index: 1, delta: 'Let me ' },
      { type: 'response.output_text.delta', output_index: 1, delta: 'look.' },
      { type: 'response.output_item.added', output_index: 2, item: call({ arguments: '' }) },
      {
        type: 'response.output_item.added',
        output_index: 3,
        item: call({ call_id: 'd', name: 'list', arguments: '' }),
      },
      { type: 'response.function_call_arguments.delta', output_index: 3, delta: '{"b"' },
      { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"a":1}' },
      { type: 'response.function_call_arguments.delta', output_index: 3, delta: ':2}' },
      { type: 'response.output_item.done', output_index: 2, item: call({ arguments: '{"a":1}' }) },
      { type: 'response.output_item.done', output_index: 3, item: call({ arguments: '{"b":2}' }) },
      done({ usage: { input_tokens: 5, output_tokens: 3 } }),
    ]);
    expect(answer).toEqual({
      content: 'Let me look.',
      refusal: '',
      toolCalls: [
        { id: 'c', name: 'find', arguments: '{"a":1}' },
        { id: 'd', name: 'list', arguments: '{"b":2}' },
      ],
      finishReason: 'tool_calls',
      usage: { inputTokens: 5, outputTokens: 3 },
      opaque: kept,
    });
  });

  test.each<[what: string, events: StreamEvent[], expected: Partial<WireAnswer>]>([
    [
      'a call that comes whole at its end',
      [{ type: 'response.output_item.done', output_index: 0, item: call({ arguments: '{"a":1}' }) }, done()],
      { toolCalls: [{ id: 'c', name: 'find', arguments: '{"a":1}' }] },
    ],
    [
      'an answer that only the last event holds',
      [done({ output: [message(text('all')), call()] })],
      { content: 'all', toolCalls: [{ id: 'c', name: 'find', arguments: '{}' }], finishReason: 'tool_calls' },
    ],
    ['a refusal', [{ type: 'response.refusal.delta', delta: 'No.' }, done()], { refusal: 'No.', finishReason: 'stop' }],
    [
      'an answer that was cut short',
      [
        { type: 'response.output_text.delta', delta: 'a' },
        {
          type: 'response.incomplete',
          response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
        },
      ],
      { content: 'a', finishReason: 'length' },
    ],
    [
      'events that nobody knows',
      [
        { type: 5 },
        { type: 'response.output_item.added', item: null },
        { type: 'response.output_item.done' },
        { type: 'response.function_call_arguments.delta', output_index: 9, delta: 'x' },
        { type: 'response.output_text.delta', delta: { a: 1 } },
        { type: 'response.reasoning_summary_text.delta', delta: 'thinking' },
        { type: 'response.output_text.delta', delta: 'a' },
        done(),
      ],
      { content: 'a' },
    ],
  ])('takes %s', (_, events, expected) => {
    expect(streamed(events)).toMatchObject(expected);
  });

  test('is cut when its last event is missing, and too large beyond its bound', () => {
    expect(() => streamed([{ type: 'response.output_text.delta', delta: 'a' }])).toThrow(
      'before the answer was complete',
    );
    const long = { type: 'response.output_text.delta', delta: 'x'.repeat(600) };
    expect(() => streamed([long, long, done()])).toThrow('longer');
  });
});

describe('lines of JSON', () => {
  function read(chunks: Buffer[]): string[] {
    const lines: string[] = [];
    const reader = new NdjsonReader((line) => lines.push(line), 1000);
    for (const chunk of chunks) reader.push(chunk);
    reader.end();
    return lines;
  }

  test('are the same however the bytes are cut', () => {
    const lines = fc.array(fc.constantFrom('{"a":"grün"}', '"👋"', '', '  '), { maxLength: 20 });
    const cuts = fc.array(fc.nat(200), { maxLength: 10 });
    fc.assert(
      fc.property(lines, cuts, fc.constantFrom('\n', '\r\n'), (parts, points, end) => {
        const bytes = Buffer.from(parts.map((line) => line + end).join(''));
        const edges = [0, ...points.map((point) => point % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        expect(read(pieces).map((line) => line.trimEnd())).toEqual(parts.filter((line) => line.trim() !== ''));
      }),
    );
  });

  test.each([
    ['{"a":1}', ['{"a":1}']],
    ['{"a":1}\n\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
    ['', []],
  ])('%j holds %j', (lines, expected) => {
    expect(read([Buffer.from(lines)])).toEqual(expected);
  });

  test('end with a failure when a line does not end', () => {
    const reader = new NdjsonReader(() => undefined, 1000);
    const endless = (): void => {
      for (let chunk = 0; chunk < 20; chunk += 1) reader.push(Buffer.alloc(100, 'x'));
    };
    expect(endless).toThrow('longer');
  });
});
