import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { MockServerOptions } from '../../src/io/mock-server/options.js';
import { parseMockScript } from '../../src/io/mock-server/script.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';

let server: MockServer | undefined;

async function start(options: MockServerOptions = {}): Promise<MockServer> {
  server = await startMockServer(options);
  return server;
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

function ask(to: MockServer, text: string, more: object = {}, headers: { [name: string]: string } = {}) {
  return fetch(`${to.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: text }], ...more }),
  });
}

async function content(answer: Promise<Response>): Promise<string> {
  const body = JSON.parse(await (await answer).text());
  return body.choices[0].message.content;
}

describe('the mock server', () => {
  test('echoes the last user text with usage, equal requests getting equal bytes', async () => {
    const mock = await start();
    const first = await (await ask(mock, 'hello')).text();
    const second = await (await ask(mock, 'hello')).text();
    expect(second).toBe(first);
    const body = JSON.parse(first);
    expect(body.choices[0]).toMatchObject({ message: { role: 'assistant', content: 'You said: hello' } });
    expect(body.usage.prompt_tokens).toBeGreaterThan(0);
  });

  test('streams events that end in usage and [DONE]', async () => {
    const mock = await start();
    const answer = await ask(mock, 'hello there', { stream: true, stream_options: { include_usage: true } });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const events = (await answer.text()).split('\n\n').filter((event) => event !== '');
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)));
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(text).toBe('You said: hello there');
    expect(chunks.at(-1).usage.completion_tokens).toBeGreaterThan(0);
  });

  test('counts calls, repeats by body and the highest number in flight', async () => {
    const mock = await start({ latencyMs: 500 });
    await Promise.all(['a', 'b', 'b', 'c'].map(async (text) => (await ask(mock, text)).text()));
    const stats = mock.stats();
    expect(stats).toMatchObject({
      calls: 4,
      inFlight: 0,
      peakInFlight: 4,
      byStatus: { 200: 4 },
      repeats: 1,
      aborted: 0,
    });
    expect(stats.repeated).toEqual([{ hash: expect.stringMatching(/^[0-9a-f]{16}$/), count: 2 }]);
    const origin = mock.url.replace('/v1', '');
    const served = JSON.parse(await (await fetch(`${origin}/stats?log=1`)).text());
    expect(served.log).toHaveLength(4);
    expect(served.log[0]).toMatchObject({ status: 200, aborted: false });
    await fetch(`${origin}/stats/reset`, { method: 'POST' });
    expect(mock.stats()).toMatchObject({ calls: 0, repeats: 0, repeated: [] });
  });

  test('sees that a client went away', async () => {
    const mock = await start({ latencyMs: 10_000 });
    const client = new AbortController();
    const answer = fetch(`${mock.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ messages: [] }),
      signal: client.signal,
    });
    while (mock.stats().inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
    client.abort();
    await expect(answer).rejects.toThrow();
    while (mock.stats().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(mock.stats()).toMatchObject({ calls: 1, aborted: 1, byStatus: {} });
    expect(mock.log()).toEqual([expect.objectContaining({ status: 0, aborted: true })]);
  });

  test('gives 429 to the first calls, with Retry-After in either form', async () => {
    const seconds = await start({ rateLimitFirst: 2, retryAfterSeconds: 3 });
    const statuses = [await ask(seconds, 'a'), await ask(seconds, 'a'), await ask(seconds, 'a')];
    expect(statuses.map((answer) => answer.status)).toEqual([429, 429, 200]);
    expect(statuses[0]?.headers.get('retry-after')).toBe('3');
    await seconds.close();
    const dated = await start({ rateLimitFirst: 1, retryAfterSeconds: 60, retryAfterForm: 'date' });
    const date = (await ask(dated, 'a')).headers.get('retry-after') ?? '';
    expect(Date.parse(date) - Date.now()).toBeGreaterThan(57_000);
  });

  test('fails about the share of calls that it was told to', async () => {
    const mock = await start({ errorRate: 0.3, errorStatus: 503 });
    await Promise.all(Array.from({ length: 200 }, async () => (await ask(mock, 'a')).text()));
    const failed = mock.stats().byStatus[503] ?? 0;
    expect(failed).toBeGreaterThan(35);
    expect(failed).toBeLessThan(85);
  });

  test('refuses a wrong key and lists its models', async () => {
    const mock = await start({ apiKey: 'right', models: ['one', 'two'] });
    expect((await ask(mock, 'a')).status).toBe(401);
    expect((await ask(mock, 'a', {}, { authorization: 'Bearer right' })).status).toBe(200);
    const models = JSON.parse(await (await fetch(`${mock.url}/models`)).text());
    expect(models.data.map((model: { id: string }) => model.id)).toEqual(['one', 'two']);
  });

  test('answers by script: by text, after a tool, in sequence, a few times only', async () => {
    const script = parseMockScript(
      `
answers:
  - when: { user: order, after_tool: false }
    answer: { tool_calls: [{ name: find_order, arguments: { id: 7 } }] }
  - when: { user: order, after_tool: true }
    answer: { text: On its way. }
  - when: { system: scenario-x }
    answer: { text: From x. }
  - times: 1
    answer: { text: Only once. }
  - when: { user_matches: '(?i)^count' }
    sequence: [{ text: one }, { text: two }]
default: { text: Fallback. }
`,
      'script.yaml',
    );
    const mock = await start({ script });
    const call = JSON.parse(await (await ask(mock, 'My ORDER please')).text());
    expect(call.choices[0].finish_reason).toBe('tool_calls');
    expect(call.choices[0].message.tool_calls[0].function).toEqual({ name: 'find_order', arguments: '{"id":7}' });
    const user = { role: 'user', content: 'my order' };
    expect(await content(ask(mock, '', { messages: [user, { role: 'tool', content: '{}' }] }))).toBe('On its way.');
    const system = { role: 'system', content: 'marker scenario-x' };
    expect(await content(ask(mock, '', { messages: [system, { role: 'user', content: 'hi' }] }))).toBe('From x.');
    expect(await content(ask(mock, 'hi'))).toBe('Only once.');
    expect(await content(ask(mock, 'hi'))).toBe('Fallback.');
    expect(await content(ask(mock, 'Count'))).toBe('one');
    expect(await content(ask(mock, 'Count'))).toBe('two');
    expect(await content(ask(mock, 'Count'))).toBe('two');
  });

  test('misbehaves by script: broken JSON, a size, a cut connection', async () => {
    const script = {
      answers: [
        { when: { user: 'broken' }, answer: { malformed: true } },
        { when: { user: 'big' }, answer: { size_mb: 5 } },
        { when: { user: 'cut' }, answer: { cut: 'connection' as const } },
        { when: { user: 'half' }, answer: { cut: 'body' as const } },
        { when: { user: 'raw' }, answer: { body: '<html>' } },
      ],
    };
    const mock = await start({ script });
    await expect((await ask(mock, 'broken')).json()).rejects.toThrow('JSON');
    expect((await content(ask(mock, 'big'))).length).toBe(5 * 1024 * 1024);
    await expect(ask(mock, 'cut')).rejects.toThrow();
    await expect((await ask(mock, 'half')).text()).rejects.toThrow();
    expect(await (await ask(mock, 'raw')).text()).toBe('<html>');
    expect(mock.stats()).toMatchObject({ calls: 5, aborted: 2, inFlight: 0 });
  });

  test('takes the script that its documentation shows', async () => {
    const page = readFileSync(new URL('../../docs/running.md', import.meta.url), 'utf8');
    const [shown = ''] = /(?<=```yaml\n)answers:[^`]*/.exec(page) ?? [];
    const mock = await start({ script: parseMockScript(shown, 'running.md') });
    expect(await content(ask(mock, 'hi'))).toBe('Hello.');
    const statuses = [await ask(mock, 'busy?'), await ask(mock, 'busy?'), await ask(mock, 'busy?')];
    expect(statuses.map(({ status }) => status)).toEqual([429, 500, 200]);
  });

  test('names every fault of a script', () => {
    const broken = 'answers:\n  - when: { usr: x }\n  - answer: { status: 99 }\n';
    expect(() => parseMockScript(broken, 's.yaml')).toThrow(
      /s\.yaml.*answers\.0\.when.*usr.*answers\.1\.answer\.status/,
    );
  });
});
