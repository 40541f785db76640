import { describe, test } from '@jest/globals';
import { answers, type Effect, PLAYERS, type Seen, type Setting, showsEffect } from '../../helpers/effects.js';

const parts = ({ record }: Seen) => record?.messages.at(-1)?.parts;
const part = (name: string) => (seen: Seen) => Reflect.get(Object(parts(seen)?.[0]), name);
const firstCall = ({ record }: Seen) => record?.messages.flatMap(({ toolCalls }) => toolCalls ?? [])[0];
const called = (seen: Seen) => firstCall(seen)?.name;
const given = (seen: Seen) => firstCall(seen)?.args;
const image = (media: object): Setting => ({ mock: { defaultResponse: { parts: [{ type: 'image', ...media }] } } });
const played = ({ record }: Seen) => record?.messages[1]?.content;
const A = ['A'];
const B = ['B'];

describe('texts and parts of a mock file', () => {
  const seeded: Setting = { scenario: { turns: [{ role: 'user', content: 'Hello', seed: 7 }] } };
  const two = { mock: { defaultResponse: { parts: [{ type: 'text', text: 'A' }] } } };
  test.each<Effect>([
    ['MockConfig.defaultResponse.content', ['A', 'B'], answers, [A, B]],
    ['MockConfig.defaultResponse.text', ['A', 'B'], answers, [A, B]],
    ['MockConfig.defaultResponse.response', ['A', 'B'], answers, [A, B]],
    ['MockConfig.defaultResponse.any_of', [['A'], ['B', 'B']], answers, [A, B], seeded],
    ['MockConfig.defaultResponse.parts[].text', ['A', 'B'], answers, [A, B], two],
    ['MockConfig.defaultResponse.parts[].type', ['image', 'audio'], part('type'), ['image', 'audio'], image({})],
    [
      'MockConfig.defaultResponse.parts[].media.file_path',
      ['a', 'b'],
      part('filePath'),
      ['a', 'b'],
      { ...image({}), files: { a: '', b: '' } },
    ],
    [
      'MockConfig.defaultResponse.parts[].media.url',
      ['http://a', 'http://b'],
      part('url'),
      ['http://a', 'http://b'],
      image({}),
    ],
    ['MockConfig.defaultResponse.parts[].media.data', ['QQ==', 'Qg=='], part('data'), ['QQ==', 'Qg=='], image({})],
    [
      'MockConfig.defaultResponse.parts[].media.mime_type',
      ['image/a', 'image/b'],
      part('mimeType'),
      ['image/a', 'image/b'],
      image({}),
    ],
    ['MockConfig.defaultResponse.parts[].media.caption', ['A', 'B'], part('caption'), ['A', 'B'], image({})],
    [
      'MockConfig.defaultResponse.parts[].image_url.url',
      ['http://a', 'http://b'],
      part('url'),
      ['http://a', 'http://b'],
      image({}),
    ],
    [
      'MockConfig.defaultResponse.parts[].audio_url',
      [{ url: 'http://a' }, undefined],
      part('url'),
      ['http://a', undefined],
      image({}),
    ],
    [
      'MockConfig.defaultResponse.parts[].video_url',
      [{ url: 'http://a' }, undefined],
      part('url'),
      ['http://a', undefined],
      image({}),
    ],
  ])('%s', showsEffect);
});

describe('scripts of a mock file', () => {
  const talk: Setting = { mock: { scenarios: { talk: {} } } };
  const calls: Setting = { mock: { defaultResponse: { tool_calls: [{ name: 'look' }] } } };
  const persona: Setting = {
    arena: PLAYERS,
    scenario: { turns: [{ role: 'player', persona: 'ada' }] },
    mock: { selfplay: { ada: {} } },
  };
  const script = (text: string) => ({ turns: { 1: text } });
  test.each<Effect>([
    ['MockConfig.defaultResponse.tool_calls[].name', ['look', 'other'], called, ['look', 'other'], calls],
    ['MockConfig.defaultResponse.tool_calls[].arguments', [{ a: 1 }, { a: 2 }], given, [{ a: 1 }, { a: 2 }], calls],
    ['MockConfig.scenarios.*.defaultResponse', ['A', { content: 'B' }], answers, [A, B], talk],
    [
      'MockConfig.scenarios.*.turns.*',
      ['A', { content: 'B' }],
      answers,
      [A, B],
      { mock: { scenarios: { talk: { turns: { 1: 'x' } } } } },
    ],
    ['MockConfig.selfplay.*', [script('A'), script('B')], played, ['A', 'B'], persona],
  ])('%s', showsEffect);
});
