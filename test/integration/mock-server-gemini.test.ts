/** The mock server against Google's own client: the Gemini API, and Vertex with Google's models. */
import { ApiError, type Content, GoogleGenAI } from '@google/genai';
import { describe, expect, test } from '@jest/globals';
import { OAuth2Client } from 'google-auth-library';
import type { MockServer } from '../../src/io/mock-server/server.js';
import { answering, gathered, inFlight, KEY, rejection, SPOKEN, TOOL_ROUND, vendor } from '../helpers/mock-vendor.js';

// Jest hides the dispatcher that the client would borrow from the process, unless it is given the way to fetch.
const optionsFor = (origin: string) => ({ baseUrl: origin, fetch: globalThis.fetch });

const geminiOf = ({ origin }: MockServer, apiKey = KEY) => new GoogleGenAI({ apiKey, httpOptions: optionsFor(origin) });

const vertexOf = ({ origin }: MockServer, token = KEY) => {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token });
  const place = { vertexai: true, project: 'my-project', location: 'europe-west4' };
  return new GoogleGenAI({ ...place, googleAuthOptions: { authClient }, httpOptions: optionsFor(origin) });
};

const CLIENTS = [
  ['gemini', geminiOf],
  ['vertex-gemini', vertexOf],
] as const;

const QUESTION: Content[] = [{ role: 'user', parts: [{ text: 'Where is it warmer?' }] }];

const REQUEST = { model: 'gemini-test', contents: QUESTION, config: { systemInstruction: 'Be brief.' } };

const usage = { prompt_tokens: 40, completion_tokens: 12, cached_tokens: 30, reasoning_tokens: 5 };

function apiError(error: unknown): { status: number; body: { error: { [name: string]: unknown } } } {
  if (!(error instanceof ApiError)) throw error;
  return { status: error.status, body: JSON.parse(error.message) };
}

describe.each(CLIENTS)('%s', (format, clientOf) => {
  test('carries a text with its usage', async () => {
    const server = await answering({ text: SPOKEN, usage });
    const answer = await clientOf(server).models.generateContent(REQUEST);
    expect(answer.text).toBe(SPOKEN);
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
    expect(answer.modelVersion).toBe('gemini-test');
    expect(answer.usageMetadata).toMatchObject({
      promptTokenCount: 40,
      cachedContentTokenCount: 30,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 5,
      totalTokenCount: 52,
    });
    expect(server.stats().byFormat).toEqual({ [format]: 1 });
  });

  test('streams a text in as many chunks as scripted, of which the last says why it ended', async () => {
    const client = clientOf(await answering({ text: SPOKEN, usage, chunks: 5 }));
    const chunks = await gathered(await client.models.generateContentStream(REQUEST));
    expect(chunks.map(({ text }) => text).join('')).toBe(SPOKEN);
    expect(chunks.map(({ candidates }) => candidates?.[0]?.finishReason)).toEqual([
      ...Array.from({ length: 4 }, () => undefined),
      'STOP',
    ]);
    expect(chunks.at(-1)?.usageMetadata).toMatchObject({ totalTokenCount: 52 });
  });

  test.each([false, true])(
    'makes parallel tool calls and goes on after their results (streamed: %s)',
    async (streamed) => {
      const client = clientOf(await vendor({ script: TOOL_ROUND }));
      const ask = async (contents: Content[]) => {
        const tools = [{ functionDeclarations: [{ name: 'weather' }] }];
        const request = { ...REQUEST, contents, config: { ...REQUEST.config, tools } };
        if (!streamed) return [await client.models.generateContent(request)];
        return gathered(await client.models.generateContentStream(request));
      };
      const called = await ask(QUESTION);
      const calls = called.flatMap(({ functionCalls }) => functionCalls ?? []);
      expect(calls).toEqual([
        { id: 'call_rome', name: 'weather', args: { city: 'Rome', days: [1, 2] } },
        { id: 'call_oslo', name: 'weather', args: { city: 'Oslo' } },
      ]);
      const results = calls.map(({ id, name }, index) => ({
        functionResponse: { id, name, response: { output: index === 0 ? '3 degrees' : '21 degrees' } },
      }));
      const model = { role: 'model', parts: calls.map((functionCall) => ({ functionCall })) };
      const done = await ask([...QUESTION, model, { role: 'user', parts: results }]);
      expect(done.map(({ text }) => text).join('')).toBe('Rome is warmer.');
    },
  );

  test('fails in a form that the client understands, streamed or not', async () => {
    const statuses: [number, string][] = [
      [400, 'INVALID_ARGUMENT'],
      [403, 'PERMISSION_DENIED'],
      [404, 'NOT_FOUND'],
      [429, 'RESOURCE_EXHAUSTED'],
      [500, 'INTERNAL'],
      [503, 'UNAVAILABLE'],
      [504, 'DEADLINE_EXCEEDED'],
    ];
    const sequence = statuses.flatMap(([status]) => Array(2).fill({ status, text: 'As scripted.' }));
    const client = clientOf(await vendor({ script: { answers: [{ sequence }] } }));
    for (const [code, status] of statuses) {
      const error = { error: { code, status, message: 'As scripted.' } };
      expect(apiError(await rejection(client.models.generateContent(REQUEST)))).toEqual({ status: code, body: error });
      expect(apiError(await rejection(client.models.generateContentStream(REQUEST)))).toMatchObject({ status: code });
    }
  });

  test('says in the body how long to wait, and not in a header', async () => {
    const server = await answering({ status: 429, retry_after: 3 });
    const { body } = apiError(await rejection(clientOf(server).models.generateContent(REQUEST)));
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' }];
    expect(body.error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED', details });
    const plain = await fetch(`${server.origin}/v1beta/models/m:generateContent?key=${KEY}`, {
      method: 'POST',
      body: JSON.stringify(REQUEST),
    });
    expect([plain.status, plain.headers.get('retry-after')]).toEqual([429, null]);
  });

  test('breaks off a stream in its middle', async () => {
    const error = { type: 'UNAVAILABLE', message: 'The model is gone.' };
    const client = clientOf(await answering({ text: SPOKEN, error, chunk_delay_ms: 5 }));
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { text } of await client.models.generateContentStream(REQUEST)) seen.push(text ?? '');
    };
    const thrown = { name: 'ApiError', status: 503, message: expect.stringContaining('The model is gone.') };
    expect(await rejection(reading())).toMatchObject(thrown);
    expect(SPOKEN.startsWith(seen.join(''))).toBe(true);
  });

  test('sees that the client went away', async () => {
    const server = await vendor({ latencyMs: 60_000 });
    const abort = new AbortController();
    const config = { abortSignal: abort.signal };
    const ended = rejection(clientOf(server).models.generateContent({ ...REQUEST, config }));
    await inFlight(server);
    abort.abort();
    expect(await ended).toMatchObject({ message: expect.stringContaining('AbortError') });
    await inFlight(server, 0);
    expect(server.stats()).toMatchObject({ calls: 1, aborted: 1 });
  });
});

describe('the answers of gemini', () => {
  test.each([
    ['length', { text: 'Half of', finish_reason: 'length' }, 'MAX_TOKENS'],
    ['a filter', { text: '', finish_reason: 'content_filter' }, 'SAFETY'],
    ['a word of its own', { text: 'So far', finish_reason: 'RECITATION' }, 'RECITATION'],
  ])('say why they stopped: %s', async (_, answer, reason) => {
    const client = geminiOf(await answering(answer));
    expect((await client.models.generateContent(REQUEST)).candidates?.[0]).toMatchObject({ finishReason: reason });
    const last = (await gathered(await client.models.generateContentStream(REQUEST))).at(-1);
    expect(last?.candidates?.[0]).toMatchObject({ finishReason: reason });
  });

  test('have no candidates when the prompt is refused', async () => {
    const client = geminiOf(await answering({ refusal: 'Not this.' }));
    const answer = await client.models.generateContent(REQUEST);
    expect(answer.candidates).toBeUndefined();
    expect(answer.promptFeedback).toEqual({ blockReason: 'PROHIBITED_CONTENT', blockReasonMessage: 'Not this.' });
  });

  test('show thoughts apart, and calls without ids where the script gives none', async () => {
    const client = geminiOf(await answering({ thinking: 'Rome, then.', tool_calls: [{ name: 'weather' }] }));
    const { candidates } = await client.models.generateContent(REQUEST);
    expect(candidates?.[0]?.content?.parts).toEqual([
      { text: 'Rome, then.', thought: true },
      { functionCall: { name: 'weather', args: {} }, thoughtSignature: expect.any(String) },
    ]);
  });

  test('depend on media in the request', async () => {
    const answers = [{ when: { media: 'audio' as const, turn: 1 }, answer: { text: 'I hear.' } }];
    const client = geminiOf(await vendor({ script: { answers }, latencyMs: 0 }));
    const parts = [{ inlineData: { mimeType: 'audio/wav', data: 'AA==' } }, { text: 'What is this?' }];
    const answer = await client.models.generateContent({ ...REQUEST, contents: [{ role: 'user', parts }] });
    expect(answer.text).toBe('I hear.');
  });

  test('come as one JSON array where events are not asked for, errors included', async () => {
    const url = ({ origin }: MockServer) => `${origin}/v1/models/m:streamGenerateContent?key=${KEY}`;
    const post = async (server: MockServer): Promise<unknown> =>
      (await fetch(url(server), { method: 'POST', body: JSON.stringify({ contents: QUESTION }) })).json();
    const chunks = await post(await answering({ text: SPOKEN, chunks: 2 }));
    expect(chunks).toMatchObject([{ candidates: [{}] }, { candidates: [{ finishReason: 'STOP' }] }]);
    expect(await post(await answering({ status: 503 }))).toMatchObject([{ error: { status: 'UNAVAILABLE' } }]);
  });
});

describe('keys of gemini', () => {
  test('that are wrong make the request invalid, and those that are missing make it forbidden', async () => {
    const server = await vendor();
    const wrong = apiError(await rejection(geminiOf(server, 'other').models.generateContent(REQUEST)));
    expect(wrong).toMatchObject({ status: 400, body: { error: { details: [{ reason: 'API_KEY_INVALID' }] } } });
    const missing = await fetch(`${server.origin}/v1beta/models/m:generateContent`, { method: 'POST', body: '{}' });
    expect(missing.status).toBe(403);
    const token = apiError(await rejection(vertexOf(server, 'other').models.generateContent(REQUEST)));
    expect(token).toMatchObject({ status: 401, body: { error: { status: 'UNAUTHENTICATED' } } });
  });

  test('may stand in the address', async () => {
    const server = await vendor({ models: ['gemini-one'] });
    const body = JSON.stringify({ contents: QUESTION });
    const asked = await fetch(`${server.origin}/v1beta/models/m:generateContent?key=${KEY}`, { method: 'POST', body });
    expect(asked.status).toBe(200);
    expect((await geminiOf(server).models.list()).page.map(({ name }) => name)).toEqual(['models/gemini-one']);
  });
});
