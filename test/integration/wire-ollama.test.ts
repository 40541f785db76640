/** Ollama's own chat: what is sent, and what comes of the answers of the mock server. */
import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { ask, bare, failureOf, KEY, mock, open, provider } from '../helpers/openai-calls.js';
import { record } from '../helpers/recorded-requests.js';

const OLLAMA = { type: 'ollama', model: 'llama3.2' };
const ANSWER = { message: { role: 'assistant', content: 'ok' }, done: true, done_reason: 'stop' };
const HELLO = [{ role: 'user', content: 'hello' }];
const schema: { [key: string]: JsonValue } = { type: 'object', properties: { a: { type: 'string' } } };
const tool = { name: 'find', description: 'Finds.', inputSchema: { type: 'object' } };
const wireTool = {
  type: 'function',
  function: { name: 'find', description: 'Finds.', parameters: { type: 'object' } },
};

describe('a request to Ollama', () => {
  test.each<[what: string, ours: Partial<CompletionRequest>, sent: object, file?: object]>([
    ['text', {}, { messages: HELLO }],
    ['a stream', { stream: true }, { messages: HELLO, stream: true }],
    [
      'tools and their results',
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'a' },
          {
            role: 'assistant',
            content: '',
            toolCalls: [
              { id: 'c1', name: 'find', args: { id: 7 } },
              { id: 'c2', name: 'list', args: {} },
            ],
          },
          { role: 'tool', content: '{"a":1}', toolResult: { id: 'c1', name: 'find' } },
          {
            role: 'tool',
            content: '2',
            toolResult: { id: 'c2', name: 'list' },
            parts: [{ type: 'image', data: 'QUJD' }],
          },
        ],
        tools: [tool],
        toolChoice: 'auto',
      },
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'a' },
          {
            role: 'assistant',
            content: '',
            tool_calls: [
              { function: { name: 'find', arguments: { id: 7 } } },
              { function: { name: 'list', arguments: {} } },
            ],
          },
          { role: 'tool', content: '{"a":1}', tool_name: 'find' },
          { role: 'tool', content: '2', tool_name: 'list' },
          { role: 'user', content: 'Media of the tool results above:', images: ['QUJD'] },
        ],
        tools: [wireTool],
      },
    ],
    ['no tools where none may be called', { tools: [tool], toolChoice: 'none' }, { messages: HELLO }],
    [
      'images beside the text',
      {
        messages: [
          {
            role: 'user',
            content: 'Look',
            parts: [
              { type: 'text', text: 'Look' },
              { type: 'image', url: 'data:image/png;base64,QUJD' },
              { type: 'text', text: 'closely' },
              { type: 'document', data: 'QUJD', filePath: 'docs/a.json', mimeType: 'application/json' },
            ],
          },
        ],
      },
      { messages: [{ role: 'user', content: 'Look\nclosely\na.json:\nABC', images: ['QUJD'] }] },
    ],
    [
      'sampling as options',
      {
        parameters: {
          temperature: 0,
          topP: 0.5,
          maxTokens: 20,
          seed: 3,
          stop: ['x'],
          frequencyPenalty: 1,
          presencePenalty: 0,
        },
      },
      {
        messages: HELLO,
        options: {
          temperature: 0,
          top_p: 0.5,
          num_predict: 20,
          seed: 3,
          stop: ['x'],
          frequency_penalty: 1,
          presence_penalty: 0,
        },
      },
    ],
    ['any JSON', { parameters: { responseFormat: { type: 'json' } } }, { messages: HELLO, format: 'json' }],
    [
      'JSON of a schema',
      { parameters: { responseFormat: { type: 'json_schema', name: 'n', schema } } },
      { messages: HELLO, format: schema },
    ],
    [
      'additional_config at its level',
      { parameters: { temperature: 1 } },
      {
        messages: HELLO,
        keep_alive: '5m',
        think: false,
        options: { num_ctx: 8192, top_k: 5, temperature: 1, stop: ['END'] },
      },
      {
        additional_config: {
          keep_alive: '5m',
          think: false,
          top_k: 5,
          stop: 'END',
          options: { num_ctx: 8192, temperature: 0 },
        },
      },
    ],
    [
      'nothing that the provider file says the model does not know',
      { parameters: { temperature: 1, maxTokens: 5, seed: 1 } },
      { messages: HELLO, options: { seed: 1 } },
      { unsupported_params: ['temperature', 'num_predict'] },
    ],
  ])('holds %s', async (_, ours, sent, file = {}) => {
    const server = await record(ours.stream === true ? `${JSON.stringify(ANSWER)}\n` : ANSWER);
    const answer = await provider(server.origin, { ...OLLAMA, ...file }, {}).complete(ask('hello', ours), open);
    expect(server.last()).toMatchObject({ path: '/api/chat', headers: { 'content-type': 'application/json' } });
    expect(server.last().headers.authorization).toBeUndefined();
    expect(server.last().body).toEqual({ model: 'llama3.2', stream: false, ...sent });
    expect(answer).toMatchObject({ content: 'ok', finishReason: 'stop' });
  });

  // shows Provider.spec.base_url
  test.each([
    ['', '/api/chat'],
    ['/', '/api/chat'],
    ['/api', '/api/chat'],
    ['/models/', '/models/api/chat'],
    ['/v1', '/v1/chat/completions'],
    ['/v1/', '/v1/chat/completions'],
  ])('goes from base_url %j to %s', async (base, path) => {
    const server = await record({ ...ANSWER, choices: [{ message: { content: 'ok' } }] });
    await provider(`${server.origin}${base}`, OLLAMA, { OLLAMA_API_KEY: KEY }).complete(ask(), open);
    expect(server.last()).toMatchObject({ path, headers: { authorization: `Bearer ${KEY}` } });
  });

  test.each([
    [{ type: 'image', url: 'https://example.com/a.png' } as const, 'invalid_input', /does not fetch the image/],
    [{ type: 'document', data: 'QUJD' } as const, 'unsupported', /takes no document/],
    [{ type: 'audio', data: 'QUJD' } as const, 'unsupported', /takes no audio/],
  ])('is not made with %j', async (part, code, message) => {
    const messages = [{ role: 'user' as const, content: '', parts: [part] }];
    const failure = await failureOf(provider('http://127.0.0.1:1', OLLAMA).complete(ask('', { messages }), open));
    expect(failure).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });
});

describe('answers of Ollama', () => {
  const own = (url: string) => provider(new URL(url).origin, OLLAMA);

  test.each([false, true])('hold text, usage and the end (stream: %j)', async (stream) => {
    const usage = { prompt_tokens: 100, completion_tokens: 10 };
    const { url } = await mock({ script: { default: { text: 'Grüße, 世界 👋', usage, chunks: 5 } } });
    const answer = await own(url).complete(ask('x', { stream }), open);
    expect(answer).toMatchObject({ content: 'Grüße, 世界 👋', finishReason: 'stop' });
    expect(answer.usage).toEqual({ inputTokens: 100, outputTokens: 10 });
    expect(answer.ttftMs === undefined).toBe(!stream);
  });

  test.each([false, true])('hold tool calls that have no ids (stream: %j)', async (stream) => {
    const calls = ['find', 'find'].map((name, index) => ({ function: { name, arguments: { index } } }));
    const line = { ...ANSWER, message: { role: 'assistant', content: '', thinking: 'Hm.', tool_calls: calls } };
    const server = await record(stream ? `${JSON.stringify(line)}\n` : line);
    const answer = await provider(server.origin, OLLAMA).complete(ask('x', { stream }), open);
    expect(answer.toolCalls).toEqual([
      { id: 'call_0_find', name: 'find', args: { index: 0 } },
      { id: 'call_1_find', name: 'find', args: { index: 1 } },
    ]);
    expect(answer).toMatchObject({ content: '', finishReason: 'tool_calls' });
  });

  test.each<[string, object]>([
    ['{"message":{"content":"a"},"done":false}\n', { code: 'stream_cut' }],
    ['{"message":{"content":"a"},"done":false}\nnonsense\n', { code: 'malformed_answer' }],
    ['[]\n', { code: 'malformed_answer' }],
    ['', { code: 'stream_cut' }],
    [
      '{"message":{"content":"a"},"done":false}\n{"error":"runner process has terminated"}\n',
      { code: 'provider_unavailable', message: expect.stringContaining('runner process') },
    ],
    ['{"message":{"content":""},"done":true,"done_reason":"load"}\n', { code: 'empty_answer' }],
    [
      '{"message":{"content":""},"done":true,"done_reason":"length"}',
      { code: 'empty_answer', hint: expect.stringContaining('max_tokens') },
    ],
    ['{"message":{"tool_calls":[{"function":{}}]},"done":true}\n', { code: 'malformed_answer' }],
  ])('the stream %j becomes %j', async (text, failure) => {
    const server = await record(text);
    const call = provider(server.origin, OLLAMA).complete(ask('x', { stream: true }), open);
    expect(await failureOf(call)).toMatchObject(failure);
  });

  test('say how to get a model that is not there', async () => {
    const url = await bare((_request, response) =>
      response.writeHead(404).end(JSON.stringify({ error: "model 'llama3.2' not found" })),
    );
    const failure = await failureOf(own(url).complete(ask(), open));
    expect(failure).toMatchObject({ code: 'provider_rejected', hint: expect.stringContaining('ollama pull llama3.2') });
    expect(failure.message).toContain("model 'llama3.2' not found");
  });
});
