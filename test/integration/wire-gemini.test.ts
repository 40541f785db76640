/** Our requests to the Gemini API beside those of the vendor's own client. */
import { type GenerateContentParameters, GoogleGenAI } from '@google/genai';
import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { ask, KEY, open, provider } from '../helpers/openai-calls.js';
import { record } from '../helpers/recorded-requests.js';

const MODEL = 'gemini-3.1-pro-preview';
const ANSWER = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
};
const STREAM = `data: ${JSON.stringify(ANSWER)}\r\n\r\n`;
const HELLO = [{ role: 'user', parts: [{ text: 'hello' }] }];
const parameters: { [name: string]: JsonValue } = {
  type: 'object',
  properties: { id: { type: 'integer', exclusiveMinimum: 0 }, kind: { const: 'a' } },
  additionalProperties: false,
};
const tool = { name: 'find', description: 'Finds.', inputSchema: parameters };
const wireTools = [
  { functionDeclarations: [{ name: 'find', description: 'Finds.', parametersJsonSchema: parameters }] },
];

type Theirs = Partial<GenerateContentParameters>;

const rows: [what: string, ours: Partial<CompletionRequest>, theirs: Theirs, file?: { [name: string]: JsonValue }][] = [
  ['a text', {}, {}],
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
      contents: [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: [{ text: 'b' }] },
        { role: 'user', parts: [{ text: 'c' }] },
      ],
      config: { systemInstruction: { parts: [{ text: 'Be brief.' }] } },
    },
  ],
  [
    'tools and parallel results, one of them failed and one with media, signed',
    {
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: 'Let me look.',
          toolCalls: [
            { id: 'fc-1', name: 'find', args: { id: 7 } },
            { id: 'call_1_find', name: 'find', args: {} },
          ],
          opaque: { wire: 'gemini', text: null, media: [], calls: ['c2ln', null] },
        },
        { role: 'tool', content: 'no such thing', toolResult: { id: 'fc-1', name: 'find', error: 'no such thing' } },
        {
          role: 'tool',
          content: '{"a":1}',
          toolResult: { id: 'call_1_find', name: 'find' },
          parts: [{ type: 'image', data: 'QUJD', mimeType: 'image/png' }],
        },
      ],
      tools: [tool],
      toolChoice: 'required',
    },
    {
      contents: [
        { role: 'user', parts: [{ text: 'a' }] },
        {
          role: 'model',
          parts: [
            { text: 'Let me look.' },
            { functionCall: { id: 'fc-1', name: 'find', args: { id: 7 } }, thoughtSignature: 'c2ln' },
            { functionCall: { name: 'find', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: 'fc-1', name: 'find', response: { error: 'no such thing' } } },
            {
              functionResponse: {
                name: 'find',
                response: { a: 1 },
                parts: [{ inlineData: { mimeType: 'image/png', data: 'QUJD' } }],
              },
            },
          ],
        },
      ],
      config: { tools: wireTools, toolConfig: { functionCallingConfig: { mode: 'ANY' as never } } },
    },
  ],
  [
    'a tool by name',
    { tools: [tool], toolChoice: { tool: 'find' } },
    {
      config: {
        tools: wireTools,
        toolConfig: { functionCallingConfig: { mode: 'ANY' as never, allowedFunctionNames: ['find'] } },
      },
    },
  ],
  [
    'images, audio, video and documents, by content and by address',
    {
      messages: [
        {
          role: 'user',
          content: 'Look',
          parts: [
            { type: 'text', text: 'Look' },
            { type: 'image', data: 'QUJD', mimeType: 'image/jpeg', detail: 'low' },
            { type: 'image', url: 'https://example.com/a.png', mimeType: 'image/png' },
            { type: 'audio', data: 'QUJD', mimeType: 'audio/wav' },
            { type: 'video', url: 'https://www.youtube.com/watch?v=x' },
            { type: 'document', data: 'JVBERg==', mimeType: 'application/pdf' },
            { type: 'document', data: 'SGk=', mimeType: 'application/json' },
          ],
        },
      ],
    },
    {
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'Look' },
            { inlineData: { mimeType: 'image/jpeg', data: 'QUJD' } },
            { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.png' } },
            { inlineData: { mimeType: 'audio/wav', data: 'QUJD' } },
            { fileData: { fileUri: 'https://www.youtube.com/watch?v=x' } },
            { inlineData: { mimeType: 'application/pdf', data: 'JVBERg==' } },
            { inlineData: { mimeType: 'text/plain', data: 'SGk=' } },
          ],
        },
      ],
    },
  ],
  [
    'sampling',
    {
      parameters: {
        temperature: 1.5,
        topP: 0.9,
        maxTokens: 50,
        seed: 7,
        frequencyPenalty: 1,
        presencePenalty: -1,
        stop: ['END'],
      },
    },
    {
      config: {
        temperature: 1.5,
        topP: 0.9,
        maxOutputTokens: 50,
        seed: 7,
        frequencyPenalty: 1,
        presencePenalty: -1,
        stopSequences: ['END'],
      },
    },
  ],
  [
    'JSON of any form',
    { parameters: { responseFormat: { type: 'json' } } },
    { config: { responseMimeType: 'application/json' } },
  ],
  [
    'JSON of a schema',
    { parameters: { responseFormat: { type: 'json_schema', name: 'answer', schema: parameters } } },
    { config: { responseMimeType: 'application/json', responseJsonSchema: parameters } },
  ],
  [
    'what else the provider file adds, in either spelling',
    { parameters: { maxTokens: 9 } },
    {
      config: {
        topK: 5,
        thinkingConfig: { thinkingBudget: 0 },
        safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT' as never, threshold: 'BLOCK_NONE' as never }],
        mediaResolution: 'MEDIA_RESOLUTION_LOW' as never,
        cachedContent: 'cachedContents/x',
        maxOutputTokens: 9,
      },
    },
    {
      top_k: 5,
      thinking_config: { thinkingBudget: 0 },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      generationConfig: { media_resolution: 'MEDIA_RESOLUTION_LOW', maxOutputTokens: 1 },
      cachedContent: 'cachedContents/x',
    },
  ],
];

describe('what Gemini is sent is what its own client sends', () => {
  test.each(rows)('for %s', async (_what, ours, theirs, file = {}) => {
    for (const stream of [false, true]) {
      const service = await record(stream ? STREAM : ANSWER);
      const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: service.origin } });
      const params = { model: MODEL, contents: HELLO, ...theirs };
      if (stream) for await (const _ of await client.models.generateContentStream(params));
      else await client.models.generateContent(params);
      const expected = service.last();
      const more = { type: 'gemini', model: MODEL, additional_config: file };
      const request = ask('hello', { ...ours, ...(stream ? { stream: true } : {}) });
      const answer = await provider(service.origin, more, { GEMINI_API_KEY: KEY }).complete(request, open);
      expect(answer.content).toBe('ok');
      const sent = service.last();
      // Theirs adds an empty object where there is nothing to say.
      const nothing = { generationConfig: {} };
      expect({ ...nothing, ...Object(sent.body) }).toEqual({ ...nothing, ...Object(expected.body) });
      expect(sent.path).toBe(expected.path);
      for (const header of ['content-type', 'x-goog-api-key']) {
        expect(sent.headers[header]).toBe(expected.headers[header]);
      }
    }
  });

  test('with the second of the usual variables, where the first is not set', async () => {
    const service = await record(ANSWER);
    await provider(service.origin, { type: 'google', model: MODEL }, { GOOGLE_API_KEY: KEY }).complete(ask(), open);
    expect(service.last().headers['x-goog-api-key']).toBe(KEY);
  });
});
