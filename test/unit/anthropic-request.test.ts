import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { assistant, requestOf, user, wireOf } from '../helpers/wires.js';

const wire = (spec: object = {}) => wireOf({ type: 'anthropic', model: 'claude-sonnet-4-5', ...spec });
const body = (given: CompletionRequest, spec: object = {}) => JSON.parse(wire(spec).body(given));

describe('the parameters of a request to Anthropic', () => {
  const HI = [user('Hi')];
  const sent = (given: Partial<CompletionRequest>, spec: object = {}) => {
    const { model: _, messages: __, ...rest } = body(requestOf(HI, given), spec);
    return rest;
  };

  test.each<[string, Partial<CompletionRequest>, object, JsonValue]>([
    ['a bound of its own where none is set', {}, {}, { max_tokens: 4096 }],
    ['a wider one for models that think by themselves', {}, { model: 'claude-opus-5-5' }, { max_tokens: 16_384 }],
    ['not for a date that begins with 5', {}, { model: 'claude-3-haiku-50240307' }, { max_tokens: 4096 }],
    ['0 is no bound', { parameters: { maxTokens: 0 } }, {}, { max_tokens: 4096 }],
    ['a bound in the provider file', {}, { additional_config: { max_tokens: 7 } }, { max_tokens: 7 }],
    ['top_p of 1, which is what the service does', { parameters: { topP: 1, maxTokens: 1 } }, {}, { max_tokens: 1 }],
    [
      'the hottest temperature',
      { parameters: { temperature: 1, maxTokens: 1 } },
      {},
      { max_tokens: 1, temperature: 1 },
    ],
    [
      'JSON of any form, by words',
      { parameters: { maxTokens: 1, responseFormat: { type: 'json' } } },
      {},
      {
        max_tokens: 1,
        system: expect.stringContaining('one JSON value') as unknown as string,
      },
    ],
    ['a choice without tools', { toolChoice: 'none', parameters: { maxTokens: 1 } }, {}, { max_tokens: 1 }],
    [
      'the service’s own marks for the cache',
      { cachePrompt: true, parameters: { maxTokens: 1 } },
      { additional_config: { cache_control: { type: 'ephemeral' } } },
      {
        max_tokens: 1,
        cache_control: { type: 'ephemeral' },
      },
    ],
  ])('%s', (_what, given, spec, expected) => {
    expect(sent(given, spec)).toEqual(expected);
  });

  test('hold no temperature above 1', () => {
    expect(() => sent({ parameters: { temperature: 1.1 } })).toThrow('1.1 is out of range');
  });

  // shows Provider.spec.defaults.prompt_caching
  test.each<[JsonValue, JsonValue]>([
    [true, { type: 'ephemeral' }],
    [
      { enabled: true, ttl: '1h' },
      { type: 'ephemeral', ttl: '1h' },
    ],
    [{ ttl: '5m' }, { type: 'ephemeral', ttl: '5m' }],
    [{}, { type: 'ephemeral' }],
  ])('mark the end of the messages with prompt_caching %j', (caching, mark) => {
    const spec = { defaults: { prompt_caching: caching } };
    const [message] = body(requestOf(HI), spec).messages;
    expect(message).toEqual({ role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: mark }] });
  });

  test.each<[JsonValue]>([[false], [{ enabled: false }], [null]])('mark nothing with prompt_caching %j', (caching) => {
    expect(JSON.stringify(body(requestOf(HI), { defaults: { prompt_caching: caching } }))).not.toContain(
      'cache_control',
    );
  });

  test.each<[JsonValue]>([['yes'], [{ ttl: '2h' }], [{ enabled: 'x' }], [{ mode: 'auto' }], [1]])(
    'are refused with prompt_caching %j',
    (caching) => {
      expect(() => wire({ defaults: { prompt_caching: caching } })).toThrow(
        /p\.yaml:spec\.defaults\.prompt_caching provider p: prompt_caching says nothing/,
      );
    },
  );

  test('mark nothing that other conversations hold', () => {
    body(requestOf([user('')], { cachePrompt: true }));
    expect(body(requestOf([user('')])).messages).toEqual([{ role: 'user', content: '(no text)' }]);
  });

  test('mark at most four places', () => {
    const said = [
      { role: 'system' as const, content: 's' },
      ...[1, 2, 3, 4].flatMap((turn) => [user(`u${turn}`), assistant(`a${turn}`)]),
      user('u5'),
    ];
    const tools = ['a', 'b'].map((name) => ({ name, description: name, inputSchema: {} }));
    const text = wire().body(requestOf(said, { tools, cachePrompt: true }));
    expect(text.match(/cache_control/g)).toHaveLength(4);
  });
});

describe('the address of Anthropic', () => {
  test.each([
    [undefined, '/v1/messages'],
    ['http://127.0.0.1:1', '/v1/messages'],
    ['http://127.0.0.1:1/', '/v1/messages'],
    ['http://127.0.0.1:1/v1/', '/v1/messages'],
    ['http://127.0.0.1:1/anthropic', '/anthropic/v1/messages'],
    ['http://127.0.0.1:1/v1?x=1', '/v1/messages?x=1'],
  ])('below %s is %s', (base_url, path) => {
    expect([wire({ base_url }).path(false), wire({ base_url }).path(true)]).toEqual([path, path]);
  });

  test('comes with a version, unless the provider file names another', () => {
    expect(wire().headers).toEqual(['anthropic-version', '2023-06-01']);
    expect(wire({ headers: { 'Anthropic-Version': '2026-10-21' } }).headers).toEqual([]);
  });

  test.each(['model', 'messages', 'system', 'tools', 'tool_choice', 'stream', 'anthropic_version'])(
    'cannot be told another %s by additional_config',
    (member) => {
      expect(() => wire({ additional_config: { [member]: 'x' } })).toThrow(`must not set ${member}`);
    },
  );
});
