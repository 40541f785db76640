import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { ArenaError, type Failure } from '../../src/core/errors.js';
import type { Completion, CompletionRequest } from '../../src/core/provider.js';
import type { MockServerOptions } from '../../src/io/mock-server/options.js';
import type { MockScript } from '../../src/io/mock-server/script.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { OpenAiProvider } from '../../src/io/providers/openai.js';
import { openAiOptions } from '../../src/io/providers/openai-settings.js';
import { type ProviderSpec, providerSpecSchema } from '../../src/schema/provider.js';

const KEY = 'sk-test-0123456789abcdef';
const servers: { close(): unknown }[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function mock(options: MockServerOptions = {}): Promise<MockServer> {
  const server = await startMockServer(options);
  servers.push(server);
  return server;
}

/** A server that does what it is told, for answers that no scripted server should give. */
async function bare(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`;
}

function provider(
  baseUrl: string,
  more: { [field: string]: JsonValue } = {},
  env: { [name: string]: string } = { OPENAI_API_KEY: KEY },
): OpenAiProvider {
  const spec: ProviderSpec = providerSpecSchema.parse({
    type: 'openai',
    model: 'test-model',
    base_url: baseUrl,
    ...more,
  });
  const settings = { env, jobTimeoutMs: undefined, arenaTimeoutMs: undefined };
  return new OpenAiProvider(openAiOptions({ id: 'p', spec, at: (path) => `p.yaml:${path.join('.')}` }, settings));
}

function ask(text = 'hello', more: Partial<CompletionRequest> = {}): CompletionRequest {
  const context = { scenario: 's', provider: 'p' };
  return { messages: [{ role: 'user', content: text }], parameters: {}, context, ...more };
}

const open = { signal: new AbortController().signal };

async function failureOf(promise: Promise<Completion>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ArenaError)) throw new Error(`not an ArenaError: ${error}`);
  return error.failure;
}

/** What the provider makes of one scripted answer. */
async function scripted(answer: NonNullable<MockScript['default']>, request = ask()): Promise<Completion> {
  const { url } = await mock({ script: { default: answer } });
  return provider(url).complete(request, open);
}

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

  test('keeps the raw answer when the provider file asks for it', async () => {
    const { url } = await mock({ script: { default: { text: 'Hi.' } } });
    const answer = await provider(url, { include_raw_output: true }).complete(ask(), open);
    expect(answer.raw).toMatchObject({ object: 'chat.completion', model: 'test-model' });
  });

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

describe('a failing call', () => {
  test('is unauthorized with a wrong key, names the variable and never shows the key', async () => {
    const script = {
      default: { status: 401, body: { error: { message: `Wrong key ${KEY}`, code: 'invalid_api_key' } } },
    };
    const { url } = await mock({ script });
    const failure = await failureOf(provider(url).complete(ask(), open));
    expect(failure).toMatchObject({
      code: 'unauthorized',
      status: 401,
      hint: expect.stringContaining('OPENAI_API_KEY'),
    });
    expect(JSON.stringify(failure)).not.toContain(KEY);
    expect(failure.message).toContain('Wrong key ***');
  });

  test.each([
    [
      { status: 429, retry_after: 2 },
      { code: 'rate_limited', retryAfterMs: 2000 },
    ],
    [
      { status: 429, body: { error: { message: 'No credit', code: 'insufficient_quota' } } },
      { code: 'provider_rejected' },
    ],
    [
      { status: 400, body: { error: { message: 'Too long', code: 'context_length_exceeded' } } },
      { code: 'context_too_long' },
    ],
    [{ status: 400, body: { error: { message: 'Bad', code: 'content_filter' } } }, { code: 'content_filtered' }],
    [
      { status: 400, text: 'Nonsense' },
      { code: 'provider_rejected', message: expect.stringContaining('Nonsense') },
    ],
    [{ status: 404 }, { code: 'provider_rejected', hint: expect.stringContaining('"test-model"') }],
    [{ status: 408 }, { code: 'provider_unavailable' }],
    [{ status: 409 }, { code: 'provider_unavailable' }],
    [{ status: 425 }, { code: 'provider_unavailable' }],
    [{ status: 500 }, { code: 'provider_unavailable' }],
    [
      { status: 503, retry_after: 1 },
      { code: 'provider_unavailable', retryAfterMs: 1000 },
    ],
    [{ status: 529 }, { code: 'provider_unavailable' }],
    [{ status: 307, headers: { location: 'https://example.com/v1' } }, { code: 'redirect_refused' }],
    [{ malformed: true }, { code: 'malformed_answer' }],
    [{ body: '<html>Welcome</html>' }, { code: 'malformed_answer', message: expect.stringContaining('Welcome') }],
    [{ body: { ok: true } }, { code: 'malformed_answer' }],
    [{ body: { error: { message: 'Upstream is down', code: 502 } } }, { code: 'provider_unavailable' }],
    [{ tool_calls: [{ name: 'find', arguments: '{"id":' }] }, { code: 'malformed_answer' }],
    [{ text: '' }, { code: 'empty_answer' }],
    [
      { text: '', finish_reason: 'length' },
      { code: 'empty_answer', hint: expect.stringContaining('max_tokens') },
    ],
    [{ text: '', finish_reason: 'content_filter' }, { code: 'content_filtered' }],
    [{ size_mb: 5 }, { code: 'answer_too_large' }],
    [{ cut: 'connection' as const }, { code: 'connection_failed' }],
    [{ cut: 'body' as const }, { code: 'stream_cut' }],
  ])('%j becomes %j', async (answer, expected) => {
    expect(await failureOf(scripted(answer))).toMatchObject(expected);
  });

  test.each([
    [
      { status: 429, retry_after: 2 },
      { code: 'rate_limited', retryAfterMs: 2000 },
    ],
    [{ size_mb: 5 }, { code: 'answer_too_large' }],
    [{ cut: 'body' as const }, { code: 'stream_cut' }],
    [{ text: '' }, { code: 'empty_answer' }],
    [{ tool_calls: [{ name: 'find', arguments: '[1]' }] }, { code: 'malformed_answer' }],
  ])('streamed, %j becomes %j', async (answer, expected) => {
    expect(await failureOf(scripted(answer, ask('x', { stream: true })))).toMatchObject(expected);
  });

  test.each([
    ['data: nonsense\n\n', 'malformed_answer'],
    ['data: {"choices":[{"delta":{"tool_calls":[{"index":1000000000}]}}]}\n\n', 'malformed_answer'],
    ['data: {"choices":[{"delta":{"content":"half"}}]}\n\n', 'stream_cut'],
    ['data: {"error":{"message":"busy","code":503}}\n\n', 'provider_unavailable'],
    ['', 'stream_cut'],
  ])('the stream %j becomes %s', async (text, code) => {
    const url = await bare((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text),
    );
    expect((await failureOf(provider(url).complete(ask('x', { stream: true }), open))).code).toBe(code);
  });

  test('waits until the date that Retry-After names', async () => {
    const { url } = await mock({ rateLimitFirst: 1, retryAfterSeconds: 30, retryAfterForm: 'date' });
    const { retryAfterMs } = await failureOf(provider(url).complete(ask(), open));
    expect(retryAfterMs).toBeGreaterThan(25_000);
    expect(retryAfterMs).toBeLessThanOrEqual(30_000);
  });

  test('ends at its time limit, and at silence in the middle of a stream', async () => {
    const { url } = await mock({ script: { default: { hang: true } } });
    const failure = await failureOf(provider(url, { request_timeout: '100ms' }).complete(ask(), open));
    expect(failure).toMatchObject({ code: 'call_timeout', message: expect.stringContaining('0.1 s') });
    const idle = provider(url, { stream_idle_timeout: '100ms' }).complete(ask('x', { stream: true }), open);
    expect(await failureOf(idle)).toMatchObject({ code: 'call_timeout', message: expect.stringContaining('stopped') });
  });

  test('rejects with the reason of its signal, and the server sees it go', async () => {
    const server = await mock({ latencyMs: 60_000 });
    const controller = new AbortController();
    const call = provider(server.url).complete(ask(), { signal: controller.signal });
    while (server.stats().inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(provider(server.url).complete(ask(), { signal: controller.signal })).rejects.toBe(reason);
    while (server.stats().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.stats()).toMatchObject({ calls: 1, aborted: 1 });
  });

  test('says so when nobody listens', async () => {
    const server = await mock();
    await server.close();
    const failure = await failureOf(provider(server.url).complete(ask(), open));
    expect(failure).toMatchObject({ code: 'connection_failed', message: expect.stringContaining('ECONNREFUSED') });
  });

  test('says so when a header cannot be sent', async () => {
    const { url } = await mock();
    const failure = await failureOf(provider(url, { headers: { 'X-Team': 'a\r\nb: c' } }).complete(ask(), open));
    expect(failure).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('X-Team') });
  });

  test('does not stop the calls after it from using its connection', async () => {
    const server = await mock({ script: { default: { text: 'ok' }, answers: [{ times: 1, answer: { hang: true } }] } });
    const target = provider(server.url, { request_timeout: '100ms' });
    expect((await failureOf(target.complete(ask(), open))).code).toBe('call_timeout');
    for (let call = 0; call < 5; call += 1) expect((await target.complete(ask(), open)).content).toBe('ok');
  });

  test('shows at most 300 printable characters of an answer', async () => {
    const url = await bare((_request, response) => response.end(`\u001b[31m${'x'.repeat(5000)}`));
    const { message } = await failureOf(provider(url).complete(ask(), open));
    expect(message).not.toContain('\u001b');
    expect(message.length).toBeLessThan(400);
  });

  test('many calls on one signal leave no warning and no listener behind', async () => {
    const server = await mock({ latencyMs: 20 });
    const warnings: Error[] = [];
    const note = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', note);
    const target = provider(server.url);
    await Promise.all(Array.from({ length: 100 }, () => target.complete(ask(), open)));
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(server.stats()).toMatchObject({ calls: 100, byStatus: { 200: 100 } });
  });
});
