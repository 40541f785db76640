import { describe, expect, test } from '@jest/globals';
import { dialogue, read } from '../helpers/recordings.js';

describe('a chat', () => {
  test.each([
    [
      'a list of messages',
      'c.json',
      [
        { role: 'user', content: 'A' },
        { role: 'assistant', content: 'B' },
      ],
    ],
    [
      'messages in a map',
      'c.json',
      {
        title: 't',
        messages: [
          { role: 'user', content: 'A' },
          { role: 'ai', text: 'B' },
        ],
      },
    ],
    [
      'turns below the spec of a document with a kind',
      'c.transcript.yaml',
      'kind: Transcript\nspec:\n  turns:\n    - { role: user, content: A }\n    - { role: assistant, content: B }\n',
    ],
    [
      'the names from and value',
      'c.json',
      {
        conversations: [
          { from: 'human', value: 'A' },
          { from: 'gpt', value: 'B' },
        ],
      },
    ],
    [
      'an author',
      'c.json',
      [
        { author: { role: 'user' }, content: { parts: ['A'] } },
        { author: 'bot', body: 'B' },
      ],
    ],
    [
      'blocks',
      'c.json',
      [
        { role: 'user', content: [{ type: 'text', text: 'A' }] },
        { role: 'model', content: [{ text: 'B' }] },
      ],
    ],
    ['a message a line', 'c.jsonl', '{"role":"user","content":"A"}\n{"role":"assistant","content":"B"}'],
    [
      'a transcript',
      't.yaml',
      'metadata: {session_id: x}\nmessages:\n  - role: user\n    content: A\n  - role: assistant\n    content: B\n',
    ],
    ['the short form of a transcript', 't.transcript.yaml', '- user: A\n- assistant: B\n'],
    ['exchanges', 't.yml', 'turns:\n  - { user: A, assistant: B }\n'],
  ])('may be written as %s', (_what, file, content) => {
    expect(read(file, content).map(dialogue)).toEqual([['user: A', 'assistant: B']]);
  });

  test('may stand with others in one file, in a list or one a line', () => {
    const chats = [
      { id: 'x', messages: [{ role: 'user', content: 'A' }] },
      { messages: [{ role: 'user', content: 'B' }] },
    ];
    expect(read('c.json', chats).map(dialogue)).toEqual([['user: A'], ['user: B']]);
    expect(read('c.json', { conversations: chats }).map(dialogue)).toEqual([['user: A'], ['user: B']]);
    expect(read('c.jsonl', chats.map((chat) => JSON.stringify(chat)).join('\n')).map(dialogue)).toHaveLength(2);
  });

  test.each([
    [
      'of one API',
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'done' },
      ],
    ],
    [
      'of another',
      [
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: { a: 1 } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'done' }] },
      ],
    ],
    [
      'in an old form',
      [
        { role: 'assistant', content: '', function_call: { id: 'c', name: 'f', arguments: '{"a":1}' } },
        { role: 'function', name: 'f', content: 'done' },
      ],
    ],
  ])('keeps tool calls and results %s', (_what, messages) => {
    const [recording] = read('c.json', messages, 'generic');
    expect(recording?.messages).toEqual([
      { role: 'assistant', content: '', toolCalls: [{ id: 'c', name: 'f', args: { a: 1 } }] },
      { role: 'tool', content: 'done', toolResult: { id: 'c', name: 'f' } },
    ]);
  });

  test('keeps arguments that are no JSON as a text', () => {
    const [recording] = read('c.json', [{ role: 'assistant', tool_calls: [{ name: 'f', arguments: '{"a":' }] }]);
    expect(recording?.messages[0]?.toolCalls).toEqual([{ id: 'call_0_0', name: 'f', args: { arguments: '{"a":' } }]);
  });

  test.each([
    [
      'an address',
      { type: 'image_url', image_url: { url: 'https://x/a.png', detail: 'low' } },
      { url: 'https://x/a.png', detail: 'low' },
    ],
    [
      'a data address',
      { type: 'image_url', image_url: 'data:image/png;base64,AAAA' },
      { mimeType: 'image/png', data: 'AAAA' },
    ],
    [
      'base64',
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { mimeType: 'image/png', data: 'AAAA' },
    ],
    [
      'a file',
      { type: 'image', media: { file_path: 'a.png', mime_type: 'image/png' } },
      { mimeType: 'image/png', filePath: 'a.png' },
    ],
    [
      'our own part',
      { type: 'image', mimeType: 'image/png', filePath: 'a.png' },
      { mimeType: 'image/png', filePath: 'a.png' },
    ],
  ])('keeps media as %s', (_what, block, expected) => {
    const [recording] = read('c.json', [{ role: 'user', content: [{ type: 'text', text: 'See' }, block] }]);
    expect(recording?.messages[0]).toEqual({
      role: 'user',
      content: 'See',
      parts: [
        { type: 'text', text: 'See' },
        { type: 'image', ...expected },
      ],
    });
  });

  test.each([
    ['seconds', 1_700_000_000],
    ['milliseconds', 1_700_000_000_000],
    ['microseconds', 1_700_000_000_000_000],
    ['ISO 8601', '2023-11-14T22:13:20Z'],
  ])('keeps times in %s', (_what, timestamp) => {
    const [recording] = read('c.json', [{ role: 'user', content: 'A', timestamp }]);
    expect(recording?.messages[0]?.at).toBe(1_700_000_000_000);
  });
});
