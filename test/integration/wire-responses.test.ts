/** Our requests to OpenAI's Responses API beside those of the vendor's own client, and answers of the mock server. */
import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import type { ResponseCreateParams } from 'openai/resources/responses/responses';
import type { JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { ask, failureOf, KEY, mock, open, provider } from '../helpers/openai-calls.js';
import { record } from '../helpers/recorded-requests.js';

const RESPONSES = { additional_config: { api_mode: 'responses' } };
const ANSWER = {
  id: 'resp_1',
  status: 'completed',
  output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ok' }] }],
};
const STREAM = `data: ${JSON.stringify({ type: 'response.completed', response: ANSWER })}\n\n`;

const tool = { name: 'find', description: 'Finds.', inputSchema: { type: 'object', properties: {} } };
const wireTool = {
  type: 'function',
  name: 'find',
  description: 'Finds.',
  parameters: tool.inputSchema,
  strict: false,
} as const;
const schema: { [key: string]: JsonValue } = { type: 'object', properties: { a: { type: 'string' } } };

type Row = [what: string, ours: Partial<CompletionRequest>, theirs: Partial<ResponseCreateParams>, file?: object];

const rows: Row[] = [
  ['text', {}, { input: [{ role: 'user', content: 'hello' }] }],
  [
    'system prompts and earlier turns',
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'system', content: 'c' },
        { role: 'user', content: 'd' },
      ],
    },
    {
      instructions: 'Be brief.\n\nBe kind.',
      input: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'system', content: 'c' },
        { role: 'user', content: 'd' },
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
          content: 'Let me see.',
          toolCalls: [
            { id: 'c1', name: 'find', args: { id: 7 } },
            { id: 'c2', name: 'find', args: {} },
          ],
        },
        { role: 'tool', content: '{"a":1}', toolResult: { id: 'c1', name: 'find' } },
        {
          role: 'tool',
          content: '2',
          toolResult: { id: 'c2', name: 'find' },
          parts: [{ type: 'image', data: 'QUJD', mimeType: 'image/jpeg' }],
        },
      ],
      tools: [tool],
      toolChoice: { tool: 'find' },
    },
    {
      input: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'Let me see.' },
        { type: 'function_call', call_id: 'c1', name: 'find', arguments: '{"id":7}' },
        { type: 'function_call', call_id: 'c2', name: 'find', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: '{"a":1}' },
        {
          type: 'function_call_output',
          call_id: 'c2',
          output: [
            { type: 'input_text', text: '2' },
            { type: 'input_image', image_url: 'data:image/jpeg;base64,QUJD', detail: 'auto' },
          ],
        },
      ],
      tools: [wireTool],
      tool_choice: { type: 'function', name: 'find' },
    },
  ],
  [
    'images and documents',
    {
      messages: [
        {
          role: 'user',
          content: 'Look',
          parts: [
            { type: 'text', text: 'Look' },
            { type: 'image', url: 'https://example.com/a.png', detail: 'low' },
            { type: 'document', data: 'QUJD', filePath: 'docs/a.pdf', mimeType: 'application/pdf' },
            { type: 'document', url: 'https://example.com/b.pdf' },
            { type: 'document', data: 'QUJD', mimeType: 'text/plain' },
          ],
        },
      ],
    },
    {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Look' },
            { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,QUJD' },
            { type: 'input_file', file_url: 'https://example.com/b.pdf' },
            { type: 'input_text', text: 'ABC' },
          ],
        },
      ],
    },
  ],
  [
    'sampling, and nothing of what the API does not know',
    { parameters: { temperature: 0, topP: 0.5, maxTokens: 20, seed: 3, stop: ['x'], frequencyPenalty: 1 } },
    { input: [{ role: 'user', content: 'hello' }], temperature: 0, top_p: 0.5, max_output_tokens: 20 },
  ],
  [
    'any JSON',
    { parameters: { responseFormat: { type: 'json' } } },
    { input: [{ role: 'user', content: 'hello' }], text: { format: { type: 'json_object' } } },
  ],
  [
    'JSON of a schema, beside other settings of the text',
    { parameters: { responseFormat: { type: 'json_schema', name: 'n', schema, strict: true } } },
    {
      input: [{ role: 'user', content: 'hello' }],
      text: { verbosity: 'low', format: { type: 'json_schema', name: 'n', schema, strict: true } },
    },
    { additional_config: { api_mode: 'responses', verbosity: 'low' } },
  ],
  [
    'models that reason, whose reasoning comes back to them',
    {
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'c1', name: 'find', args: {} }],
          opaque: {
            wire: 'openai-responses',
            model: 'gpt-5-pro',
            reasoning: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'xyz' }],
          },
        },
        { role: 'tool', content: '1', toolResult: { id: 'c1', name: 'find' } },
        { role: 'assistant', content: 'b', opaque: { wire: 'anthropic', reasoning: [{ type: 'reasoning' }] } },
        { role: 'user', content: 'c' },
      ],
      tools: [tool],
      toolChoice: 'required',
    },
    {
      model: 'gpt-5-pro',
      include: ['reasoning.encrypted_content'],
      reasoning: { effort: 'low' },
      input: [
        { role: 'user', content: 'a' },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'xyz' },
        { type: 'function_call', call_id: 'c1', name: 'find', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: '1' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
      ],
      tools: [wireTool],
      tool_choice: 'required',
    },
    { model: 'gpt-5-pro', additional_config: { api_mode: 'responses', reasoning_effort: 'low' } },
  ],
];

describe('a request to the Responses API', () => {
  // shows Provider.spec.additional_config
  test.each(rows)('is that of the vendor’s client: %s', async (_, ours, theirs, file = {}) => {
    const server = await record(ANSWER);
    const client = new OpenAI({ apiKey: KEY, baseURL: `${server.origin}/v1`, maxRetries: 0 });
    await client.responses.create({ model: 'test-model', store: false, ...theirs, stream: false });
    const wanted = server.last();
    const answer = await provider(`${server.origin}/v1`, { ...RESPONSES, ...file }).complete(ask('hello', ours), open);
    const { path, headers, body } = server.last();
    expect(body).toEqual({ ...Object(wanted.body), stream: undefined });
    expect(path).toBe(wanted.path);
    for (const name of ['authorization', 'content-type']) expect(headers[name]).toBe(wanted.headers[name]);
    expect(answer).toMatchObject({ content: 'ok', finishReason: 'stop' });
  });

  test('is that of the vendor’s client when it is to be streamed', async () => {
    const server = await record(STREAM);
    const client = new OpenAI({ apiKey: KEY, baseURL: `${server.origin}/v1`, maxRetries: 0 });
    const input = [{ role: 'user' as const, content: 'hello' }];
    const stream = await client.responses.create({ model: 'test-model', store: false, input, stream: true });
    for await (const _ of stream);
    const wanted = server.last().body;
    const answer = await provider(`${server.origin}/v1`, RESPONSES).complete(ask('hello', { stream: true }), open);
    expect(server.last().body).toEqual(wanted);
    expect(answer.content).toBe('ok');
  });

  test('leaves out what the provider file says that the model does not know', async () => {
    const server = await record(ANSWER);
    const file = { ...RESPONSES, unsupported_params: ['temperature', 'max_output_tokens'] };
    const parameters = { temperature: 1, maxTokens: 5, topP: 1 };
    await provider(`${server.origin}/v1`, file).complete(ask('hello', { parameters }), open);
    expect(server.last().body).toEqual({
      model: 'test-model',
      store: false,
      input: [{ role: 'user', content: 'hello' }],
      top_p: 1,
    });
  });

  test('is not made for media that the API does not take', async () => {
    const parts = [{ type: 'audio' as const, data: 'QUJD' }];
    const messages = [{ role: 'user' as const, content: '', parts }];
    const failure = await failureOf(provider('http://127.0.0.1:1/v1', RESPONSES).complete(ask('', { messages }), open));
    expect(failure).toMatchObject({ code: 'unsupported', message: expect.stringContaining('no audio') });
  });
});

describe('answers of the mock server in the form of responses', () => {
  test.each([false, true])('hold text, usage and the end (stream: %j)', async (stream) => {
    const usage = { prompt_tokens: 100, completion_tokens: 10, cached_tokens: 40 };
    const { url } = await mock({ script: { default: { text: 'Grüße, 世界 👋', usage, chunks: 5 } } });
    const answer = await provider(url, RESPONSES).complete(ask('x', { stream }), open);
    expect(answer).toMatchObject({
      content: 'Grüße, 世界 👋',
      finishReason: 'stop',
      usage: { inputTokens: 100, outputTokens: 10, cachedTokens: 40 },
    });
    expect(answer.ttftMs === undefined).toBe(!stream);
  });

  test.each([false, true])('hold tool calls (stream: %j)', async (stream) => {
    const tool_calls = [
      { id: 'a', name: 'find', arguments: { id: 7, tags: ['a'] } },
      { id: 'b', name: 'none' },
    ];
    const { url } = await mock({ script: { default: { tool_calls } } });
    const answer = await provider(url, RESPONSES).complete(ask('x', { stream }), open);
    expect(answer.toolCalls).toEqual([
      { id: 'a', name: 'find', args: { id: 7, tags: ['a'] } },
      { id: 'b', name: 'none', args: {} },
    ]);
    expect(answer.finishReason).toBe('tool_calls');
  });
});

describe('a response that fails', () => {
  const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
  const failed = (code: string) => ({ status: 'failed', output: [], error: { code, message: `It was ${KEY}` } });

  test.each<[answer: object | string, failure: object]>([
    [failed('server_error'), { code: 'provider_unavailable', message: expect.stringContaining('It was ***') }],
    [failed('rate_limit_exceeded'), { code: 'rate_limited' }],
    [failed('invalid_prompt'), { code: 'provider_rejected' }],
    [{ status: 'in_progress', output: [] }, { code: 'malformed_answer' }],
    [{ status: 'completed', output: [] }, { code: 'empty_answer' }],
    [
      { status: 'incomplete', output: [], incomplete_details: { reason: 'max_output_tokens' } },
      { code: 'empty_answer', hint: expect.stringContaining('max_tokens') },
    ],
    [
      { status: 'incomplete', output: [], incomplete_details: { reason: 'content_filter' } },
      { code: 'content_filtered' },
    ],
    [
      event({ type: 'response.failed', response: failed('server_error') }),
      { code: 'provider_unavailable', message: expect.stringContaining('It was ***') },
    ],
    [event({ type: 'error', code: 'rate_limit_exceeded', message: 'Slower' }), { code: 'rate_limited' }],
    [event({ type: 'error', error: { type: 'server_error', message: 'm' } }), { code: 'provider_unavailable' }],
    [event({ type: 'response.output_text.delta', delta: 'half' }), { code: 'stream_cut' }],
    [event({ type: 'response.completed', response: { output: [] } }), { code: 'empty_answer' }],
    ['data: nonsense\n\n', { code: 'malformed_answer' }],
  ])('%j is %j', async (answer, failure) => {
    const server = await record(answer);
    const request = ask('x', { stream: typeof answer === 'string' });
    expect(await failureOf(provider(`${server.origin}/v1`, RESPONSES).complete(request, open))).toMatchObject(failure);
  });
});
