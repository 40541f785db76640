import { describe, expect, test } from '@jest/globals';
import { judgesOf } from '../../../src/bundle/judge-providers.js';
import {
  bundleWith,
  type Effect,
  PLAYERS,
  refused,
  type Seen,
  type Setting,
  see,
  showsEffect,
} from '../../helpers/effects.js';

const tells = (what: string) => (seen: Seen) => seen.faults.some((fault) => fault.includes(what));
const PLAYS: Setting = { arena: PLAYERS, scenario: { turns: [{ role: 'player', persona: 'ada' }] } };
const NEVER_THEN_SAID: [unknown, unknown] = [false, true];

describe('what has no effect is told', () => {
  test.each<Effect>([
    ['Arena.spec.tts_providers', [undefined, ['a']], tells('a provider of speech'), NEVER_THEN_SAID],
    ['Arena.spec.stt_providers', [undefined, ['a']], tells('a provider of transcription'), NEVER_THEN_SAID],
    ['Arena.spec.image_providers', [undefined, ['a']], tells('a provider of images'), NEVER_THEN_SAID],
    ['Arena.spec.voices', [undefined, { a: 1 }], tells('a voice'), NEVER_THEN_SAID],
    ['Arena.spec.runtime', [undefined, { a: 1 }], refused, NEVER_THEN_SAID],
    ['Arena.spec.defaults.monitor', [false, true], tells('the live audio monitor'), NEVER_THEN_SAID],
    ['Arena.spec.defaults.inference', [undefined, { a: 1 }], tells('a classifier'), NEVER_THEN_SAID],
    ['Arena.spec.state.persistence', ['memory', 'redis'], tells('a store of its own'), NEVER_THEN_SAID],
    ['Persona.spec.voice', [undefined, { a: 1 }], tells('a voice'), NEVER_THEN_SAID, PLAYS],
    ['Scenario.spec.duplex.timeout', [undefined, '1m'], tells('a two-way audio stream'), NEVER_THEN_SAID],
    ['Scenario.spec.voice', [undefined, { a: 1 }], tells('a spoken conversation'), NEVER_THEN_SAID],
  ])('%s', showsEffect);
});

describe('fields around the others', () => {
  const prompt = (text: string) => ({ task_type: 'main', system_template: text });
  const named: Setting = {
    prompt: prompt('{{v}}'),
    arena: { prompt_configs: [{ file: 'prompt.yaml', vars: { v: 'x' } }] },
  };
  test.each<Effect>([
    ['Document.kind', ['Scenario', 'Persona'], refused, NEVER_THEN_SAID],
    ['Arena.spec.prompt_configs[].id', ['main', undefined], refused, NEVER_THEN_SAID, named],
    [
      'Arena.spec.state.enabled',
      [true, false],
      tells('a store of its own'),
      [true, false],
      { arena: { state: { persistence: 'redis' } } },
    ],
  ])('%s', showsEffect);

  test('Arena.spec.state.redis_url is told with the store that it belongs to', async () => {
    const setting = { arena: { state: { persistence: 'redis' } } };
    expect(tells('a store of its own')(await see('Arena.spec.state.redis_url', 'redis://r', setting))).toBe(true);
  });

  test('MockConfig.defaultResponse.type decides nothing: the other keys do', async () => {
    const setting = { mock: { defaultResponse: { content: 'A' } } };
    const [one, other] = [
      await see('MockConfig.defaultResponse.type', 'text', setting),
      await see('MockConfig.defaultResponse.type', 'tool_calls', setting),
    ];
    expect(one.record?.messages).toEqual(other.record?.messages);
  });

  test('judge_specs say who judges, and with which model', () => {
    const judge = (leaf: string, value: string) => {
      const arena = {
        provider_specs: { other: { type: 'mock', model: 'o', capabilities: ['other'] } },
        judge_specs: { one: { provider: 'model', model: 'm' } },
      };
      const { bundle } = bundleWith(leaf, value, { arena });
      const id = bundle && judgesOf(bundle, undefined).get('one');
      return bundle?.providers.get(id ?? '')?.spec;
    };
    expect(judge('Arena.spec.judge_specs.*.provider', 'model')?.capabilities).toBeUndefined();
    expect(judge('Arena.spec.judge_specs.*.provider', 'other')?.capabilities).toEqual(['other']);
    expect(judge('Arena.spec.judge_specs.*.model', 'a')?.model).toBe('a');
    expect(judge('Arena.spec.judge_specs.*.model', 'b')?.model).toBe('b');
  });
});
