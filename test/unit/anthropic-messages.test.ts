import { describe, expect, test } from '@jest/globals';
import type { ContentPart, JsonValue } from '../../src/core/conversation.js';
import type { RequestMessage } from '../../src/core/provider.js';
import { assistant, requestOf, user, wireOf } from '../helpers/wires.js';

const body = (...said: RequestMessage[]) =>
  JSON.parse(wireOf({ type: 'claude', model: 'claude-sonnet-4-5' }).body(requestOf(said)));
const messages = (...said: RequestMessage[]) => body(...said).messages;
const OPENING = { role: 'user', content: '(The conversation begins.)' };

describe('a conversation for Anthropic', () => {
  const call = (id: string) => ({ id, name: 'find', args: {} });
  const result = (id: string, content = 'r'): RequestMessage => ({
    role: 'tool',
    content,
    toolResult: { id, name: 'find' },
  });
  const use = (id: string) => ({ type: 'tool_use', id, name: 'find', input: {} });
  const used = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'r' });

  test.each<[string, RequestMessage[], JsonValue]>([
    ['one message', [user('a')], [{ role: 'user', content: 'a' }]],
    [
      'messages of one side are one',
      [user('a'), user('b'), assistant('c'), assistant('d')],
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'c' },
            { type: 'text', text: 'd' },
          ],
        },
      ],
    ],
    ['nothing but instructions', [{ role: 'system', content: 'x' }], [OPENING]],
    [
      'an assistant that begins',
      [assistant('a'), user('b')],
      [OPENING, { role: 'assistant', content: 'a' }, { role: 'user', content: 'b' }],
    ],
    [
      'an answer without text is left out',
      [user('a'), assistant(' \n'), user('b')],
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ],
    ],
    ['a user who says nothing', [user('  ')], [{ role: 'user', content: '(no text)' }]],
    [
      'results of one round and the next message of the user are one message',
      [user('a'), { ...assistant(''), toolCalls: [call('1'), call('2')] }, result('1'), result('2'), user('b')],
      [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: [use('1'), use('2')] },
        { role: 'user', content: [used('1'), used('2'), { type: 'text', text: 'b' }] },
      ],
    ],
    [
      'an empty result',
      [user('a'), { ...assistant(''), toolCalls: [call('1')] }, result('1', '')],
      [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: [use('1')] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: '1' }] },
      ],
    ],
    [
      'ids that the service would refuse',
      [user('a'), { ...assistant(''), toolCalls: [call('a.b:1')] }, result('a.b:1')],
      [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: [use('a_b_1')] },
        { role: 'user', content: [used('a_b_1')] },
      ],
    ],
  ])('%s', (_what, said, expected) => {
    expect(messages(...said)).toEqual(expected);
  });

  test('has its instructions apart, wherever they stood', () => {
    const said = [
      { role: 'system' as const, content: 'A' },
      user('a'),
      { role: 'system' as const, content: 'B' },
      user('b'),
    ];
    expect(body(...said)).toMatchObject({
      system: 'A\n\nB',
      messages: [{ role: 'user', content: [{ text: 'a' }, { text: 'b' }] }],
    });
    expect(body(user('a'))).not.toHaveProperty('system');
  });
});

describe('thinking that comes back to Anthropic', () => {
  const thinking = { type: 'thinking', thinking: 'hm', signature: 's1' };
  const redacted = { type: 'redacted_thinking', data: 'x' };
  const toolCalls = [
    { id: '1', name: 'find', args: {} },
    { id: '2', name: 'find', args: {} },
  ];
  const blocks = (content: string, opaque: JsonValue) => {
    const [, answer] = messages(user('a'), { role: 'assistant', content, toolCalls, opaque }, user('b'));
    return answer.content.map(
      (block: { type: string; text?: string; id?: string }) => block.text ?? block.id ?? block.type,
    );
  };

  test.each<[string, string, JsonValue, string[]]>([
    [
      'at its place',
      'onetwo',
      { wire: 'anthropic', layout: [thinking, 3, redacted, 3, 'call', thinking, 'call'] },
      ['thinking', 'one', 'redacted_thinking', 'two', '1', 'thinking', '2'],
    ],
    [
      'before a text that was changed',
      'masked text',
      { wire: 'anthropic', layout: [thinking, 3, 'call', 3, 'call'] },
      ['thinking', 'masked text', '1', '2'],
    ],
    [
      'before calls when the text was taken away',
      '',
      { wire: 'anthropic', layout: [thinking, 3, 'call', 'call'] },
      ['thinking', '1', '2'],
    ],
    [
      'with calls that its layout does not know',
      'one',
      { wire: 'anthropic', layout: [thinking, 3] },
      ['thinking', 'one', '1', '2'],
    ],
    ['but not what another format left', 'one', { wire: 'gemini', layout: [thinking, 3] }, ['one', '1', '2']],
    ['but nothing malformed', 'one', { wire: 'anthropic', layout: 'x' }, ['one', '1', '2']],
  ])('%s', (_what, content, opaque, expected) => {
    expect(blocks(content, opaque)).toEqual(expected);
  });
});

describe('media that Anthropic takes', () => {
  const sent = (part: ContentPart) => messages({ role: 'user', content: '', parts: [part] })[0].content[0].source;

  test.each<[ContentPart, JsonValue]>([
    [
      { type: 'image', data: 'QQ==' },
      { type: 'base64', media_type: 'image/png', data: 'QQ==' },
    ],
    [
      { type: 'image', data: 'QQ==', mimeType: 'image/jpg' },
      { type: 'base64', media_type: 'image/jpeg', data: 'QQ==' },
    ],
    [
      { type: 'image', url: 'data:image/gif;base64,QQ==' },
      { type: 'base64', media_type: 'image/gif', data: 'QQ==' },
    ],
    [
      { type: 'document', url: 'data:text/plain,Hi%20there' },
      { type: 'text', media_type: 'text/plain', data: 'Hi there' },
    ],
    [
      { type: 'document', data: 'eyJhIjoxfQ==', mimeType: 'application/json' },
      { type: 'text', media_type: 'text/plain', data: '{"a":1}' },
    ],
    [
      { type: 'document', data: 'QQ==' },
      { type: 'base64', media_type: 'application/pdf', data: 'QQ==' },
    ],
  ])('%j', (part, expected) => {
    expect(sent(part)).toEqual(expected);
  });

  test.each<[ContentPart, RegExp]>([
    [{ type: 'audio', data: 'QQ==' }, /takes no audio/],
    [{ type: 'video', url: 'https://x/a.mp4' }, /takes no video/],
    [{ type: 'image', data: 'QQ==', mimeType: 'image/tiff' }, /takes no image of type image\/tiff/],
    [{ type: 'document', data: 'QQ==', mimeType: 'application/zip' }, /takes no document of type application\/zip/],
    [{ type: 'document', url: 'https://x/a.csv', mimeType: 'text/csv' }, /by its address/],
    [{ type: 'image' }, /has no content/],
    [{ type: 'image', url: 'data:nonsense' }, /no comma/],
    [{ type: 'document', url: 'data:text/plain,%E0%A4%A' }, /percent-encoded/],
  ])('is not %j', (part, message) => {
    expect(() => sent(part)).toThrow(message);
  });

  test('is none in what the assistant said', () => {
    const said: RequestMessage = { role: 'assistant', content: 'a', parts: [{ type: 'image', data: 'QQ==' }] };
    expect(() => messages(user('a'), said)).toThrow('media in messages of the assistant');
  });
});
