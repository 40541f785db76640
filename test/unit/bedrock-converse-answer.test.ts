import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { AnswerUnderway } from '../../src/io/providers/wires/answer-underway.js';
import { BedrockConverseWire } from '../../src/io/providers/wires/bedrock-converse/bedrock-converse.js';
import type { StreamEvent } from '../../src/io/providers/wires/wire.js';

const wire = new BedrockConverseWire('/model/m', {
  marksErrors: false,
  cachesPrompts: false,
  extra: {},
  modelFields: {},
});

describe('an answer', () => {
  const answer = (content: JsonValue, more: { [name: string]: JsonValue } = {}) =>
    wire.read({ output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', ...more });

  test('is read with its calls, reasoning, reason and usage', () => {
    const usage = { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 3, cacheWriteInputTokens: 2 };
    const content: JsonValue = [
      { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
      { text: 'a' },
      { toolUse: { toolUseId: 't', name: 'find', input: { id: 1 } } },
      { citationsContent: { content: [{ text: 'b' }] } },
      { somethingNew: {} },
    ];
    expect(answer(content, { stopReason: 'tool_use', usage })).toEqual({
      content: 'ab',
      refusal: '',
      toolCalls: [{ id: 't', name: 'find', arguments: '{"id":1}' }],
      finishReason: 'tool_calls',
      usage: { inputTokens: 15, outputTokens: 5, cachedTokens: 3 },
      opaque: { wire: 'bedrock-converse', reasoning: [{ reasoningText: { text: 'hm', signature: 's' } }] },
    });
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['content_filtered', 'content_filter'],
    ['guardrail_intervened', 'content_filter'],
    ['malformed_model_output', 'malformed_model_output'],
  ])('that stops for %s ends with %s', (stopReason, finishReason) => {
    expect(answer([{ text: 'a' }], { stopReason })?.finishReason).toBe(finishReason);
  });

  test.each<[JsonValue]>([[null], ['no'], [{}], [{ output: null }], [{ output: { message: 'no' } }]])(
    '%j holds none',
    (document) => {
      expect(wire.read(document)).toBeUndefined();
    },
  );

  test('of the wrong kinds is read as far as it goes', () => {
    expect(answer([null, 5, { text: 7 }, { toolUse: 'no' }, { toolUse: { input: 'x' } }], { usage: [] })).toMatchObject(
      {
        content: '',
        toolCalls: [{ id: '', name: '', arguments: 'x' }],
        usage: undefined,
      },
    );
  });
});

describe('a stream', () => {
  function streamed(events: StreamEvent[]) {
    const answer = new AnswerUnderway(10_000, () => undefined);
    const take = wire.openStream(answer);
    for (const event of events) take(event);
    return answer.finish();
  }
  const delta = (contentBlockIndex: number, piece: object) => ({
    contentBlockDelta: { contentBlockIndex, delta: piece },
  });
  const stop = (contentBlockIndex: number) => ({ contentBlockStop: { contentBlockIndex } });

  test('is put together', () => {
    const call = (index: number, toolUseId: string) => ({
      contentBlockStart: { contentBlockIndex: index, start: { toolUse: { toolUseId, name: 'find' } } },
    });
    const found = streamed([
      { messageStart: { role: 'assistant' } },
      delta(0, { reasoningContent: { text: 'h' } }),
      delta(0, { reasoningContent: { text: 'm' } }),
      delta(0, { reasoningContent: { signature: 's' } }),
      stop(0),
      delta(1, { text: 'a' }),
      delta(1, { text: 'b' }),
      stop(1),
      call(2, 'x'),
      delta(2, { toolUse: { input: '{"id"' } }),
      delta(2, { toolUse: { input: ':1}' } }),
      stop(2),
      call(3, 'y'),
      stop(3),
      { messageStop: { stopReason: 'tool_use' } },
      { metadata: { usage: { inputTokens: 1, outputTokens: 2 } } },
      { somethingNew: {} },
    ]);
    expect(found).toEqual({
      content: 'ab',
      refusal: '',
      toolCalls: [
        { id: 'x', name: 'find', arguments: '{"id":1}' },
        { id: 'y', name: 'find', arguments: '' },
      ],
      finishReason: 'tool_calls',
      usage: { inputTokens: 1, outputTokens: 2 },
      opaque: { wire: 'bedrock-converse', reasoning: [{ reasoningText: { text: 'hm', signature: 's' } }] },
    });
  });

  test.each<[what: string, events: StreamEvent[], code: string]>([
    ['that ends before its message does', [delta(0, { text: 'a' }), stop(0)], 'stream_cut'],
    ['with arguments of no call', [delta(0, { toolUse: { input: '{' } })], 'malformed_answer'],
    ['with more than may be', [delta(0, { text: 'x'.repeat(10_001) })], 'answer_too_large'],
    [
      'with more reasoning than may be',
      [delta(0, { reasoningContent: { text: 'x'.repeat(10_001) } })],
      'answer_too_large',
    ],
  ])('%s is refused', (_what, events, code) => {
    expect(() => streamed(events)).toThrow(expect.objectContaining({ code }));
  });

  test('of the wrong kinds is read as far as it goes', () => {
    const events = [
      { contentBlockDelta: 'no' },
      { contentBlockStart: { start: 5 } },
      { messageStop: {} },
      { metadata: [] },
    ];
    expect(streamed(events)).toMatchObject({ content: '', toolCalls: [], finishReason: undefined });
  });
});
