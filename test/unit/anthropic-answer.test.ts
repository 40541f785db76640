import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { completionOf } from '../../src/io/providers/completion.js';
import type { WireAnswer } from '../../src/io/providers/wires/wire.js';
import { streamed, wireOf } from '../helpers/wires.js';

const wire = wireOf({ type: 'claude', model: 'claude-sonnet-4-5' });
const THINKING = { type: 'thinking', thinking: 'hm', signature: 'sig' };
const REDACTED = { type: 'redacted_thinking', data: 'x' };
const text = (said: string) => ({ type: 'text', text: said });
const use = (id: string, input: JsonValue) => ({ type: 'tool_use', id, name: 'find', input });

function read(content: JsonValue[], more: { [member: string]: JsonValue } = {}): WireAnswer {
  const answer = wire.read({ type: 'message', role: 'assistant', content, ...more });
  if (answer === undefined) throw new Error('it is an answer');
  return answer;
}

/** The same answer as its stream would tell it, each text and each argument in two pieces. */
function stream(content: JsonValue[], more: { [member: string]: JsonValue } = {}) {
  const { usage, stop_reason } = more;
  const blocks = content.flatMap((block, index) => eventsOf(Object(block), index));
  return [
    { type: 'message_start', message: { content: [], usage: { input_tokens: 10, output_tokens: 1 } } },
    { type: 'ping' },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason }, usage },
    { type: 'message_stop' },
  ];
}

function eventsOf(block: { [member: string]: JsonValue }, index: number) {
  const delta = (type: string, member: string, value: string) => ({
    type: 'content_block_delta',
    index,
    delta: { type, [member]: value },
  });
  const halves = (type: string, member: string, value: string) => [
    delta(type, member, value.slice(0, 2)),
    delta(type, member, value.slice(2)),
  ];
  const stop = { type: 'content_block_stop', index };
  const start = (content_block: object) => ({ type: 'content_block_start', index, content_block });
  if (block.type === 'text')
    return [start({ type: 'text', text: '' }), ...halves('text_delta', 'text', String(block.text)), stop];
  if (block.type === 'tool_use') {
    const input = JSON.stringify(block.input);
    return [start({ ...block, input: {} }), ...halves('input_json_delta', 'partial_json', input), stop];
  }
  if (block.type === 'thinking') {
    const pieces = halves('thinking_delta', 'thinking', String(block.thinking));
    return [
      start({ type: 'thinking', thinking: '', signature: '' }),
      ...pieces,
      delta('signature_delta', 'signature', String(block.signature)),
      stop,
    ];
  }
  return [start(block), stop];
}

const USAGE = { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 40, output_tokens: 7 };

describe('an answer of Anthropic', () => {
  const opaque = (layout: JsonValue) => ({ wire: 'anthropic', layout });
  const find = (id: string, input: JsonValue) => ({ id, name: 'find', arguments: JSON.stringify(input) });

  test.each<[string, JsonValue[], { [member: string]: JsonValue }, Partial<WireAnswer>]>([
    [
      'text',
      [text('Hello '), text('you')],
      { stop_reason: 'end_turn' },
      { content: 'Hello you', finishReason: 'stop' },
    ],
    ['a stop text', [text('Hello')], { stop_reason: 'stop_sequence' }, { finishReason: 'stop' }],
    ['a cut', [text('Hello')], { stop_reason: 'max_tokens' }, { finishReason: 'length' }],
    ['a full context', [text('Hello')], { stop_reason: 'model_context_window_exceeded' }, { finishReason: 'length' }],
    ['a refusal', [text('Hello')], { stop_reason: 'refusal' }, { finishReason: 'content_filter' }],
    ['another end', [text('Hello')], { stop_reason: 'pause_turn' }, { finishReason: 'pause_turn' }],
    [
      'parallel calls',
      [text('Let me look.'), use('1', { id: 7 }), use('2', {})],
      { stop_reason: 'tool_use' },
      { content: 'Let me look.', toolCalls: [find('1', { id: 7 }), find('2', {})], finishReason: 'tool_calls' },
    ],
    [
      'thinking, which is no content and comes back',
      [THINKING, text('a'), REDACTED, use('1', {})],
      { stop_reason: 'tool_use' },
      { content: 'a', opaque: opaque([THINKING, 1, REDACTED, 'call']) },
    ],
    [
      'blocks of kinds to come',
      [{ type: 'dream', text: 'no' }, text('Hello')],
      { stop_reason: 'end_turn' },
      { content: 'Hello' },
    ],
    [
      'usage, what came from the cache and went there included',
      [text('Hello')],
      { stop_reason: 'end_turn', usage: USAGE },
      { usage: { inputTokens: 150, cachedTokens: 100, outputTokens: 7, surchargeTokens: 10 } },
    ],
    [
      'writes for an hour',
      [text('Hello')],
      {
        stop_reason: 'end_turn',
        usage: { ...USAGE, cache_creation: { ephemeral_1h_input_tokens: 20, ephemeral_5m_input_tokens: 20 } },
      },
      { usage: { inputTokens: 150, cachedTokens: 100, outputTokens: 7, surchargeTokens: 25 } },
    ],
  ])('holds %s, streamed and not', (_what, content, more, expected) => {
    expect(read(content, more)).toMatchObject(expected);
    expect(streamed(wire, stream(content, more))).toMatchObject(expected);
  });

  test('keeps what only the price depends on out of what is recorded', () => {
    const { usage } = completionOf(read([text('Hello')], { usage: USAGE }), 1);
    expect(usage).toEqual({ inputTokens: 150, cachedTokens: 100, outputTokens: 7 });
  });

  test.each<[JsonValue]>([[{}], [[]], [null], [{ content: 'x' }]])('is not %j', (document) => {
    expect(wire.read(document)).toBeUndefined();
  });

  test('may hold anything where it should hold something else', () => {
    const odd = read(
      [1, null, { type: 'text', text: 5 }, { type: 'tool_use', id: 1, input: [] }, { type: 'thinking' }],
      {
        stop_reason: 3,
        usage: { input_tokens: -1, output_tokens: '7', cache_creation: 4 },
      },
    );
    expect(odd).toEqual({
      content: '',
      refusal: '',
      toolCalls: [{ id: '', name: '', arguments: '' }],
      finishReason: undefined,
      usage: undefined,
    });
  });

  test('without a word, withheld, is a filter’s', () => {
    expect(() => completionOf(read([], { stop_reason: 'refusal' }), 1)).toThrow('content filter withheld');
  });
});

describe('a stream of Anthropic', () => {
  test('has its first token with the first text, not with thinking', () => {
    const events = stream([THINKING, text('Hello')], { stop_reason: 'end_turn' });
    const first = events.findIndex((event) => JSON.stringify(event).includes('text_delta'));
    expect(streamed(wire, events).firstToken).toBe(first + 1);
  });

  test('counts at its end what it did not count at its begin', () => {
    const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } };
    const start = { type: 'message_start', message: { usage: { input_tokens: 5, cache_read_input_tokens: 3 } } };
    expect(streamed(wire, [start, end]).usage).toEqual({ inputTokens: 8, cachedTokens: 3, outputTokens: 9 });
  });

  test('may hold whole arguments at the begin of a call', () => {
    const start = { type: 'content_block_start', index: 0, content_block: use('1', { id: 7 }) };
    const { toolCalls } = streamed(wire, [start, { type: 'message_stop' }]);
    expect(toolCalls).toEqual([{ id: '1', name: 'find', arguments: '{"id":7}' }]);
  });

  test('that ends without its end is cut', () => {
    const [start, ping, ...rest] = stream([text('Hello')], {});
    const cut = [start, ping, ...rest.slice(0, 2)].filter((event) => event !== undefined);
    expect(() => streamed(wire, cut)).toThrow('ended before the answer was complete');
  });

  test.each([
    [{ type: 'content_block_start', index: 1, content_block: text('') }],
    [{ type: 'content_block_start', index: '0', content_block: text('') }],
    [{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } }],
    [{ type: 'content_block_delta', index: -1, delta: { type: 'text_delta', text: 'x' } }],
  ])('that numbers its blocks wrongly is broken: %j', (event) => {
    expect(() => streamed(wire, [event])).toThrow('out of order');
  });

  test('is bounded, thinking included', () => {
    const delta = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'thinking_delta', thinking: 'x'.repeat(600) },
    };
    const start = { type: 'content_block_start', index: 0, content_block: { type: 'thinking' } };
    expect(() => streamed(wire, [start, delta, delta], 1000)).toThrow('longer');
    const many = Array.from({ length: 1025 }, (_, index) => ({ ...start, index }));
    expect(() => streamed(wire, many)).toThrow('out of order');
  });

  test.each([
    [{ type: 'dream' }],
    [{}],
    [{ type: 'message_start' }],
    [{ type: 'content_block_start' }],
    [{ type: 'message_delta' }],
  ])('passes over %j', (event) => {
    expect(streamed(wire, [event, { type: 'message_stop' }]).content).toBe('');
  });
});
