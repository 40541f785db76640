import { describe, expect, test } from '@jest/globals';
import type { ContentPart, JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { bedrockConverse } from '../../src/io/providers/wires/bedrock-converse/from-settings.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { ask } from '../helpers/openai-calls.js';

function wire(more: { [field: string]: JsonValue } = {}, model = 'openai.gpt-oss-120b-1:0') {
  const spec = providerSpecSchema.parse({ type: 'openai', model, ...more });
  const at = (path: readonly (string | number)[]) => `p.yaml:${path.join('.')}`;
  return bedrockConverse({ id: 'p', spec, at }, model, '/model/m');
}

const bodyOf = (request: Partial<CompletionRequest>, more = {}, model?: string): { [name: string]: JsonValue } =>
  JSON.parse(wire(more, model).body(ask('hello', request)));

const HELLO = [{ role: 'user', content: [{ text: 'hello' }] }];
const user = (...parts: ContentPart[]) => ({ messages: [{ role: 'user' as const, content: '', parts }] });
const tool = { name: 'find', description: 'Finds.', inputSchema: { type: 'object' } };
const toolSpec = { toolSpec: { name: 'find', description: 'Finds.', inputSchema: { json: { type: 'object' } } } };

describe('a request', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  test.each<[what: string, request: Partial<CompletionRequest>, body: object, more?: object]>([
    ['a text', {}, { messages: HELLO }],
    [
      'instructions and turns, those of one side together',
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'a' },
          { role: 'user', content: 'b' },
          { role: 'assistant', content: 'c' },
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'd' },
        ],
      },
      {
        system: [{ text: 'Be brief.' }, { text: 'Be kind.' }],
        messages: [
          { role: 'user', content: [{ text: 'a' }, { text: 'b' }] },
          { role: 'assistant', content: [{ text: 'c' }] },
          { role: 'user', content: [{ text: 'd' }] },
        ],
      },
    ],
    [
      'an assistant who speaks first, and a user who says nothing',
      {
        messages: [
          { role: 'assistant', content: 'Hi.' },
          { role: 'user', content: ' \n' },
        ],
      },
      {
        messages: [
          { role: 'user', content: [{ text: '(The conversation begins.)' }] },
          { role: 'assistant', content: [{ text: 'Hi.' }] },
          { role: 'user', content: [{ text: '(no text)' }] },
        ],
      },
    ],
    [
      'parameters',
      { parameters: { temperature: 0, topP: 0.5, maxTokens: 7, stop: ['x'], seed: 1, frequencyPenalty: 1 } },
      {
        messages: HELLO,
        inferenceConfig: { temperature: 0, topP: 0.5, maxTokens: 7, stopSequences: ['x'] },
      },
    ],
    ['no bound of the answer', { parameters: { maxTokens: 0 } }, { messages: HELLO }],
    ['tools', { tools: [tool] }, { messages: HELLO, toolConfig: { tools: [toolSpec] } }],
    [
      'a tool without a description, which must be called',
      { tools: [{ ...tool, description: '' }], toolChoice: 'required' },
      {
        messages: HELLO,
        toolConfig: {
          tools: [{ toolSpec: { name: 'find', inputSchema: { json: { type: 'object' } } } }],
          toolChoice: { any: {} },
        },
      },
    ],
    [
      'a tool of choice',
      { tools: [tool], toolChoice: { tool: 'find' } },
      { messages: HELLO, toolConfig: { tools: [toolSpec], toolChoice: { tool: { name: 'find' } } } },
    ],
    [
      'a free choice',
      { tools: [tool], toolChoice: 'auto' },
      { messages: HELLO, toolConfig: { tools: [toolSpec], toolChoice: { auto: {} } } },
    ],
    ['tools that must not be called', { tools: [tool], toolChoice: 'none' }, { messages: HELLO }],
    [
      'JSON of any form, which the service cannot be told',
      { parameters: { responseFormat: { type: 'json' } } },
      { messages: HELLO, system: [{ text: expect.stringContaining('one JSON value') }] },
    ],
    [
      'JSON of a schema',
      { parameters: { responseFormat: { type: 'json_schema', name: 'n', schema } } },
      {
        messages: HELLO,
        outputConfig: {
          textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'n', schema: JSON.stringify(schema) } } },
        },
      },
    ],
    [
      'what only the service or the model knows',
      {},
      {
        messages: HELLO,
        guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
        additionalModelRequestFields: { a: 1, reasoning_effort: 'low' },
      },
      {
        additional_config: {
          guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
          reasoning_effort: 'low',
          additionalModelRequestFields: { a: 1 },
        },
      },
    ],
    [
      'a marked part for the cache',
      { cachePrompt: true, messages: [{ role: 'system', content: 's' }, ...ask('hello').messages] },
      {
        system: [{ text: 's' }, { cachePoint: { type: 'default' } }],
        messages: [{ role: 'user', content: [{ text: 'hello' }, { cachePoint: { type: 'default' } }] }],
      },
    ],
  ])('with %s', (_what, request, body, more = {}) => {
    expect(bodyOf(request, more)).toEqual(body);
  });

  test('marks its stable part where the provider file asks for it', () => {
    const marked = [{ role: 'user', content: [{ text: 'hello' }, { cachePoint: { type: 'default' } }] }];
    expect(bodyOf({}, { defaults: { prompt_caching: true } }).messages).toEqual(marked);
    expect(bodyOf({}, { defaults: { prompt_caching: { enabled: true } } }).messages).toEqual(marked);
    expect(bodyOf({}, { defaults: { prompt_caching: { enabled: false } } }).messages).toEqual(HELLO);
  });

  test('must not set what the conversation says', () => {
    expect(() => wire({ additional_config: { toolConfig: {} } })).toThrow(/p\.yaml:.*must not set toolConfig/);
  });
});

describe('a round of tools', () => {
  const messages: CompletionRequest['messages'] = [
    { role: 'user', content: 'a' },
    {
      role: 'assistant',
      content: '',
      toolCalls: [
        { id: 'call 1', name: 'find', args: { id: 1 } },
        { id: 'two', name: 'find', args: {} },
      ],
      opaque: { wire: 'bedrock-converse', reasoning: [{ reasoningText: { text: 'hm', signature: 's' } }] },
    },
    { role: 'tool', content: 'one', toolResult: { id: 'call 1', name: 'find' } },
    {
      role: 'tool',
      content: 'broken',
      toolResult: { id: 'two', name: 'find', error: 'broken' },
      parts: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }],
    },
  ];
  const image = { image: { format: 'png', source: { bytes: 'AAAA' } } };
  const results = (more: object) => [
    { toolResult: { toolUseId: 'call_1', content: [{ text: 'one' }] } },
    { toolResult: { toolUseId: 'two', content: [{ text: 'broken' }, image], ...more } },
  ];

  test('gives calls, reasoning and results back, those of one round in one message', () => {
    const body = bodyOf({ messages, tools: [tool], toolChoice: 'none' });
    expect(body.messages).toEqual([
      { role: 'user', content: [{ text: 'a' }] },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
          { toolUse: { toolUseId: 'call_1', name: 'find', input: { id: 1 } } },
          { toolUse: { toolUseId: 'two', name: 'find', input: {} } },
        ],
      },
      { role: 'user', content: results({}) },
    ]);
    // The service refuses calls of tools that it is not told of.
    expect(body.toolConfig).toEqual({ tools: [toolSpec] });
  });

  test('marks errors for models that take the mark', () => {
    const { messages: wired } = bodyOf({ messages }, {}, 'amazon.nova-pro-v1:0');
    expect(wired).toContainEqual({ role: 'user', content: results({ status: 'error' }) });
  });

  test('leaves alone what another service has left behind', () => {
    const opaque = { wire: 'anthropic', layout: [{ type: 'thinking' }] };
    const { messages: wired } = bodyOf({
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b', opaque },
      ],
    });
    expect(wired).toContainEqual({ role: 'assistant', content: [{ text: 'b' }] });
  });
});

describe('media', () => {
  const s3 = 's3://bucket/a.pdf';
  test.each<[what: string, part: ContentPart, block: object]>([
    [
      'image',
      { type: 'image', data: 'AA', mimeType: 'image/jpg' },
      { image: { format: 'jpeg', source: { bytes: 'AA' } } },
    ],
    [
      'image of a data address',
      { type: 'image', url: 'data:image/webp;base64,AA' },
      { image: { format: 'webp', source: { bytes: 'AA' } } },
    ],
    [
      'document',
      { type: 'document', data: 'AA', mimeType: 'application/pdf', filePath: 'docs/my.file_1.pdf' },
      { document: { format: 'pdf', name: 'my file 1', source: { bytes: 'AA' } } },
    ],
    [
      'text document',
      { type: 'document', data: 'AA', mimeType: 'application/json' },
      { document: { format: 'txt', name: 'document', source: { bytes: 'AA' } } },
    ],
    [
      'document in S3',
      { type: 'document', url: s3 },
      { document: { format: 'pdf', name: 'document', source: { s3Location: { uri: s3 } } } },
    ],
    [
      'video',
      { type: 'video', data: 'AA', mimeType: 'video/x-matroska' },
      { video: { format: 'mkv', source: { bytes: 'AA' } } },
    ],
    [
      'audio',
      { type: 'audio', data: 'AA', mimeType: 'audio/x-wav' },
      { audio: { format: 'wav', source: { bytes: 'AA' } } },
    ],
  ])('%s', (_what, part, block) => {
    const { messages } = bodyOf(user({ type: 'text', text: 'see' }, part));
    expect(messages).toEqual([{ role: 'user', content: [{ text: 'see' }, block] }]);
  });

  test('documents never stand alone, and no two of them have one name', () => {
    const part: ContentPart = { type: 'document', data: 'AA', filePath: 'a.pdf' };
    const { messages } = bodyOf(user(part, part));
    const document = (name: string) => ({ document: { format: 'pdf', name, source: { bytes: 'AA' } } });
    expect(messages).toEqual([{ role: 'user', content: [document('a'), document('a 2'), { text: '(no text)' }] }]);
  });

  test.each<[ContentPart, RegExp]>([
    [{ type: 'image', data: 'AA', mimeType: 'image/tiff' }, /takes no image of type image\/tiff/],
    [{ type: 'document', data: 'AA', mimeType: 'application/zip' }, /takes no document of type/],
    [{ type: 'image', url: 'https://example.com/a.png' }, /takes no media by web address/],
    [{ type: 'image', filePath: 'a.png' }, /no content/],
  ])('%j is refused', (part, message) => {
    expect(() => bodyOf(user(part))).toThrow(message);
  });
});
