import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { excerpt, failureOfStatus } from '../../src/io/providers/answer-failure.js';
import { scrubberOf } from '../../src/io/providers/credential.js';
import { costUsd } from '../../src/io/providers/pricing.js';
import { retryAfterMs } from '../../src/io/providers/retry-after.js';
import { AnswerUnderway } from '../../src/io/providers/wires/answer-underway.js';
import { readChunk } from '../../src/io/providers/wires/openai-chat/stream.js';
import { SseReader } from '../../src/io/providers/wires/sse.js';
import type { StreamEvent, WireAnswer } from '../../src/io/providers/wires/wire.js';
import { providerSpecSchema } from '../../src/schema/provider.js';

function read(chunks: Buffer[]): string[] {
  const events: string[] = [];
  const reader = new SseReader((data) => events.push(data), 1000);
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return events;
}

describe('server-sent events', () => {
  test.each([
    ['data: a\n\ndata: b\n\n', ['a', 'b']],
    ['data: a\r\n\r\ndata:b\r\n\r\n', ['a', 'b']],
    [': a comment\nevent: x\nid: 1\ndata: a\n\n', ['a']],
    ['data: a\ndata: b\n\n', ['a\nb']],
    ['data:  a\n\n', [' a']],
    ['data: a', ['a']],
    ['data: a\n', ['a']],
    ['\n\n\n', []],
  ])('%j holds %j', (text, events) => {
    expect(read([Buffer.from(text)])).toEqual(events);
  });

  test('are the same however the bytes are cut', () => {
    const lines = fc.array(fc.constantFrom('data: grün', 'data: 👋', ': c', '', '', 'data:'), { maxLength: 20 });
    const cuts = fc.array(fc.nat(200), { maxLength: 10 });
    const ends = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(lines, ends, cuts, (parts, end, points) => {
        const bytes = Buffer.from(parts.map((line) => line + end).join(''));
        const edges = [0, ...points.map((point) => point % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        expect(read(pieces)).toEqual(read([bytes]));
      }),
    );
  });

  test('end with a failure when a line does not end', () => {
    const reader = new SseReader(() => undefined, 1000);
    const endless = (): void => {
      for (let chunk = 0; chunk < 20; chunk += 1) reader.push(Buffer.alloc(100, 'x'));
    };
    expect(endless).toThrow('longer');
  });
});

describe('a streamed answer', () => {
  function answer(chunks: StreamEvent[]): WireAnswer {
    const underway = new AnswerUnderway(1000, () => undefined);
    for (const chunk of chunks) readChunk(underway, chunk);
    return underway.finish();
  }
  const delta = (value: object, finish_reason: string | null = null): StreamEvent => ({
    choices: [{ delta: value, finish_reason }],
  });

  test('is put together from its pieces, calls by their index', () => {
    const built = answer([
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'Let me ' }),
      delta({ content: 'look.' }),
      delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'find', arguments: '{"i' } }] }),
      delta({ tool_calls: [{ index: 1, id: 'b', function: { name: 'list', arguments: '' } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: 'd":7}' } }] }),
      delta({}, 'tool_calls'),
      { choices: [], usage: { prompt_tokens: 5, completion_tokens: 3 } },
    ]);
    expect(built).toEqual({
      content: 'Let me look.',
      refusal: '',
      toolCalls: [
        { id: 'a', name: 'find', arguments: '{"id":7}' },
        { id: 'b', name: 'list', arguments: '' },
      ],
      finishReason: 'tool_calls',
      usage: { inputTokens: 5, outputTokens: 3 },
    });
  });

  test('may hold whole calls without an index', () => {
    const whole = (id: string): object => ({ id, function: { name: 'find', arguments: '{}' } });
    const { toolCalls } = answer([delta({ tool_calls: [whole('a'), whole('b')] }, 'stop')]);
    expect(toolCalls.map(({ id }) => id)).toEqual(['a', 'b']);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  test.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': ' 1.5 ' }, 1500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:10 GMT' }, 10_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after': '99999999' }, 3_600_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': ['1', '2'] }, undefined],
    [{}, undefined],
  ])('%j asks for %p ms', (headers, ms) => {
    expect(retryAfterMs(headers, now)).toBe(ms);
  });
});

describe('the cost of a call', () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cachedTokens: 500_000 };

  test.each([
    ['gpt-4o-mini', {}, 0.5 * 0.15 + 0.5 * 0.075 + 0.1 * 0.6],
    ['gpt-4o-mini-2024-07-18', {}, 0.5 * 0.15 + 0.5 * 0.075 + 0.1 * 0.6],
    ['gpt-4o-mini', { pricing: { input_cost_per_1k: 0.001, output_cost_per_1k: 0.002 } }, 1 + 0.2],
    ['gpt-4o-mini', { pricing: { input_cost_per_1k: 0, output_cost_per_1k: 0 } }, 0],
    ['gpt-4o-mini', { base_url: 'https://api.openai.com/v1' }, 0.5 * 0.15 + 0.5 * 0.075 + 0.1 * 0.6],
    ['gpt-5-pro', {}, 15 + 0.1 * 120],
    ['gpt-5.2-pro-2025-12-11', {}, 21 + 0.1 * 168],
    ['gpt-5.4', {}, 0.5 * 5 + 0.5 * 0.5 + 0.1 * 22.5],
    ['gpt-4o-mini', { base_url: 'https://gateway.example/v1' }, undefined],
    ['gpt-4o-mini', { type: 'ollama' }, undefined],
    ['gpt-99', {}, undefined],
  ])('of %s with %j is %p', (model, more, cost) => {
    const spec = providerSpecSchema.parse({ type: 'openai', model, ...more });
    const found = costUsd(spec, model, usage);
    if (cost === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(cost, 9);
  });

  test('is unknown where the usage is', () => {
    const spec = providerSpecSchema.parse({ type: 'openai', model: 'gpt-4o' });
    expect(costUsd(spec, 'gpt-4o', undefined)).toBeUndefined();
    expect(costUsd(spec, 'gpt-4o', { inputTokens: 5 })).toBeUndefined();
  });
});

describe('what an error message repeats', () => {
  const key = 'abcd-1234-secret';
  const scrub = scrubberOf(key, { 'X-Api-Key': 'other-secret', 'X-Team': 'blue' });

  test('never holds a key, wherever the answer puts it', () => {
    const call = { missingModelHint: 'm', url: 'http://x/v1', credentialHint: 'h', scrub };
    const secrets = fc.constantFrom(key, 'other-secret');
    fc.assert(
      fc.property(
        fc.string(),
        secrets,
        fc.string(),
        fc.integer({ min: 300, max: 599 }),
        (before, secret, after, status) => {
          const text = `${before}${secret} ${after}`;
          for (const body of [text, JSON.stringify({ error: { message: text } }), JSON.stringify({ detail: text })]) {
            const failure = failureOfStatus({ status, headers: { location: text }, body }, call);
            expect(JSON.stringify(failure)).not.toContain(secret);
          }
        },
      ),
    );
  });

  test('never holds what looks like a key, and leaves other words alone', () => {
    expect(excerpt('key=sk-proj-0123456789, a task-oriented one', scrub)).toBe('key=***, a task-oriented one');
  });

  test('is short and printable, and keeps what is no secret', () => {
    expect(excerpt('\u001b[31mteam\u0000 blue\n\n', scrub)).toBe('[31mteam blue');
    expect(excerpt('x'.repeat(100_000), scrub)).toHaveLength(300);
  });
});
