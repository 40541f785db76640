import { describe, test } from '@jest/globals';
import {
  calls,
  type Effect,
  faults,
  type Seen,
  type Setting,
  said,
  showsEffect,
  system,
} from '../../helpers/effects.js';

describe('parts of a message', () => {
  const part = (media: object, type = 'image'): Setting => ({
    scenario: { turns: [{ role: 'user', parts: [{ type, ...media }] }] },
    files: { 'a.png': 'A', 'b.png': 'B' },
  });
  const sent = ({ requests }: Seen) => requests[0]?.messages[1]?.parts?.at(-1);
  const keys = (name: string) => (seen: Seen) => Reflect.get(Object(sent(seen)), name);
  const URL = { media: { url: 'http://localhost/x' } };
  test.each<Effect>([
    ['Scenario.spec.turns[].parts[].type', ['image', 'audio'], keys('type'), ['image', 'audio'], part(URL)],
    ['Scenario.spec.turns[].parts[].text', ['Hello', 'Bye'], said, ['Hello', 'Bye'], part({}, 'text')],
    [
      'Scenario.spec.turns[].parts[].media.file_path',
      ['a.png', 'b.png'],
      keys('data'),
      ['QQ==', 'Qg=='],
      part({ media: {} }),
    ],
    [
      'Scenario.spec.turns[].parts[].media.url',
      ['http://a', 'http://b'],
      keys('url'),
      ['http://a', 'http://b'],
      part({ media: {} }),
    ],
    ['Scenario.spec.turns[].parts[].media.data', ['QQ==', 'Qg=='], keys('data'), ['QQ==', 'Qg=='], part({ media: {} })],
    [
      'Scenario.spec.turns[].parts[].media.storage_reference',
      [undefined, 'k'],
      faults,
      [[], ['error media from an external store is not run by this version, name the media by file_path, url or data']],
      part(URL),
    ],
    [
      'Scenario.spec.turns[].parts[].media.mime_type',
      ['image/png', 'image/gif'],
      keys('mimeType'),
      ['image/png', 'image/gif'],
      part(URL),
    ],
    ['Scenario.spec.turns[].parts[].media.detail', ['low', 'high'], keys('detail'), ['low', 'high'], part(URL)],
    ['Scenario.spec.turns[].parts[].media.caption', ['a', 'b'], keys('caption'), ['a', 'b'], part(URL)],
    ['Scenario.spec.turns[].parts[].media.width', [1, 2], keys('width'), [1, 2], part(URL)],
    ['Scenario.spec.turns[].parts[].media.height', [1, 2], keys('height'), [1, 2], part(URL)],
    ['Scenario.spec.turns[].parts[].media.duration', [1, 2], keys('durationMs'), [1000, 2000], part(URL)],
  ])('%s', showsEffect);
});

describe('turns that a persona writes', () => {
  const PLAY: Setting = {
    scenario: { turns: [{ role: 'player', persona: 'ada' }] },
    arena: {
      self_play: {
        persona_specs: { ada: { system_prompt: 'You are Ada.' }, bob: { system_prompt: 'You are Bob.' } },
        roles: [{ id: 'player', provider: 'model' }],
      },
    },
    mock: { selfplay: { ada: { turns: { 1: 'I am Ada', 2: 'Bye [CONVERSATION_COMPLETE]' } } } },
  };
  const asPersona = ({ requests }: Seen) => requests[0]?.parameters.temperature;
  test.each<Effect>([
    ['Scenario.spec.turns[].persona', ['ada', 'bob'], system, ['You are Ada.', 'You are Bob.'], PLAY],
    ['Scenario.spec.turns[].turns', [undefined, 2], (seen) => Number(calls(seen)) / 2, [1, 2], PLAY],
    ['Scenario.spec.turns[].max_turns', [undefined, 5], (seen) => Number(calls(seen)) / 2, [1, 2], PLAY],
    ['Scenario.spec.turns[].user_temp', [0.1, 0.2], asPersona, [0.1, 0.2], PLAY],
  ])('%s', showsEffect);
});
