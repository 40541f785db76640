import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { failureOfErrorObject, failureOfStatus } from '../../src/io/providers/answer-failure.js';
import { completionOf } from '../../src/io/providers/completion.js';
import { costUsd } from '../../src/io/providers/pricing.js';
import type { WireAnswer } from '../../src/io/providers/wires/wire.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { streamed, wireOf } from '../helpers/wires.js';

const wire = wireOf({ type: 'gemini', model: 'gemini-3.5-flash' });

function response(
  parts: JsonValue[],
  finishReason?: string,
  usageMetadata?: JsonValue,
): { [member: string]: JsonValue } {
  const candidate = { content: { role: 'model', parts }, ...(finishReason === undefined ? {} : { finishReason }) };
  return { candidates: [candidate], ...(usageMetadata === undefined ? {} : { usageMetadata }) };
}

function read(document: JsonValue): WireAnswer {
  const answer = wire.read(document);
  if (answer === undefined) throw new Error('it is an answer');
  return answer;
}

const call = (name: string, args: JsonValue, more: object = {}) => ({ functionCall: { name, args, ...more } });
const opaque = (more: object) => ({ wire: 'gemini', text: null, media: [], calls: [], ...more });

describe('an answer of Gemini', () => {
  test.each<[string, JsonValue[], string, Partial<WireAnswer>]>([
    ['text', [{ text: 'Hello ' }, { text: 'you' }], 'STOP', { content: 'Hello you', finishReason: 'stop' }],
    ['thoughts, which are no content', [{ text: 'hm', thought: true }, { text: 'a' }], 'STOP', { content: 'a' }],
    ['a cut', [{ text: 'a' }], 'MAX_TOKENS', { finishReason: 'length' }],
    ['what was withheld in the middle', [{ text: 'a' }], 'SAFETY', { content: 'a', finishReason: 'content_filter' }],
    ['another end', [{ text: 'a' }], 'LANGUAGE', { finishReason: 'LANGUAGE' }],
    [
      'parallel calls, with the service’s ids and without',
      [{ text: 'Look.' }, call('find', { id: 7 }, { id: 'f1' }), call('list', {})],
      'STOP',
      {
        content: 'Look.',
        toolCalls: [
          { id: 'f1', name: 'find', arguments: '{"id":7}' },
          { id: '', name: 'list', arguments: '{}' },
        ],
        finishReason: 'tool_calls',
      },
    ],
    [
      'media',
      [
        { text: 'See' },
        { inlineData: { mimeType: 'image/png', data: 'QQ==' } },
        { inlineData: { mimeType: 'audio/wav', data: 'Qg==' } },
      ],
      'STOP',
      {
        content: 'See',
        parts: [
          { type: 'image', mimeType: 'image/png', data: 'QQ==' },
          { type: 'audio', mimeType: 'audio/wav', data: 'Qg==' },
        ],
      },
    ],
    [
      'signatures, which come back',
      [
        { text: 'a' },
        { ...call('find', {}), thoughtSignature: 's1' },
        call('list', {}),
        { text: '', thoughtSignature: 's2' },
      ],
      'STOP',
      { content: 'a', opaque: opaque({ text: 's2', calls: ['s1', null] }) },
    ],
    [
      'signatures of media',
      [{ inlineData: { mimeType: 'image/png', data: 'QQ==' }, thoughtSignature: 's' }],
      'STOP',
      { opaque: opaque({ media: ['s'] }) },
    ],
  ])('holds %s, streamed and not', (_what, parts, end, expected) => {
    expect(read(response(parts, end))).toMatchObject(expected);
    const events = [...parts.map((part) => response([part])), response([], end)];
    expect(streamed(wire, events)).toMatchObject(expected);
  });

  test.each(['RECITATION', 'PROHIBITED_CONTENT', 'BLOCKLIST', 'SPII', 'IMAGE_SAFETY'])(
    'that ends by %s is a filter’s',
    (end) => {
      expect(() => completionOf(read(response([], end)), 1)).toThrow('content filter withheld');
    },
  );

  test.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL'])('that ends by %s is broken', (end) => {
    expect(() => read(response([], end))).toThrow(/tool call that the service could not read/);
  });

  test('gets stable ids for calls that have none', () => {
    const { toolCalls } = completionOf(read(response([call('find', {}), call('find', {})], 'STOP')), 1);
    expect(toolCalls?.map(({ id }) => id)).toEqual(['call_0_find', 'call_1_find']);
  });

  test.each<[JsonValue, JsonValue | undefined]>([
    [
      {
        promptTokenCount: 100,
        toolUsePromptTokenCount: 5,
        cachedContentTokenCount: 40,
        candidatesTokenCount: 7,
        thoughtsTokenCount: 3,
      },
      { inputTokens: 105, cachedTokens: 40, outputTokens: 10 },
    ],
    [{ promptTokenCount: 100 }, { inputTokens: 100, cachedTokens: 0 }],
    [
      { promptTokenCount: 100, thoughtsTokenCount: 3 },
      { inputTokens: 100, cachedTokens: 0, outputTokens: 3 },
    ],
    [{ promptTokenCount: -1, candidatesTokenCount: 'x' }, undefined],
    ['x', undefined],
  ])('that counts %j used %j', (counts, usage) => {
    expect(read(response([{ text: 'a' }], 'STOP', counts)).usage).toEqual(usage);
  });

  test('of a stream counts what its last event counts', () => {
    const events = [
      response([{ text: 'a' }], undefined, { promptTokenCount: 4, candidatesTokenCount: 1 }),
      response([{ text: 'b' }], 'STOP', { promptTokenCount: 4, candidatesTokenCount: 2, thoughtsTokenCount: 5 }),
    ];
    expect(streamed(wire, events).usage).toEqual({ inputTokens: 4, cachedTokens: 0, outputTokens: 7 });
  });

  test.each<[JsonValue]>([[{}], [[]], [null], [{ candidates: [] }], [{ candidates: 'x' }], [{ promptFeedback: {} }]])(
    'is not %j',
    (document) => {
      expect(wire.read(document)).toBeUndefined();
    },
  );

  test.each([
    ['SAFETY', 'The service blocked the prompt (SAFETY).'],
    ['<script>', 'The service blocked the prompt.'],
  ])('is none when the prompt was blocked by %s', (blockReason, message) => {
    const blocked = { promptFeedback: { blockReason } };
    expect(() => wire.read(blocked)).toThrow(message);
    expect(() => streamed(wire, [blocked])).toThrow(message);
  });

  test('may hold anything where it should hold something else', () => {
    const odd: JsonValue[] = [
      null,
      1,
      { text: 5 },
      { functionCall: [] },
      { functionCall: { id: 1, args: 'x' } },
      { inlineData: { data: 3 } },
    ];
    const { content, toolCalls, parts } = read(response(odd, 'STOP'));
    expect({ content, toolCalls, parts }).toEqual({
      content: '',
      toolCalls: [{ id: '', name: '', arguments: 'x' }],
      parts: undefined,
    });
  });

  test('of a stream that ends without an end is cut', () => {
    expect(() => streamed(wire, [response([{ text: 'a' }])])).toThrow('ended before the answer was complete');
  });

  test('of a stream is bounded, signatures included', () => {
    const event = response([{ text: 'a', thoughtSignature: 'x'.repeat(600) }]);
    expect(() => streamed(wire, [event, event], 1000)).toThrow('longer');
  });
});

describe('a failure of Gemini', () => {
  const told = {
    missingModelHint: 'check it',
    url: 'https://x',
    credentialHint: 'set the key',
    scrub: (said: string) => said,
  };
  const errorOf = (code: number, status: string, message: string, details: JsonValue[] = []) => ({
    error: { code, status, message, details },
  });
  const failure = (body: JsonValue, status: number, headers = {}) =>
    failureOfStatus({ status, headers, body: JSON.stringify(body) }, told);
  const detail = (kind: string, more: object) => ({ '@type': `type.googleapis.com/google.rpc.${kind}`, ...more });
  const retry = (retryDelay: string) => detail('RetryInfo', { retryDelay });
  const quota = (quotaId: string) => detail('QuotaFailure', { violations: [{ quotaId }] });

  test.each<[number, string, string, JsonValue[], object]>([
    [
      400,
      'INVALID_ARGUMENT',
      'API key not valid.',
      [detail('ErrorInfo', { reason: 'API_KEY_INVALID' })],
      { code: 'unauthorized', hint: 'set the key' },
    ],
    [403, 'PERMISSION_DENIED', 'no', [], { code: 'unauthorized' }],
    [404, 'NOT_FOUND', 'models/x is not found', [], { code: 'provider_rejected', hint: 'check it' }],
    [
      400,
      'INVALID_ARGUMENT',
      'The input token count (9) exceeds the maximum number of tokens allowed (8).',
      [],
      { code: 'context_too_long' },
    ],
    [400, 'INVALID_ARGUMENT', 'no', [], { code: 'provider_rejected' }],
    [429, 'RESOURCE_EXHAUSTED', 'no', [], { code: 'rate_limited', retryAfterMs: undefined }],
    [
      429,
      'RESOURCE_EXHAUSTED',
      'no',
      [quota('GenerateRequestsPerMinutePerProject'), retry('37s')],
      { code: 'rate_limited', retryAfterMs: 37_000 },
    ],
    [429, 'RESOURCE_EXHAUSTED', 'no', [retry('0.5s')], { code: 'rate_limited', retryAfterMs: 500 }],
    [429, 'RESOURCE_EXHAUSTED', 'no', [retry('soon')], { code: 'rate_limited', retryAfterMs: undefined }],
    [
      429,
      'RESOURCE_EXHAUSTED',
      'no',
      [quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier'), retry('37s')],
      { code: 'quota_exhausted', hint: expect.stringContaining('tomorrow') },
    ],
    [503, 'UNAVAILABLE', 'The model is overloaded.', [], { code: 'provider_unavailable' }],
    [504, 'DEADLINE_EXCEEDED', 'no', [], { code: 'provider_unavailable' }],
    [500, 'INTERNAL', 'no', [], { code: 'provider_unavailable' }],
  ])('%i %s "%s" %j is %j', (status, word, message, details, expected) => {
    const body = errorOf(status, word, message, details);
    const { retryAfterMs, ...rest } = failure(body, status);
    expect({ retryAfterMs, ...rest }).toMatchObject(expected);
    expect(failure([body], status)).toEqual(failure(body, status));
    const { code } = failureOfErrorObject(body.error, told);
    expect(code).toBe(rest.code);
  });

  test('waits as Retry-After says before it looks into the body', () => {
    const body = errorOf(429, 'RESOURCE_EXHAUSTED', 'no', [retry('37s')]);
    expect(failure(body, 429, { 'retry-after': '2' }).retryAfterMs).toBe(2000);
  });
});

describe('the price of a call of Gemini', () => {
  const short = { inputTokens: 100_000, cachedTokens: 40_000, outputTokens: 100_000 };
  const long = { inputTokens: 300_000, cachedTokens: 100_000, outputTokens: 100_000 };
  const spec = (more: object = {}) => providerSpecSchema.parse({ type: 'google', model: 'm', ...more });

  test.each<[string, typeof short, number | undefined]>([
    ['gemini-2.5-pro', short, 0.075 + 0.005 + 1],
    ['gemini-2.5-pro', long, 0.5 + 0.025 + 1.5],
    ['gemini-2.5-flash-preview-09-2025', short, 0.018 + 0.0012 + 0.25],
    ['gemini-2.0-flash-001', short, 0.006 + 0.001 + 0.04],
    ['gemini-3.1-pro-preview', long, 0.8 + 0.04 + 1.8],
    ['gemini-unheard-of', short, undefined],
  ])('%s %j', (model, usage, cost) => {
    const price = costUsd(spec(), model, usage);
    if (cost === undefined) expect(price).toBeUndefined();
    else expect(price).toBeCloseTo(cost, 9);
  });

  test('is not known elsewhere', () => {
    expect(costUsd(spec({ base_url: 'http://127.0.0.1:1' }), 'gemini-2.5-pro', short)).toBeUndefined();
  });
});
