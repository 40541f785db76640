import { describe, expect, test } from '@jest/globals';
import { ask, bare, failureOf, KEY, mock, open, provider, scripted } from '../helpers/openai-calls.js';

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
      { code: 'quota_exhausted', hint: expect.stringContaining('billing') },
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

  // shows Provider.spec.request_timeout, Provider.spec.stream_idle_timeout
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

  test('is not even made with a header that cannot be sent', async () => {
    const { url, stats } = await mock();
    expect(() => provider(url, { headers: { 'X-Team': 'a\r\nb: c' } })).toThrow(/no header can carry/);
    expect(stats().calls).toBe(0);
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
