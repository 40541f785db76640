import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { ask, bare, failureOf, KEY, mock, open, provider, scripted } from '../helpers/openai-calls.js';

describe('an OpenAI-compatible provider', () => {
  test('returns text, usage, finish reason and latency', async () => {
    const answer = await scripted({
      text: 'Hi.',
      delay_ms: 50,
      usage: { prompt_tokens: 100, completion_tokens: 10, cached_tokens: 40 },
    });
    expect(answer).toMatchObject({ content: 'Hi.', finishReason: 'stop' });
    expect(answer.usage).toEqual({ inputTokens: 100, outputTokens: 10, cachedTokens: 40 });
    expect(answer.latencyMs).toBeGreaterThanOrEqual(49);
    expect(answer.costUsd).toBeUndefined();
    expect(answer.raw).toBeUndefined();
  });

  // shows Provider.spec.pricing.input_per_1k, Provider.spec.pricing.output_per_1k
  // shows Provider.spec.pricing.cached_per_1k, Provider.spec.base_url
  test('prices a call by the provider file, cached tokens apart', async () => {
    const usage = { prompt_tokens: 1000, completion_tokens: 500, cached_tokens: 400 };
    const { url } = await mock({ script: { default: { text: 'x', usage } } });
    const priced = provider(url, { pricing: { input_per_1k: 1, output_per_1k: 2, cached_per_1k: 0.5 } });
    expect((await priced.complete(ask(), open)).costUsd).toBeCloseTo(0.6 * 1 + 0.4 * 0.5 + 0.5 * 2, 10);
  });

  test('returns tool calls, streamed and not, with the same ids', async () => {
    const tool_calls = [
      { name: 'find', arguments: { id: 7, tags: ['a'] } },
      { id: 'own', name: 'none' },
    ];
    const { url } = await mock({ script: { default: { tool_calls } } });
    const whole = await provider(url).complete(ask(), open);
    expect(whole.toolCalls).toEqual([
      { id: expect.stringMatching(/^call_/), name: 'find', args: { id: 7, tags: ['a'] } },
      { id: 'own', name: 'none', args: {} },
    ]);
    expect(whole).toMatchObject({ content: '', finishReason: 'tool_calls' });
    const streamed = await provider(url).complete(ask('hello', { stream: true }), open);
    expect(streamed.toolCalls?.map(({ name, args }) => ({ name, args }))).toEqual(
      whole.toolCalls?.map(({ name, args }) => ({ name, args })),
    );
  });

  test('streams text in any cut of bytes, with the time to the first token', async () => {
    const text = 'Grüße, 世界 👋 – '.repeat(20);
    const answer = await scripted({ text, chunks: 50, chunk_delay_ms: 2 }, ask('x', { stream: true }));
    expect(answer.content).toBe(text);
    expect(answer.usage?.outputTokens).toBeGreaterThan(0);
    expect(answer.ttftMs).toBeLessThan(answer.latencyMs - 50);
  });

  // shows Provider.spec.headers, Provider.spec.unsupported_params
  test('sends messages, tools, parameters and headers as the protocol wants them', async () => {
    const seen: { headers: unknown; body: JsonValue }[] = [];
    const url = await bare((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
        response.end(JSON.stringify({ choices: [{ message: { content: 'ok' } }] }));
      });
    });
    const tool = { name: 'find', description: 'Finds.', inputSchema: { type: 'object' } };
    const more = { headers: { 'X-Team': 'blue' }, unsupported_params: ['seed'], additional_config: { top_k: 5 } };
    await provider(url, more).complete(
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: 'Look',
            parts: [
              { type: 'text', text: 'Look' },
              { type: 'image', data: 'QUJD', mimeType: 'image/jpeg', detail: 'low' },
              { type: 'image', url: 'https://example.com/a.png' },
            ],
          },
          { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'find', args: { id: 7 } }] },
          { role: 'tool', content: '{"a":1}', toolResult: { id: 'c1', name: 'find' } },
        ],
        tools: [tool],
        toolChoice: { tool: 'find' },
        parameters: { temperature: 0, topP: 0.5, maxTokens: 20, seed: 3 },
        context: { scenario: 's', provider: 'p' },
      },
      open,
    );
    expect(seen[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-team': 'blue' });
    expect(seen[0]?.body).toEqual({
      model: 'test-model',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,QUJD', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'find', arguments: '{"id":7}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '{"a":1}' },
      ],
      tools: [{ type: 'function', function: { name: 'find', description: 'Finds.', parameters: { type: 'object' } } }],
      tool_choice: { type: 'function', function: { name: 'find' } },
      temperature: 0,
      top_p: 0.5,
      max_tokens: 20,
      top_k: 5,
    });
  });

  // shows Provider.spec.include_raw_output
  test('keeps the raw answer when the provider file asks for it', async () => {
    const { url } = await mock({ script: { default: { text: 'Hi.' } } });
    const answer = await provider(url, { include_raw_output: true }).complete(ask(), open);
    expect(answer.raw).toMatchObject({ object: 'chat.completion', model: 'test-model' });
  });

  // shows Provider.spec.credential.api_key, Provider.spec.credential.credential_env
  test('reads its key at call time: written, from a variable of its own, from the usual one', async () => {
    const { url } = await mock({ apiKey: KEY });
    const env: { [name: string]: string } = {};
    const usual = provider(url, {}, env);
    expect((await failureOf(usual.complete(ask(), open))).code).toBe('unauthorized');
    env.OPENAI_API_KEY = `${KEY}\n`;
    expect((await usual.complete(ask(), open)).content).toContain('hello');
    const named = provider(url, { credential: { credential_env: 'MINE' } }, { MINE: KEY, OPENAI_API_KEY: 'other' });
    expect((await named.complete(ask(), open)).content).toContain('hello');
    const written = provider(url, { credential: { api_key: KEY } }, { OPENAI_API_KEY: 'other' });
    expect((await written.complete(ask(), open)).content).toContain('hello');
  });
});

describe('a key in a file', () => {
  // shows Provider.spec.credential.credential_file
  test('is used without the white space around it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'arena-key-'));
    const file = join(folder, 'key');
    await writeFile(file, `${KEY}\n`);
    const { url } = await mock({ apiKey: KEY });
    const keyed = provider(url, { credential: { credential_file: file } }, { OPENAI_API_KEY: 'other' });
    expect((await keyed.complete(ask(), open)).content).toContain('hello');
    await rm(folder, { recursive: true });
  });

  test.each([
    ['key.txt', 'not absolute'],
    ['/no/such/file', 'ENOENT'],
    ['/dev/zero', 'not a small file'],
    ['/dev/null', 'not a small file'],
  ])('at %s is refused as %s', async (file, why) => {
    const { url } = await mock();
    const failure = await failureOf(provider(url, { credential: { credential_file: file } }).complete(ask(), open));
    expect(failure).toMatchObject({ code: 'unauthorized', message: expect.stringContaining(why) });
    expect(failure.hint).toContain('credential_file');
  });
});
