/** Streams that break, and what a provider file says of it. */
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { ask, bare, failureOf, open, provider } from '../helpers/openai-calls.js';

const delta = (content: string, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason }] })}\n\n`;
const WHOLE = `${delta('whole', 'stop')}data: [DONE]\n\n`;

type Deed = (response: ServerResponse) => void;

const stream = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });
const whole: Deed = (response) => stream(response).end(WHOLE);
const status = (code: number, headers = {}): Deed => {
  return (response) => response.writeHead(code, headers).end(JSON.stringify({ error: { message: 'no' } }));
};
const cutBefore: Deed = (response) => response.destroy();
const cutBeforeContent: Deed = (response) => stream(response).write(': hello\n\n', () => response.destroy());
const cutAfterContent: Deed = (response) => stream(response).write(delta('half'), () => response.destroy());
const endsEarly: Deed = (response) => stream(response).end(': hello\n\n');
const silent: Deed = (response) => stream(response).write(': hello\n\n');
const reported: Deed = (response) => stream(response).end('data: {"error":{"message":"busy","code":503}}\n\n');
const nonsense: Deed = (response) => stream(response).end('data: nonsense\n\n');

/** A server that does one thing after the other, and the last one again and again. */
async function server(...deeds: Deed[]): Promise<{ url: string; calls: () => number }> {
  let calls = 0;
  const url = await bare((request, response) => {
    request.resume();
    calls += 1;
    deeds[Math.min(calls, deeds.length) - 1]?.(response);
  });
  return { url, calls: () => calls };
}

const QUICK = { enabled: true, initial_delay: '1ms', max_delay: '5ms' };
const streamed = ask('x', { stream: true });

describe('a stream that breaks', () => {
  // shows Provider.spec.stream_retry.enabled
  test.each<[string, Deed]>([
    ['cut before its head', cutBefore],
    ['cut before content', cutBeforeContent],
    ['ended before content', endsEarly],
    ['refused with 429', status(429)],
    ['refused with 503', status(503)],
    ['that reports a fault', reported],
  ])('%s is started again, and stays broken where nobody asks for it', async (_, deed) => {
    const mended = await server(deed, whole);
    const answer = await provider(mended.url, { stream_retry: QUICK }).complete(streamed, open);
    expect(answer).toMatchObject({ content: 'whole', waitMs: expect.any(Number) });
    expect(mended.calls()).toBe(2);
    for (const stream_retry of [{ ...QUICK, enabled: false }, {}, { ...QUICK, max_attempts: 1 }]) {
      const broken = await server(deed, whole);
      await failureOf(provider(broken.url, { stream_retry }).complete(streamed, open));
      expect(broken.calls()).toBe(1);
    }
  });

  test('by silence is started again; one that is slow as a whole is not', async () => {
    const mended = await server(silent, whole);
    const more = { stream_retry: QUICK, stream_idle_timeout: '500ms' };
    expect((await provider(mended.url, more).complete(streamed, open)).content).toBe('whole');
    const slow = await server(silent, whole);
    const failure = failureOf(
      provider(slow.url, { stream_retry: QUICK, request_timeout: '500ms' }).complete(streamed, open),
    );
    expect((await failure).code).toBe('call_timeout');
    expect(slow.calls()).toBe(1);
  });

  // shows Provider.spec.stream_retry.window
  test('after content is started again only where the window is always', async () => {
    const once = await server(cutAfterContent, whole);
    const failure = await failureOf(provider(once.url, { stream_retry: QUICK }).complete(streamed, open));
    expect(failure.code).toBe('stream_cut');
    expect(once.calls()).toBe(1);
    const again = await server(cutAfterContent, whole);
    const always = { stream_retry: { ...QUICK, window: 'always' } };
    expect((await provider(again.url, always).complete(streamed, open)).content).toBe('whole');
  });

  // shows Provider.spec.stream_retry.max_attempts
  test.each([
    [undefined, 2],
    [4, 4],
  ])('is tried max_attempts %j times: %i in all', async (max_attempts, calls) => {
    const down = await server(status(503));
    const stream_retry = max_attempts === undefined ? QUICK : { ...QUICK, max_attempts };
    expect((await failureOf(provider(down.url, { stream_retry }).complete(streamed, open))).status).toBe(503);
    expect(down.calls()).toBe(calls);
  });

  // shows Provider.spec.stream_retry.initial_delay, Provider.spec.stream_retry.max_delay
  test.each([
    [{ initial_delay: '200ms', max_delay: '1s' }, 100, 900],
    [{ initial_delay: '10s', max_delay: '20ms' }, 10, 900],
  ])('waits with %j between %i and %i ms, which are no latency', async (delays, least, most) => {
    const mended = await server(status(503), whole);
    const stream_retry = { enabled: true, ...delays };
    const answer = await provider(mended.url, { stream_retry }).complete(streamed, open);
    expect(answer.waitMs).toBeGreaterThanOrEqual(least - 1);
    expect(answer.waitMs).toBeLessThan(most);
    if (least >= 100) expect(answer.latencyMs).toBeLessThan(100);
  });

  test('waits as long as the service asks for, and not at all beyond max_delay', async () => {
    const mended = await server(status(429, { 'retry-after-ms': '60' }), whole);
    const patient = { enabled: true, initial_delay: '1ms', max_delay: '1s' };
    const answer = await provider(mended.url, { stream_retry: patient }).complete(streamed, open);
    expect(answer.waitMs).toBeGreaterThanOrEqual(59);
    const busy = await server(status(429, { 'retry-after': '30' }), whole);
    const failure = await failureOf(provider(busy.url, { stream_retry: patient }).complete(streamed, open));
    expect(failure).toMatchObject({ code: 'rate_limited', retryAfterMs: 30_000 });
    expect(busy.calls()).toBe(1);
  });

  // shows Provider.spec.stream_retry.budget.burst, Provider.spec.stream_retry.budget.rate_per_sec
  test.each([
    [{ burst: 2 }, 3],
    [{}, 2],
    [{ burst: 0 }, 1],
    [{ burst: 1, rate_per_sec: 100_000 }, 6],
  ])('takes its further tries from the budget %j: %i calls of 6', async (budget, calls) => {
    const down = await server(status(503));
    const stream_retry = { ...QUICK, initial_delay: '2ms', max_attempts: 6, budget };
    await failureOf(provider(down.url, { stream_retry }).complete(streamed, open));
    expect(down.calls()).toBe(calls);
  });

  test.each<[string, Deed, string]>([
    ['unauthorized', status(401), 'unauthorized'],
    ['malformed', nonsense, 'malformed_answer'],
    ['refused for good', status(400), 'provider_rejected'],
  ])('%s is not started again', async (_, deed, code) => {
    const { url, calls } = await server(deed, whole);
    expect((await failureOf(provider(url, { stream_retry: QUICK }).complete(streamed, open))).code).toBe(code);
    expect(calls()).toBe(1);
  });

  test('is not waited for when its call has been given up', async () => {
    const { url, calls } = await server(status(503));
    const controller = new AbortController();
    const stream_retry = { enabled: true, initial_delay: '1h', max_delay: '1h' };
    const call = provider(url, { stream_retry }).complete(streamed, { signal: controller.signal });
    while (calls() === 0) await new Promise((resolve) => setImmediate(resolve));
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(call).rejects.toThrow('enough');
  });

  test('is no matter of answers that come whole', async () => {
    const { url, calls } = await server(status(503));
    await failureOf(provider(url, { stream_retry: QUICK }).complete(ask(), open));
    expect(calls()).toBe(1);
  });
});
