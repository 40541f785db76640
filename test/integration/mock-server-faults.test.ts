/** What the mock server does at every address alike: faults, delays, keys, statistics; and what it makes of bad requests. */
import { describe, expect, test } from '@jest/globals';
import type { MockServer } from '../../src/io/mock-server/server.js';
import { answering, inFlight, KEY, SPOKEN, vendor } from '../helpers/mock-vendor.js';

const CHAT = { model: 'm', messages: [{ role: 'user', content: 'hello' }] };
const CLAUDE = { ...CHAT, max_tokens: 10 };
const PREDICT = { ...CLAUDE, anthropic_version: 'any' };
const GEMINI = { contents: [{ parts: [{ text: 'hello' }] }] };
const CONVERSE = { messages: [{ role: 'user', content: [{ text: 'hello' }] }] };
const VERTEX = '/v1/projects/p/locations/l/publishers';

type Address = [format: string, path: string, body: object, streamed: boolean, headers?: { [name: string]: string }];

const ADDRESSES: Address[] = [
  ['openai-chat', '/v1/chat/completions', CHAT, false],
  ['openai-chat', '/v1/chat/completions', { ...CHAT, stream: true }, true],
  ['openai-responses', '/v1/responses', { model: 'm', input: 'hello' }, false],
  ['openai-responses', '/v1/responses', { model: 'm', input: 'hello', stream: true }, true],
  ['openai-embeddings', '/v1/embeddings', { model: 'm', input: 'hello' }, false],
  ['azure-chat', '/openai/deployments/d/chat/completions?api-version=1', CHAT, false],
  ['anthropic-messages', '/v1/messages', CLAUDE, false, { 'anthropic-version': '2023-06-01' }],
  ['anthropic-messages', '/v1/messages', { ...CLAUDE, stream: true }, true, { 'anthropic-version': '2023-06-01' }],
  ['gemini', '/v1beta/models/m:generateContent', GEMINI, false],
  ['gemini', '/v1beta/models/m:streamGenerateContent?alt=sse', GEMINI, true],
  ['gemini', '/v1/models/m:streamGenerateContent', GEMINI, true],
  ['vertex-gemini', `${VERTEX}/google/models/m:generateContent`, GEMINI, false],
  ['vertex-anthropic', `${VERTEX}/anthropic/models/m:rawPredict`, PREDICT, false],
  ['ollama', '/api/chat', { ...CHAT, stream: false }, false],
  ['ollama', '/api/chat', CHAT, true],
  ['bedrock-invoke', '/model/m/invoke', PREDICT, false],
  ['bedrock-invoke', '/model/m/invoke-with-response-stream', PREDICT, true],
  ['bedrock-converse', '/model/m/converse', CONVERSE, false],
  ['bedrock-converse', '/model/m/converse-stream', CONVERSE, true],
];

const STREAMS = ADDRESSES.filter(([, , , streamed]) => streamed);

function post({ origin }: MockServer, [, path, body, , more]: Address, signal?: AbortSignal): Promise<Response> {
  const headers = { authorization: `Bearer ${KEY}`, ...more };
  return fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body), signal });
}

describe.each(ADDRESSES)('%s at %s', (...address) => {
  const [format, , , streamed] = address;

  test('gives equal requests equal bytes', async () => {
    const server = await vendor();
    const bytes = async () => Buffer.from(await (await post(server, address)).arrayBuffer()).toString('base64');
    expect(await bytes()).toBe(await bytes());
    expect(server.stats()).toMatchObject({ calls: 2, repeats: 1, byStatus: { 200: 2 }, byFormat: { [format]: 2 } });
  });

  test('fails at first, then answers, as the options say', async () => {
    const server = await vendor({ rateLimitFirst: 1, retryAfterSeconds: 2 });
    expect((await post(server, address)).status).toBe(429);
    expect((await post(server, address)).status).toBe(200);
    const failing = await vendor({ errorRate: 1, errorStatus: 503 });
    expect((await post(failing, address)).status).toBe(503);
  });

  test('cuts, hangs and breaks an answer as scripted', async () => {
    const answers = [
      { times: 1, answer: { text: SPOKEN, cut: 'connection' as const } },
      { times: 1, answer: { text: SPOKEN, cut: 'body' as const } },
      { times: 1, answer: { text: SPOKEN, hang: true } },
      { times: 1, answer: { body: '<html>' } },
      { times: 1, answer: { text: SPOKEN, delay_ms: 30 } },
    ];
    const server = await vendor({ script: { answers } });
    await expect(post(server, address)).rejects.toThrow();
    await expect((await post(server, address)).arrayBuffer()).rejects.toThrow();
    const client = new AbortController();
    const hanging = await post(server, address, client.signal);
    const [first] = await Promise.all([hanging.body?.getReader().read()]);
    expect(first?.done).toBe(false);
    client.abort();
    expect(await (await post(server, address)).text()).toBe('<html>');
    expect((await post(server, address)).status).toBe(200);
    await inFlight(server, 0);
    expect(server.stats()).toMatchObject({ calls: 5, aborted: 3, byStatus: { 200: 2 } });
  });

  test('refuses no key and a body that is not a request, and has no trouble with hostile ones', async () => {
    const server = await vendor();
    const [, path, , , more] = address;
    const send = (body: string, headers: { [name: string]: string }) =>
      fetch(`${server.origin}${path}`, { method: 'POST', headers: { ...headers, ...more }, body });
    expect([400, 401, 403]).toContain((await send('{}', {})).status);
    const open = { authorization: `Bearer ${KEY}` };
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const bodies = [
      '',
      'null',
      '[]',
      '{',
      '{"messages":[null],"contents":[null],"input":[null],"model":{},"max_tokens":1,"anthropic_version":"a"}',
      `{"__proto__":{"messages":[]},"model":"m","messages":[{"role":"user","content":{"a":${deep}}}],"max_tokens":1}`,
      `{"model":"m","input":"a","metadata":${deep},"anthropic_version":"a","messages":[],"contents":[]}`,
    ];
    for (const body of bodies) expect([200, 400]).toContain((await send(body, open)).status);
    expect((await post(server, address)).status).toBe(200);
  });

  if (!streamed) {
    test('cuts a document in its middle, and gives the status of an error without one', async () => {
      const broken = await answering({ text: SPOKEN, malformed: true });
      await expect((await post(broken, address)).json()).rejects.toThrow('JSON');
      expect((await post(await answering({ error: { message: 'Oh.' } }), address)).status).toBe(500);
    });
  }
});

test.each(STREAMS)('%s at %s sends its events one by one, and one of them broken', async (...address) => {
  const server = await answering({ text: SPOKEN, chunks: 3, chunk_delay_ms: 20 });
  const whole = await answering({ text: SPOKEN, chunks: 3 });
  const slow = Buffer.from(await (await post(server, address)).arrayBuffer());
  const fast = Buffer.from(await (await post(whole, address)).arrayBuffer());
  expect(slow.equals(fast)).toBe(true);
  const malformed = await post(await answering({ text: SPOKEN, chunks: 3, malformed: true }), address);
  expect(malformed.status).toBe(200);
  expect(malformed.headers.get('content-type')).not.toBe('application/json');
  const bytes = Buffer.from(await malformed.arrayBuffer());
  expect(bytes.length).toBeGreaterThan(0);
  expect(bytes.length).toBeLessThan(fast.length);
});

test.each([
  ['/v1beta/models/%E0%A4%A:generateContent'],
  ['/model/%/invoke'],
  ['/model/m/invoke-async'],
  ['/v1beta/models/m:countTokens'],
  [`${VERTEX}/mistralai/models/m:rawPredict`],
  ['/__proto__'],
  ['/v1/constructor'],
])('nothing is served at %s', async (path) => {
  const { origin } = await vendor();
  expect((await fetch(`${origin}${path}`, { method: 'POST', body: '{}' })).status).toBe(404);
});
