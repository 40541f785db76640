/** The mock server against Anthropic's own client. */
import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from '@jest/globals';
import type { MockServer } from '../../src/io/mock-server/server.js';
import { answering, gathered, inFlight, KEY, rejection, SPOKEN, TOOL_ROUND, vendor } from '../helpers/mock-vendor.js';

const clientOf = ({ origin }: MockServer, apiKey = KEY) => new Anthropic({ baseURL: origin, apiKey, maxRetries: 0 });

const REQUEST = {
  model: 'claude-test',
  max_tokens: 100,
  system: [{ type: 'text' as const, text: 'Be brief.' }],
  messages: [{ role: 'user' as const, content: 'Where is it warmer?' }] satisfies Anthropic.MessageParam[],
};

const TOOLS: Anthropic.Tool[] = [{ name: 'weather', input_schema: { type: 'object' } }];

const usage = { prompt_tokens: 40, completion_tokens: 12, cached_tokens: 25, cache_creation_tokens: 5 };

describe('messages', () => {
  test('carry a text with its usage, of which cached tokens are counted apart', async () => {
    const client = clientOf(await answering({ text: SPOKEN, usage }));
    const answer = await client.messages.create(REQUEST);
    expect(answer).toMatchObject({ type: 'message', role: 'assistant', model: 'claude-test', stop_reason: 'end_turn' });
    expect(answer.content).toEqual([{ type: 'text', text: SPOKEN }]);
    expect(answer.usage).toEqual({
      input_tokens: 10,
      cache_read_input_tokens: 25,
      cache_creation_input_tokens: 5,
      output_tokens: 12,
    });
    expect(answer._request_id).toMatch(/^req_[0-9a-f]{16}$/);
  });

  test('stream named events with pings among them, which add up to the same message', async () => {
    const server = await answering({ text: SPOKEN, usage, chunks: 2 });
    const client = clientOf(server);
    const events = await gathered(await client.messages.create({ ...REQUEST, stream: true }));
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    const raw = await (await client.messages.create({ ...REQUEST, stream: true }).asResponse()).text();
    expect(raw).toContain('event: ping\ndata: {"type":"ping"}\n\n');
    const built = await client.messages.stream(REQUEST).finalMessage();
    const document = await client.messages.create(REQUEST);
    expect(built.content).toEqual(document.content);
    expect(built.usage).toMatchObject({ ...document.usage });
  });

  test.each([false, true])(
    'make parallel tool calls and go on after their results (streamed: %s)',
    async (streamed) => {
      const client = clientOf(await vendor({ script: TOOL_ROUND }));
      const ask = async (messages: Anthropic.MessageParam[]) => {
        const request = { ...REQUEST, messages, tools: TOOLS };
        return streamed ? client.messages.stream(request).finalMessage() : client.messages.create(request);
      };
      const called = await ask(REQUEST.messages);
      expect(called.stop_reason).toBe('tool_use');
      const calls = called.content.filter((block) => block.type === 'tool_use');
      expect(calls.map(({ id, name, input }) => [id, name, input])).toEqual([
        ['call_rome', 'weather', { city: 'Rome', days: [1, 2] }],
        ['call_oslo', 'weather', { city: 'Oslo' }],
      ]);
      const results = calls.map(({ id }, index) => ({
        type: 'tool_result' as const,
        tool_use_id: id,
        content: [{ type: 'text' as const, text: index === 0 ? '3 degrees' : '21 degrees' }],
      }));
      const assistant = { role: 'assistant' as const, content: called.content };
      const done = await ask([...REQUEST.messages, assistant, { role: 'user', content: results }]);
      expect(done.content).toEqual([{ type: 'text', text: 'Rome is warmer.' }]);
    },
  );

  test('count results of tools as no turn of the user, unless the user says something beside them', async () => {
    const answers = [{ when: { turn: 2, after_tool: false, user: 'and now' }, answer: { text: 'Second turn.' } }];
    const client = clientOf(await vendor({ script: { answers } }));
    const result = { type: 'tool_result' as const, tool_use_id: 't', content: 'done' };
    const messages: Anthropic.MessageParam[] = [
      ...REQUEST.messages,
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'weather', input: {} }] },
      { role: 'user', content: [result, { type: 'text', text: 'And now?' }] },
    ];
    const answer = await client.messages.create({ ...REQUEST, messages });
    expect(answer.content).toEqual([{ type: 'text', text: 'Second turn.' }]);
  });

  test('show what the model thought, signed, before what it says', async () => {
    const client = clientOf(await answering({ thinking: 'Rome, then.', text: 'Rome.' }));
    const expected = [
      { type: 'thinking', thinking: 'Rome, then.', signature: expect.stringMatching(/^sig_/) },
      { type: 'text', text: 'Rome.' },
    ];
    expect((await client.messages.create(REQUEST)).content).toEqual(expected);
    expect((await client.messages.stream(REQUEST).finalMessage()).content).toEqual(expected);
  });

  test.each([
    ['length', { text: 'Half of', finish_reason: 'length' }, 'max_tokens', 'Half of'],
    ['a refusal', { refusal: 'No.' }, 'refusal', ''],
    ['a filter', { text: '', finish_reason: 'content_filter' }, 'refusal', ''],
    ['a word of its own', { text: 'So far', finish_reason: 'pause_turn' }, 'pause_turn', 'So far'],
  ])('say why they stopped: %s', async (_, answer, reason, text) => {
    const client = clientOf(await answering(answer));
    expect(await client.messages.create(REQUEST)).toMatchObject({ stop_reason: reason });
    const streamed = await client.messages.stream(REQUEST).finalMessage();
    expect(streamed.stop_reason).toBe(reason);
    expect(streamed.content).toEqual(text === '' ? [] : [{ type: 'text', text }]);
  });

  test('send arguments that are no JSON as they stand', async () => {
    const client = clientOf(await answering({ tool_calls: [{ name: 'weather', arguments: '{"city": ' }] }));
    const events = await gathered(await client.messages.create({ ...REQUEST, stream: true }));
    const json = events.map((event) =>
      event.type === 'content_block_delta' && event.delta.type === 'input_json_delta' ? event.delta.partial_json : '',
    );
    expect(json.join('')).toBe('{"city": ');
  });
});

describe('failures of messages', () => {
  test.each([
    [400, Anthropic.BadRequestError, 'invalid_request_error'],
    [401, Anthropic.AuthenticationError, 'authentication_error'],
    [403, Anthropic.PermissionDeniedError, 'permission_error'],
    [404, Anthropic.NotFoundError, 'not_found_error'],
    [413, Anthropic.APIError, 'request_too_large'],
    [429, Anthropic.RateLimitError, 'rate_limit_error'],
    [500, Anthropic.InternalServerError, 'api_error'],
    [529, Anthropic.APIError, 'overloaded_error'],
  ])('with %s have the class and the type that the client knows, streamed or not', async (status, errorClass, type) => {
    const client = clientOf(await answering({ status, text: 'As scripted.' }));
    for (const stream of [false, true]) {
      const error = await rejection(client.messages.create({ ...REQUEST, stream }));
      expect(error).toBeInstanceOf(errorClass);
      expect(error).toMatchObject({ status, error: { type: 'error', error: { type, message: 'As scripted.' } } });
    }
  });

  test('say what is left of an allowance, and when it is full again', async () => {
    const window = { limit: 50, remaining: 0, reset_seconds: 30 };
    const server = await answering({ status: 429, rate_limit: { requests: window, tokens: window }, retry_after: 30 });
    const error = await rejection(clientOf(server).messages.create(REQUEST));
    const headers = error instanceof Anthropic.APIError ? error.headers : undefined;
    expect(headers?.get('anthropic-ratelimit-requests-remaining')).toBe('0');
    expect(headers?.get('anthropic-ratelimit-tokens-limit')).toBe('50');
    expect(headers?.get('retry-after')).toBe('30');
    const reset = headers?.get('anthropic-ratelimit-requests-reset') ?? '';
    expect(reset).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(Date.parse(reset)).toBeGreaterThan(Date.now() + 20_000);
  });

  test('break off a stream in its middle', async () => {
    const error = { type: 'overloaded_error', message: 'Overloaded' };
    const client = clientOf(await answering({ text: SPOKEN, error }));
    const seen: string[] = [];
    const thrown = await rejection(
      client.messages
        .stream(REQUEST)
        .on('text', (text) => seen.push(text))
        .done(),
    );
    expect(thrown).toMatchObject({ error: { type: 'error', error } });
    expect(SPOKEN.startsWith(seen.join(''))).toBe(true);
  });

  test('follow a wrong key, no version, no tokens and a strange role', async () => {
    const server = await vendor();
    expect(await rejection(clientOf(server, 'other').messages.create(REQUEST))).toBeInstanceOf(
      Anthropic.AuthenticationError,
    );
    const versionless = new Anthropic({
      baseURL: server.origin,
      apiKey: KEY,
      maxRetries: 0,
      defaultHeaders: { 'anthropic-version': null },
    });
    expect(await rejection(versionless.messages.create(REQUEST))).toMatchObject({
      status: 400,
      message: expect.stringContaining('anthropic-version'),
    });
    const client = clientOf(server);
    const bad = [
      { ...REQUEST, max_tokens: 0 },
      { ...REQUEST, messages: [{ role: 'tool', content: 'x' }] as unknown as Anthropic.MessageParam[] },
    ];
    for (const request of bad) {
      expect(await rejection(client.messages.create(request))).toBeInstanceOf(Anthropic.BadRequestError);
    }
  });

  test('do not hide that the client went away', async () => {
    const server = await vendor({ latencyMs: 60_000 });
    const stream = clientOf(server).messages.stream(REQUEST);
    const ended = rejection(stream.done());
    await inFlight(server);
    stream.abort();
    expect(await ended).toBeInstanceOf(Anthropic.APIUserAbortError);
    await inFlight(server, 0);
    expect(server.stats()).toMatchObject({ calls: 1, aborted: 1, byFormat: { 'anthropic-messages': 1 } });
  });
});

test('models are listed, and a bearer token opens as a key does', async () => {
  const server = await vendor({ models: ['claude-one'] });
  const client = new Anthropic({ baseURL: server.origin, authToken: KEY, apiKey: null, maxRetries: 0 });
  expect((await gathered(client.models.list())).map(({ id }) => id)).toEqual(['claude-one']);
  expect((await client.messages.create(REQUEST)).stop_reason).toBe('end_turn');
});
