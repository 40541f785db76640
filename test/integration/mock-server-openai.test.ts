/** The mock server against OpenAI's own client: chat completions, embeddings, models, and the same on Azure. */
import { describe, expect, test } from '@jest/globals';
import OpenAI, { AzureOpenAI } from 'openai';
import type { MockServer } from '../../src/io/mock-server/server.js';
import { answering, gathered, inFlight, KEY, rejection, SPOKEN, TOOL_ROUND, vendor } from '../helpers/mock-vendor.js';

const clientOf = ({ url }: MockServer, apiKey = KEY) => new OpenAI({ baseURL: url, apiKey, maxRetries: 0 });

const TOOLS: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
];

const QUESTION: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: [{ type: 'text', text: 'Where is it warmer?' }] },
];

const usage = {
  prompt_tokens: 40,
  completion_tokens: 12,
  cached_tokens: 30,
  cache_creation_tokens: 4,
  reasoning_tokens: 5,
};

describe('chat completions', () => {
  test('carry a text with its usage', async () => {
    const client = clientOf(await answering({ text: SPOKEN, usage }));
    const answer = await client.chat.completions.create({ model: 'gpt-test', messages: QUESTION });
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: SPOKEN } });
    expect(answer).toMatchObject({ model: 'gpt-test', object: 'chat.completion' });
    expect(answer.usage).toEqual({
      prompt_tokens: 40,
      completion_tokens: 12,
      total_tokens: 52,
      prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 5 },
    });
  });

  test('stream a text in as many chunks as scripted, and usage at their end', async () => {
    const client = clientOf(await answering({ text: SPOKEN, usage, chunks: 6 }));
    const stream = client.chat.completions.stream({
      model: 'gpt-test',
      messages: QUESTION,
      stream_options: { include_usage: true },
    });
    const chunks = await gathered(stream);
    expect(chunks.filter((chunk) => chunk.choices[0]?.delta.content).length).toBe(6);
    expect(await stream.finalContent()).toBe(SPOKEN);
    expect((await stream.finalChatCompletion()).usage).toMatchObject({ total_tokens: 52 });
  });

  test.each([false, true])(
    'make parallel tool calls and go on after their results (streamed: %s)',
    async (streamed) => {
      const client = clientOf(await vendor({ script: TOOL_ROUND }));
      const ask = async (messages: OpenAI.ChatCompletionMessageParam[]) => {
        const request = { model: 'gpt-test', messages, tools: TOOLS };
        if (!streamed) return client.chat.completions.create(request);
        return client.chat.completions.stream(request).finalChatCompletion();
      };
      const called = (await ask(QUESTION)).choices[0];
      expect(called?.finish_reason).toBe('tool_calls');
      const calls = called?.message.tool_calls ?? [];
      expect(calls.map(({ id }) => id)).toEqual(['call_rome', 'call_oslo']);
      expect(calls.map((call) => (call.type === 'function' ? JSON.parse(call.function.arguments) : undefined))).toEqual(
        [{ city: 'Rome', days: [1, 2] }, { city: 'Oslo' }],
      );
      const results = calls.map(({ id }, index) => ({
        role: 'tool' as const,
        tool_call_id: id,
        content: index === 0 ? '3 degrees' : '21 degrees',
      }));
      const assistant = { role: 'assistant' as const, content: null, tool_calls: calls };
      const done = await ask([...QUESTION, assistant, ...results]);
      expect(done.choices[0]?.message.content).toBe('Rome is warmer.');
    },
  );

  test('refuse in words of their own', async () => {
    const client = clientOf(await answering({ refusal: 'I cannot help with that.' }));
    const request = { model: 'gpt-test', messages: QUESTION };
    const refused = { refusal: 'I cannot help with that.', content: null };
    expect((await client.chat.completions.create(request)).choices[0]?.message).toMatchObject(refused);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    expect(streamed.choices[0]?.message.refusal).toBe('I cannot help with that.');
  });

  test.each([
    [400, OpenAI.BadRequestError, { type: 'invalid_request_error' }],
    [401, OpenAI.AuthenticationError, {}],
    [403, OpenAI.PermissionDeniedError, {}],
    [404, OpenAI.NotFoundError, {}],
    [409, OpenAI.ConflictError, {}],
    [422, OpenAI.UnprocessableEntityError, {}],
    [429, OpenAI.RateLimitError, { type: 'rate_limit_error', code: 'rate_limit_exceeded' }],
    [503, OpenAI.InternalServerError, { type: 'server_error' }],
  ])('fail with %s in a form that the client has a class for, streamed or not', async (status, errorClass, more) => {
    const client = clientOf(await answering({ status, text: 'As scripted.' }));
    for (const stream of [false, true]) {
      const error = await rejection(client.chat.completions.create({ model: 'm', messages: QUESTION, stream }));
      expect(error).toBeInstanceOf(errorClass);
      expect(error).toMatchObject({ status, message: `${status} As scripted.`, ...more });
    }
  });

  test('say what is wrong as the script words it, and how much of an allowance is left', async () => {
    const window = { limit: 500, remaining: 0, reset_seconds: 90 };
    const rate_limit = { requests: window, tokens: { ...window, reset_seconds: 0.5 } };
    const error = { type: 'tokens', code: 'insufficient_quota', message: 'Out of credit.' };
    const client = clientOf(await answering({ status: 429, error, rate_limit, retry_after: 7 }));
    const thrown = await rejection(client.chat.completions.create({ model: 'm', messages: QUESTION }));
    expect(thrown).toMatchObject({ code: 'insufficient_quota', type: 'tokens', message: '429 Out of credit.' });
    const headers = thrown instanceof OpenAI.APIError ? thrown.headers : undefined;
    expect(headers?.get('retry-after')).toBe('7');
    expect(headers?.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(headers?.get('x-ratelimit-reset-requests')).toBe('1m30s');
    expect(headers?.get('x-ratelimit-reset-tokens')).toBe('500ms');
  });

  test('break off in the middle of a stream with an error that the client throws', async () => {
    const client = clientOf(await answering({ text: SPOKEN, error: { message: 'The model is gone.' } }));
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      const stream = await client.chat.completions.create({ model: 'm', messages: QUESTION, stream: true });
      for await (const chunk of stream) seen.push(chunk.choices[0]?.delta.content ?? '');
    };
    expect(await rejection(reading())).toMatchObject({ message: expect.stringContaining('The model is gone.') });
    expect(SPOKEN.startsWith(seen.join(''))).toBe(true);
    expect(seen.join('')).not.toBe('');
  });

  test('count a call whose client went away as aborted', async () => {
    const server = await vendor({ latencyMs: 60_000 });
    const abort = new AbortController();
    const asked = clientOf(server).chat.completions.create(
      { model: 'm', messages: QUESTION },
      { signal: abort.signal },
    );
    await inFlight(server);
    abort.abort();
    expect(await rejection(asked)).toBeInstanceOf(OpenAI.APIUserAbortError);
    await inFlight(server, 0);
    expect(server.stats()).toMatchObject({ calls: 1, aborted: 1, byFormat: { 'openai-chat': 1 } });
  });

  test('refuse a wrong key', async () => {
    const client = clientOf(await vendor(), 'another-key');
    const error = await rejection(client.chat.completions.create({ model: 'm', messages: QUESTION }));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ code: 'invalid_api_key' });
  });
});

describe('embeddings', () => {
  test('are the same for the same text, near for texts that share words, and as long as asked', async () => {
    const client = clientOf(await vendor());
    const input = ['the weather in Rome', 'the weather in Oslo', 'quarterly tax report'];
    const { data, usage: used } = await client.embeddings.create({ model: 'e', input });
    const plain = await client.embeddings.create({ model: 'e', input, encoding_format: 'float' });
    const [rome = [], oslo = [], tax = []] = data.map(({ embedding }) => embedding);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
    expect(dot(rome, rome)).toBeCloseTo(1, 5);
    expect(dot(rome, oslo)).toBeGreaterThan(dot(rome, tax) + 0.3);
    expect(used.prompt_tokens).toBeGreaterThan(0);
    // By default the client asks for base64 and decodes it.
    plain.data[0]?.embedding.forEach((value, at) => {
      expect(rome[at]).toBeCloseTo(value, 6);
    });
    const short = await client.embeddings.create({ model: 'e', input: 'the weather in Rome', dimensions: 64 });
    expect(short.data[0]?.embedding).toHaveLength(64);
  });

  test('fail as scripted, and refuse what is no text', async () => {
    const busy = clientOf(await answering({ status: 429 }));
    expect(await rejection(busy.embeddings.create({ model: 'e', input: 'a' }))).toBeInstanceOf(OpenAI.RateLimitError);
    const client = clientOf(await vendor());
    expect(await rejection(client.embeddings.create({ model: 'e', input: [] }))).toBeInstanceOf(OpenAI.BadRequestError);
  });
});

test('models are listed', async () => {
  const models = await gathered(clientOf(await vendor({ models: ['one', 'two'] })).models.list());
  expect(models.map(({ id }) => id)).toEqual(['one', 'two']);
});

describe('Azure', () => {
  const azureOf = ({ origin }: MockServer, apiKey = KEY) =>
    new AzureOpenAI({ endpoint: origin, apiKey, apiVersion: '2024-10-21', deployment: 'my-gpt', maxRetries: 0 });

  test('serves chat, streams and embeddings of a deployment, and responses', async () => {
    const server = await vendor({ script: { answers: [{ when: { model: 'my-gpt' }, answer: { text: SPOKEN } }] } });
    const client = azureOf(server);
    const request = { model: 'ignored', messages: QUESTION };
    expect((await client.chat.completions.create(request)).choices[0]?.message.content).toBe(SPOKEN);
    expect(await client.chat.completions.stream(request).finalContent()).toBe(SPOKEN);
    expect((await client.embeddings.create({ model: 'e', input: 'a' })).data).toHaveLength(1);
    expect((await client.responses.create({ model: 'my-gpt', input: 'Hello' })).output_text).toBe(SPOKEN);
    expect(server.stats().byFormat).toEqual({ 'azure-chat': 2, 'azure-embeddings': 1, 'azure-responses': 1 });
  });

  test('takes a token in place of a key, and its undated addresses', async () => {
    const server = await vendor();
    const messages = QUESTION;
    const byToken = new AzureOpenAI({
      endpoint: server.origin,
      azureADTokenProvider: async () => KEY,
      apiVersion: '2024-10-21',
      maxRetries: 0,
    });
    expect((await byToken.chat.completions.create({ model: 'd', messages })).choices).toHaveLength(1);
    const undated = new OpenAI({ baseURL: `${server.origin}/openai/v1`, apiKey: KEY, maxRetries: 0 });
    expect((await undated.chat.completions.create({ model: 'd', messages })).choices).toHaveLength(1);
    expect((await undated.responses.create({ model: 'd', input: 'Hi' })).output_text).toBe('You said: Hi');
  });

  test('refuses a wrong key, and an address without a version', async () => {
    const server = await vendor();
    const error = await rejection(azureOf(server, 'x').chat.completions.create({ model: 'd', messages: QUESTION }));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ code: '401' });
    const versionless = new OpenAI({ baseURL: `${server.origin}/openai/deployments/d`, apiKey: KEY, maxRetries: 0 });
    const asked = versionless.chat.completions.create({ model: 'd', messages: QUESTION });
    expect(await rejection(asked)).toBeInstanceOf(OpenAI.NotFoundError);
  });
});
