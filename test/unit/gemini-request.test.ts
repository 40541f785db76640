import { describe, expect, test } from '@jest/globals';
import type { ContentPart, JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest, RequestMessage } from '../../src/core/provider.js';
import { assistant, requestOf, user, wireOf } from '../helpers/wires.js';

const wire = (spec: object = {}) => wireOf({ type: 'gemini', model: 'gemini-3.5-flash', ...spec });
const body = (given: CompletionRequest, spec: object = {}) => JSON.parse(wire(spec).body(given));
const contents = (said: RequestMessage[], spec: object = {}) => body(requestOf(said), spec).contents;
const said = (role: string, ...parts: JsonValue[]) => ({ role, parts });
const text = (words: string) => ({ text: words });
const OPENING = said('user', text('(The conversation begins.)'));

describe('a conversation for Gemini', () => {
  const call = (id: string, name = 'find') => ({ id, name, args: { x: 1 } });
  const called = (name = 'find') => ({ functionCall: { name, args: { x: 1 } } });
  const result = (content: string, more: object = {}): RequestMessage => ({
    role: 'tool',
    content,
    toolResult: { id: 'call_0_find', name: 'find' },
    ...more,
  });
  const answered = (response: JsonValue) => ({ functionResponse: { name: 'find', response } });
  const asked = [user('a'), { ...assistant(''), toolCalls: [call('call_0_find')] }];
  const ASKED = [said('user', text('a')), said('model', called())];

  test.each<[string, RequestMessage[], JsonValue]>([
    ['one message', [user('a')], [said('user', text('a'))]],
    [
      'messages of one side are one',
      [user('a'), user('b'), assistant('c'), assistant('d')],
      [said('user', text('a'), text('b')), said('model', text('c'), text('d'))],
    ],
    ['nothing but instructions', [{ role: 'system', content: 'x' }], [OPENING]],
    [
      'an assistant that begins',
      [assistant('a'), user('b')],
      [OPENING, said('model', text('a')), said('user', text('b'))],
    ],
    ['an answer without text is left out', [user('a'), assistant(''), user('b')], [said('user', text('a'), text('b'))]],
    ['a user who says nothing', [user('')], [said('user', text('(no text)'))]],
    ['a result that is an object', [...asked, result('{"a":1}')], [...ASKED, said('user', answered({ a: 1 }))]],
    [
      'a result that is text',
      [...asked, result('21 degrees')],
      [...ASKED, said('user', answered({ output: '21 degrees' }))],
    ],
    ['a result that is a list', [...asked, result('[1]')], [...ASKED, said('user', answered({ output: '[1]' }))]],
    [
      'a result that only begins like an object',
      [...asked, result('{a')],
      [...ASKED, said('user', answered({ output: '{a' }))],
    ],
    [
      'a failure without text',
      [...asked, result('', { toolResult: { id: 'call_0_find', name: 'find', error: 'gone' } })],
      [...ASKED, said('user', answered({ error: 'gone' }))],
    ],
    [
      'results of one round and the next message of the user are one message',
      [
        user('a'),
        { ...assistant('b'), toolCalls: [call('call_0_find'), call('call_1_find')] },
        result('1'),
        result('2'),
        user('c'),
      ],
      [
        said('user', text('a')),
        said('model', text('b'), called(), called()),
        said('user', answered({ output: '1' }), answered({ output: '2' }), text('c')),
      ],
    ],
    [
      'an id that the service gave',
      [
        user('a'),
        { ...assistant(''), toolCalls: [call('f1')] },
        result('1', { toolResult: { id: 'f1', name: 'find' } }),
      ],
      [
        said('user', text('a')),
        said('model', { functionCall: { id: 'f1', name: 'find', args: { x: 1 } } }),
        said('user', { functionResponse: { id: 'f1', name: 'find', response: { output: '1' } } }),
      ],
    ],
  ])('%s', (_what, messages, expected) => {
    expect(contents(messages)).toEqual(expected);
  });

  test('has its instructions apart, wherever they stood', () => {
    const messages = [{ role: 'system' as const, content: 'A' }, user('a'), { role: 'system' as const, content: 'B' }];
    expect(body(requestOf(messages))).toMatchObject({
      systemInstruction: { parts: [text('A\n\nB')] },
      contents: [said('user', text('a'))],
    });
  });

  const image: ContentPart = { type: 'image', data: 'QQ==', mimeType: 'image/png' };
  const audio: ContentPart = { type: 'audio', data: 'QQ==', mimeType: 'audio/wav' };
  const inline = (mimeType: string) => ({ inlineData: { mimeType, data: 'QQ==' } });
  const withMedia = [...asked, result('1', { parts: [image, audio] }), result('2')];
  const label = text('Media of the tool results above:');

  test('has media within results of tools, as far as results can hold them', () => {
    expect(contents(withMedia).at(-1)).toEqual(
      said(
        'user',
        { functionResponse: { name: 'find', response: { output: '1' }, parts: [inline('image/png')] } },
        answered({ output: '2' }),
        label,
        inline('audio/wav'),
      ),
    );
  });

  test.each(['gemini-2.5-flash', 'gemini-1.5-pro', 'models/gemini-2.0-flash'])(
    'has them beside the results for %s',
    (model) => {
      expect(contents(withMedia, { model }).at(-1)).toEqual(
        said(
          'user',
          answered({ output: '1' }),
          answered({ output: '2' }),
          label,
          inline('image/png'),
          inline('audio/wav'),
        ),
      );
    },
  );
});

describe('signatures that come back to Gemini', () => {
  const toolCalls = [
    { id: '', name: 'a', args: {} },
    { id: '', name: 'b', args: {} },
  ];
  const parts: ContentPart[] = [
    { type: 'text', text: 'x' },
    { type: 'image', data: 'QQ==', mimeType: 'image/png' },
  ];
  const signed = (content: string, opaque: JsonValue) => {
    const [, answer] = contents([user('a'), { role: 'assistant', content, parts, toolCalls, opaque }, user('b')]);
    return answer.parts.map((part: { thoughtSignature?: string }) => part.thoughtSignature ?? null);
  };

  test.each<[string, string, JsonValue, JsonValue]>([
    ['at their parts', 'x', { wire: 'gemini', text: 't', media: ['m'], calls: ['c', null] }, ['t', 'm', 'c', null]],
    [
      'with a text that was taken away',
      '',
      { wire: 'gemini', text: 't', media: [null], calls: [null, 'c'] },
      ['t', null, null, 'c'],
    ],
    ['but not what another format left', 'x', { wire: 'anthropic', text: 't', calls: ['c'] }, [null, null, null, null]],
    ['but nothing malformed', 'x', { wire: 'gemini', text: 3, media: 'x', calls: [1, {}] }, [null, null, null, null]],
  ])('%s', (_what, content, opaque, expected) => {
    expect(signed(content, opaque)).toEqual(expected);
  });
});

describe('the address of Gemini', () => {
  const both = (spec: object) => [wire(spec).path(false), wire(spec).path(true)];

  test.each([
    [undefined, 'gemini-3.5-flash', '/v1beta/models/gemini-3.5-flash'],
    ['http://127.0.0.1:1/', 'm', '/v1beta/models/m'],
    ['http://127.0.0.1:1/v1beta', 'm', '/v1beta/models/m'],
    ['http://127.0.0.1:1/v1/', 'm', '/v1/models/m'],
    ['http://127.0.0.1:1/v1alpha', 'm', '/v1alpha/models/m'],
    ['http://127.0.0.1:1/google', 'm', '/google/v1beta/models/m'],
    ['http://127.0.0.1:1', 'tunedModels/mine', '/v1beta/tunedModels/mine'],
    ['http://127.0.0.1:1', 'a b?c', '/v1beta/models/a%20b%3Fc'],
  ])('below %s for %s is %s', (base_url, model, path) => {
    expect(both({ base_url, model })).toEqual([`${path}:generateContent`, `${path}:streamGenerateContent?alt=sse`]);
  });

  test('keeps the query of the base URL', () => {
    const stream = '/v1beta/models/m:streamGenerateContent?x=1&alt=sse';
    expect(both({ base_url: 'http://127.0.0.1:1?x=1', model: 'm' })).toEqual([
      '/v1beta/models/m:generateContent?x=1',
      stream,
    ]);
  });

  test.each(['model', 'contents', 'systemInstruction', 'system_instruction', 'tools', 'toolConfig', 'tool_config'])(
    'cannot be told another %s by additional_config',
    (member) => {
      expect(() => wire({ additional_config: { [member]: 'x' } })).toThrow(`must not set ${member}`);
    },
  );

  test('takes nothing but an object for generationConfig', () => {
    expect(() => wire({ additional_config: { generationConfig: [1] } })).toThrow(
      /additional_config\.generationConfig provider p: .* no object/,
    );
  });
});
