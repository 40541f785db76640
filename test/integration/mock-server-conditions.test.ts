/** Conditions of a script mean the same in every format: system text, last user text, turn, media, results of tools. */
import { describe, expect, test } from '@jest/globals';
import type { MockScript } from '../../src/io/mock-server/script.js';
import type { MediaKind } from '../../src/io/mock-server/wire.js';
import { KEY, vendor } from '../helpers/mock-vendor.js';

interface Dialect {
  path: string;
  /** Body of a request whose first turn is "Hello", whose second is a text with media. */
  withMedia(kind: MediaKind): object;
  /** Body of a request whose last message is the result of a tool, `{ degrees: 21 }` or the same as a text. */
  withResult: object;
}

const RESULT = '{"degrees":21}';
const say = (role: string, content: unknown) => ({ role, content });
const hello = [say('user', 'Hello'), say('assistant', 'Hello!')];

const CHAT_MEDIA: { [kind: string]: object } = {
  image: { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
  audio: { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
  document: { type: 'file', file: { file_data: 'data:application/pdf;base64,AA==' } },
};

const MIME: { [kind in MediaKind]: string } = {
  image: 'image/png',
  audio: 'audio/wav',
  video: 'video/mp4',
  document: 'application/pdf',
};

const google = (role: string, ...parts: object[]) => ({ role, parts });
const GOOGLE_SYSTEM = { systemInstruction: { parts: [{ text: 'Be brief.' }] } };
const source = { type: 'base64', media_type: 'any/any', data: 'AA==' };

const DIALECTS: [string, readonly MediaKind[], Dialect][] = [
  [
    'openai-chat',
    ['image', 'audio', 'document'],
    {
      path: '/v1/chat/completions',
      withMedia: (kind) => ({
        messages: [
          say('system', 'Be brief.'),
          ...hello,
          say('user', [{ type: 'text', text: 'What is THIS?' }, CHAT_MEDIA[kind]]),
        ],
      }),
      withResult: {
        messages: [
          say('developer', [{ type: 'text', text: 'Be brief.' }]),
          ...hello,
          say('user', 'Weather?'),
          { role: 'assistant', content: null, tool_calls: [{ id: 'a', function: { name: 'w', arguments: '{}' } }] },
          { role: 'tool', tool_call_id: 'a', content: RESULT },
        ],
      },
    },
  ],
  [
    'openai-responses',
    ['image', 'document'],
    {
      path: '/v1/responses',
      withMedia: (kind) => ({
        instructions: 'Be brief.',
        input: [
          ...hello,
          say('user', [
            { type: 'input_text', text: 'What is THIS?' },
            { type: kind === 'image' ? 'input_image' : 'input_file' },
          ]),
        ],
      }),
      withResult: {
        instructions: 'Be brief.',
        input: [
          ...hello,
          say('user', 'Weather?'),
          { type: 'function_call', call_id: 'a', name: 'w', arguments: '{}' },
          { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: RESULT }] },
        ],
      },
    },
  ],
  [
    'bedrock-invoke',
    ['image', 'document'],
    {
      path: '/model/m/invoke',
      withMedia: (type) => ({
        anthropic_version: 'any',
        max_tokens: 1,
        system: [{ type: 'text', text: 'Be brief.' }],
        messages: [
          ...hello,
          say('user', [
            { type, source },
            { type: 'text', text: 'What is THIS?' },
          ]),
        ],
      }),
      withResult: {
        anthropic_version: 'any',
        max_tokens: 1,
        system: 'Be brief.',
        messages: [
          ...hello,
          say('user', 'Weather?'),
          say('assistant', [{ type: 'tool_use', id: 'a', name: 'w', input: {} }]),
          say('user', [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: RESULT }] }]),
        ],
      },
    },
  ],
  [
    'gemini',
    ['image', 'audio', 'video', 'document'],
    {
      path: '/v1beta/models/m:generateContent',
      withMedia: (kind) => ({
        ...GOOGLE_SYSTEM,
        contents: [
          google('user', { text: 'Hello' }),
          google('model', { text: 'Hello!' }),
          google('user', { text: 'What is THIS?' }, { fileData: { mimeType: MIME[kind], fileUri: 'gs://b/o' } }),
        ],
      }),
      withResult: {
        ...GOOGLE_SYSTEM,
        contents: [
          google('user', { text: 'Hello' }),
          google('model', { text: 'Hello!' }),
          google('user', { text: 'Weather?' }),
          google('model', { functionCall: { name: 'w', args: {} } }),
          google('function', { functionResponse: { name: 'w', response: { degrees: 21 } } }),
        ],
      },
    },
  ],
  [
    'ollama',
    ['image'],
    {
      path: '/api/chat',
      withMedia: () => ({
        model: 'm',
        messages: [say('system', 'Be brief.'), ...hello, { role: 'user', content: 'What is THIS?', images: ['AA=='] }],
      }),
      withResult: {
        model: 'm',
        messages: [
          say('system', 'Be brief.'),
          ...hello,
          say('user', 'Weather?'),
          { role: 'assistant', content: '', tool_calls: [{ function: { name: 'w', arguments: {} } }] },
          { role: 'tool', tool_name: 'w', content: RESULT },
        ],
      },
    },
  ],
  [
    'bedrock-converse',
    ['image', 'video', 'document'],
    {
      path: '/model/m/converse',
      withMedia: (kind) => ({
        system: [{ text: 'Be brief.' }],
        messages: [
          say('user', [{ text: 'Hello' }]),
          say('assistant', [{ text: 'Hello!' }]),
          say('user', [{ text: 'What is THIS?' }, { [kind]: { format: 'any', source: { bytes: 'AA==' } } }]),
        ],
      }),
      withResult: {
        system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
        messages: [
          say('user', [{ text: 'Hello' }]),
          say('assistant', [{ text: 'Hello!' }]),
          say('user', [{ text: 'Weather?' }]),
          say('assistant', [{ toolUse: { toolUseId: 'a', name: 'w', input: {} } }]),
          say('user', [{ toolResult: { toolUseId: 'a', content: [{ json: { degrees: 21 } }] } }]),
        ],
      },
    },
  ],
];

async function answerOf(script: MockScript, path: string, body: object): Promise<string> {
  const { origin } = await vendor({ script: { ...script, default: { text: 'no' } } });
  const headers = { authorization: `Bearer ${KEY}` };
  return (await fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).text();
}

describe.each(DIALECTS)('in %s', (_, kinds, { path, withMedia, withResult }) => {
  const fits = { text: 'it fits', chunks: 1 };

  test.each(kinds)('a turn with media fits: %s', async (kind) => {
    const when = { system: 'brief', user: 'this?', user_matches: 'THIS', turn: 2, after_tool: false, media: kind };
    const asked = answerOf({ answers: [{ when, answer: fits }] }, path, withMedia(kind));
    expect(await asked).toContain('it fits');
  });

  test.each([
    ['system', { system: 'verbose' }],
    ['user', { user: 'hello' }],
    ['turn', { turn: 3 }],
    ['after_tool', { after_tool: true }],
    ['media', { media: 'video' as const }],
    ['tool_result', { tool_result: '' }],
  ])('another %s does not fit', async (__, when) => {
    const asked = answerOf({ answers: [{ when, answer: fits }] }, path, withMedia('image'));
    expect(await asked).not.toContain('it fits');
  });

  test('the result of a tool is no turn, and its text is seen', async () => {
    const when = { system: 'Be brief.', user: 'weather', turn: 2, after_tool: true, tool_result: '"degrees":21' };
    expect(await answerOf({ answers: [{ when, answer: fits }] }, path, withResult)).toContain('it fits');
    const other = { ...when, tool_result: '22' };
    expect(await answerOf({ answers: [{ when: other, answer: fits }] }, path, withResult)).not.toContain('it fits');
  });
});
