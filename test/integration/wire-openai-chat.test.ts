/** Our chat completion requests beside those of the vendor's own client. */
import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { ask, failureOf, KEY, open, provider } from '../helpers/openai-calls.js';
import { record } from '../helpers/recorded-requests.js';

const ANSWER = { choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }] };
const CHUNK = { choices: [{ index: 0, delta: { content: 'ok' }, finish_reason: 'stop' }] };
const HELLO = [{ role: 'user' as const, content: 'hello' }];
const tool = { name: 'find', description: 'Finds.', inputSchema: { type: 'object', properties: {} } };
const wireTool = {
  type: 'function' as const,
  function: { name: 'find', description: 'Finds.', parameters: tool.inputSchema },
};
const schema: { [key: string]: JsonValue } = { type: 'object', properties: { a: { type: 'string' } } };

type Theirs = Partial<ChatCompletionCreateParams>;

const rows: [what: string, ours: Partial<CompletionRequest>, theirs: Theirs, file?: object][] = [
  [
    'a system prompt and earlier turns',
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
      ],
    },
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
      ],
    },
  ],
  [
    'tools and parallel results',
    {
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [
            { id: 'c1', name: 'find', args: { id: 7 } },
            { id: 'c2', name: 'find', args: {} },
          ],
        },
        { role: 'tool', content: '{"a":1}', toolResult: { id: 'c1', name: 'find' } },
        { role: 'tool', content: '2', toolResult: { id: 'c2', name: 'find' } },
      ],
      tools: [tool],
      toolChoice: 'required',
    },
    {
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'find', arguments: '{"id":7}' } },
            { id: 'c2', type: 'function', function: { name: 'find', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: '{"a":1}' },
        { role: 'tool', tool_call_id: 'c2', content: '2' },
      ],
      tools: [wireTool],
      tool_choice: 'required',
    },
  ],
  [
    'images, audio and documents',
    {
      messages: [
        {
          role: 'user',
          content: 'Look',
          parts: [
            { type: 'text', text: 'Look' },
            { type: 'image', data: 'QUJD', mimeType: 'image/jpeg', detail: 'low' },
            { type: 'audio', url: 'data:audio/wav;base64,QUJD' },
            { type: 'document', data: 'QUJD', filePath: 'docs/a.pdf', mimeType: 'application/pdf' },
            { type: 'document', data: 'QUJD', filePath: 'docs/a.md', mimeType: 'text/markdown' },
          ],
        },
      ],
    },
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,QUJD', detail: 'low' } },
            { type: 'input_audio', input_audio: { data: 'QUJD', format: 'wav' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,QUJD' } },
            { type: 'text', text: 'a.md:\nABC' },
          ],
        },
      ],
    },
  ],
  [
    'sampling, seed and stop',
    {
      parameters: {
        temperature: 0,
        topP: 0.5,
        maxTokens: 20,
        seed: 3,
        stop: ['x'],
        frequencyPenalty: 1,
        presencePenalty: -1,
      },
    },
    {
      messages: HELLO,
      temperature: 0,
      top_p: 0.5,
      max_tokens: 20,
      seed: 3,
      stop: ['x'],
      frequency_penalty: 1,
      presence_penalty: -1,
    },
  ],
  [
    'any JSON',
    { parameters: { responseFormat: { type: 'json' } } },
    { messages: HELLO, response_format: { type: 'json_object' } },
  ],
  [
    'JSON of a schema, from the provider file',
    {},
    {
      messages: HELLO,
      response_format: { type: 'json_schema', json_schema: { name: 'n', description: 'd', schema, strict: true } },
    },
    {
      additional_config: {
        response_format: { type: 'json_schema', json_schema: { name: 'n', description: 'd', schema, strict: true } },
      },
    },
  ],
];

describe('a chat completion request', () => {
  test.each(rows)('is that of the vendor’s client: %s', async (_, ours, theirs, file = {}) => {
    const server = await record(ANSWER);
    const client = new OpenAI({ apiKey: KEY, baseURL: `${server.origin}/v1`, maxRetries: 0 });
    await client.chat.completions.create({ model: 'test-model', messages: HELLO, ...theirs, stream: false });
    const wanted = server.last();
    const answer = await provider(`${server.origin}/v1`, { ...file }).complete(ask('hello', ours), open);
    const { path, headers, body } = server.last();
    expect(body).toEqual({ ...Object(wanted.body), stream: undefined });
    expect(path).toBe(wanted.path);
    for (const name of ['authorization', 'content-type']) expect(headers[name]).toBe(wanted.headers[name]);
    expect(answer).toMatchObject({ content: 'ok', finishReason: 'stop' });
  });

  test('is that of the vendor’s client when it is to be streamed', async () => {
    const server = await record(`data: ${JSON.stringify(CHUNK)}\n\ndata: [DONE]\n\n`);
    const client = new OpenAI({ apiKey: KEY, baseURL: `${server.origin}/v1`, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: 'test-model',
      messages: HELLO,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _ of stream);
    const wanted = server.last().body;
    const answer = await provider(`${server.origin}/v1`).complete(ask('hello', { stream: true }), open);
    expect(server.last().body).toEqual(wanted);
    expect(answer.content).toBe('ok');
  });

  test.each([
    [{ type: 'video', data: 'QUJD' } as const, 'unsupported', /takes no video/],
    [{ type: 'audio', url: 'https://example.com/a.mp3' } as const, 'invalid_input', /does not fetch the audio/],
    [{ type: 'document', url: 'https://example.com/a.pdf' } as const, 'invalid_input', /does not fetch the document/],
  ])('is not made with %j', async (part, code, message) => {
    const messages = [{ role: 'user' as const, content: '', parts: [part] }];
    const failure = await failureOf(provider('http://127.0.0.1:1/v1').complete(ask('', { messages }), open));
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.stringMatching(/./) });
  });
});
