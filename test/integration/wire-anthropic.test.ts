/** Our requests to the Messages API beside those of the vendor's own client. */
import Anthropic from '@anthropic-ai/sdk';
import { jsonSchemaOutputFormat } from '@anthropic-ai/sdk/helpers/json-schema';
import type { MessageCreateParamsBase } from '@anthropic-ai/sdk/resources/messages';
import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { ask, KEY, open, provider } from '../helpers/openai-calls.js';
import { record } from '../helpers/recorded-requests.js';

const MODEL = 'claude-opus-4-8';
const ANSWER = {
  type: 'message',
  role: 'assistant',
  content: [{ type: 'text', text: 'ok' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1, output_tokens: 1 },
};
const STREAM = [
  { type: 'message_start', message: { ...ANSWER, id: 'm', content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'ok' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join('');

const HELLO = [{ role: 'user' as const, content: 'hello' }];
const tool = {
  name: 'find',
  description: 'Finds.',
  inputSchema: { type: 'object', properties: { id: { type: 'integer', minimum: 1 } }, required: ['id'] },
};
const wireTool = {
  name: 'find',
  description: 'Finds.',
  input_schema: { type: 'object' as const, properties: { id: { type: 'integer', minimum: 1 } }, required: ['id'] },
};
const mark = { type: 'ephemeral' as const };

type Theirs = Partial<MessageCreateParamsBase> & { [member: string]: unknown };

const rows: [what: string, ours: Partial<CompletionRequest>, theirs: Theirs, file?: { [name: string]: JsonValue }][] = [
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
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
      ],
    },
  ],
  [
    'tools and parallel results, one of them failed and one with an image',
    {
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: 'Let me look.',
          toolCalls: [
            { id: 'toolu_1', name: 'find', args: { id: 7 } },
            { id: 'toolu_2', name: 'find', args: {} },
          ],
        },
        { role: 'tool', content: 'no such thing', toolResult: { id: 'toolu_1', name: 'find', error: 'no such thing' } },
        {
          role: 'tool',
          content: '{"a":1}',
          toolResult: { id: 'toolu_2', name: 'find' },
          parts: [{ type: 'image', data: 'QUJD', mimeType: 'image/png' }],
        },
      ],
      tools: [tool],
      toolChoice: 'required',
    },
    {
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Let me look.' },
            { type: 'tool_use', id: 'toolu_1', name: 'find', input: { id: 7 } },
            { type: 'tool_use', id: 'toolu_2', name: 'find', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: 'no such thing', is_error: true },
            {
              type: 'tool_result',
              tool_use_id: 'toolu_2',
              content: [
                { type: 'text', text: '{"a":1}' },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'QUJD' } },
              ],
            },
          ],
        },
      ],
      tools: [wireTool],
      tool_choice: { type: 'any' },
    },
  ],
  [
    'a tool by name',
    { tools: [tool], toolChoice: { tool: 'find' } },
    { tools: [wireTool], tool_choice: { type: 'tool', name: 'find' } },
  ],
  [
    'images and documents, by content and by address',
    {
      messages: [
        {
          role: 'user',
          content: 'Look',
          parts: [
            { type: 'text', text: 'Look' },
            { type: 'image', data: 'QUJD', mimeType: 'image/jpeg', detail: 'low' },
            { type: 'image', url: 'https://example.com/a.png' },
            { type: 'document', data: 'JVBERg==', mimeType: 'application/pdf' },
            { type: 'document', url: 'https://example.com/a.pdf', mimeType: 'application/pdf' },
            { type: 'document', data: 'SGVsbG8=', mimeType: 'text/markdown', filePath: 'docs/a.md' },
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
            { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'QUJD' } },
            { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
            { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' } },
            { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Hello' }, title: 'a.md' },
          ],
        },
      ],
    },
  ],
  [
    'sampling; a seed and penalties are unknown to the service',
    {
      parameters: {
        temperature: 0.5,
        topP: 0.9,
        maxTokens: 50,
        seed: 7,
        frequencyPenalty: 1,
        presencePenalty: 1,
        stop: ['END'],
      },
    },
    { max_tokens: 50, stop_sequences: ['END'], temperature: 0.5, top_p: 0.9 },
  ],
  [
    'thinking and what else the provider file adds',
    {},
    {
      max_tokens: 4096 + 2048,
      thinking: { type: 'enabled', budget_tokens: 2048 },
      metadata: { user_id: 'u' },
      top_k: 5,
    },
    { thinking: { type: 'enabled', budget_tokens: 2048 }, metadata: { user_id: 'u' }, top_k: 5 },
  ],
  [
    'marks for the cache',
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
      ],
      tools: [tool, { ...tool, name: 'list' }],
      cachePrompt: true,
    },
    {
      system: [{ type: 'text', text: 'Be brief.', cache_control: mark }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'a', cache_control: mark }] },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: [{ type: 'text', text: 'c', cache_control: mark }] },
      ],
      tools: [wireTool, { ...wireTool, name: 'list', cache_control: mark }],
    },
  ],
];

const THEIR_VERSION = '2026-10-21';
const OUR_VERSION = '2023-06-01';

describe('what Anthropic is sent is what its own client sends', () => {
  test.each(rows)('for %s', async (_what, ours, theirs, file = {}) => {
    for (const stream of [false, true]) {
      const service = await record(stream ? STREAM : ANSWER);
      const client = new Anthropic({ apiKey: KEY, baseURL: service.origin, maxRetries: 0 });
      const params = { model: MODEL, max_tokens: 4096, messages: HELLO, ...theirs };
      if (stream) for await (const _ of await client.messages.create({ ...params, stream: true }));
      else await client.messages.create(params);
      const expected = service.last();
      const more = { type: 'claude', model: MODEL, additional_config: file };
      const request = ask('hello', { ...ours, ...(stream ? { stream: true } : {}) });
      const answer = await provider(service.origin, more, { ANTHROPIC_API_KEY: KEY }).complete(request, open);
      expect(answer.content).toBe('ok');
      const sent = service.last();
      expect(sent.body).toEqual(expected.body);
      expect(sent.path).toBe(expected.path);
      expect(sent.headers['content-type']).toBe(expected.headers['content-type']);
      // The version that still takes temperature and its kind, with the header for the key that it knows.
      expect(expected.headers['anthropic-version']).toBe(THEIR_VERSION);
      expect(sent.headers['anthropic-version']).toBe(OUR_VERSION);
      expect(expected.headers.authorization).toBe(`Bearer ${KEY}`);
      expect(sent.headers['x-api-key']).toBe(KEY);
    }
  });

  test('for a JSON Schema, cleaned of what structured outputs refuse', async () => {
    const schema: { [key: string]: JsonValue } = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, description: 'The name.' },
        mail: { type: 'string', format: 'email' },
        code: { type: 'string', format: 'color' },
        kind: { type: 'string', enum: ['a', 'b'] },
        one: { const: 1 },
        tags: { type: 'array', items: { type: 'string', pattern: '^x' }, minItems: 1, maxItems: 3 },
        pair: { type: 'array', items: { type: 'number', minimum: 0 }, minItems: 2 },
        either: { oneOf: [{ type: 'string' }, { type: 'object', properties: { a: { type: 'integer' } } }] },
        both: { allOf: [{ type: 'object', properties: {} }] },
        ref: { $ref: '#/$defs/item' },
        free: { type: 'object', additionalProperties: true },
      },
      required: ['name'],
      $defs: {
        item: { type: 'object', properties: { n: { type: 'integer', maximum: 9 } }, additionalProperties: true },
      },
    };
    const service = await record(ANSWER);
    const client = new Anthropic({ apiKey: KEY, baseURL: service.origin, maxRetries: 0 });
    const format = jsonSchemaOutputFormat(schema as never);
    const params = { model: MODEL, max_tokens: 9, messages: HELLO, output_config: { effort: 'low' as const, format } };
    await client.messages.create(params);
    const expected = service.last();
    const more = { type: 'claude', model: MODEL, additional_config: { output_config: { effort: 'low' } } };
    const responseFormat = { type: 'json_schema' as const, name: 'answer', schema };
    const request = ask('hello', { parameters: { maxTokens: 9, responseFormat } });
    await provider(service.origin, more, { CLAUDE_API_KEY: KEY }).complete(request, open);
    expect(service.last().body).toEqual(expected.body);
  });
});
