import { describe, test } from '@jest/globals';
import { stringify } from 'yaml';
import {
  answers,
  cells,
  type Effect,
  offered,
  parameters,
  refused,
  type Seen,
  type Setting,
  said,
  showsEffect,
  system,
  verdict,
} from '../../helpers/effects.js';

const document = (kind: string, name: string, spec: object) => stringify({ kind, metadata: { name }, spec });
const prompt = (text: string) => ({ task_type: 'main', system_template: text });
const scenario = (text: string) => ({ task_type: 'main', turns: [{ role: 'user', content: text }] });
const tool = { description: 'B', mode: 'mock', input_schema: { type: 'object' } };
const FILES = {
  'prompt-b.yaml': document('PromptConfig', 'main', prompt('B')),
  'model-b.yaml': document('Provider', 'other', { type: 'mock' }),
  'talk-b.yaml': document('Scenario', 'talk', scenario('B')),
  'look-b.yaml': document('Tool', 'other', tool),
};
const ids = ({ cells: all }: Seen) => all.map(({ scenario: id }) => id);
const PASSES = { type: 'min_length', params: { min: 1 } };
const FAILS = { type: 'max_length', params: { max: 1 } };
const ALL_TOOLS: Setting = { files: FILES, prompt: { allowed_tools: ['*'] } };

describe('what belongs to a bundle', () => {
  const without = { arena: { prompt_configs: [] } };
  test.each<Effect>([
    [
      'Arena.spec.prompt_configs[].file',
      ['prompt.yaml', 'prompt-b.yaml'],
      system,
      ['You help.', 'B'],
      { files: FILES },
    ],
    ['Arena.spec.prompt_configs[].vars', [{ v: 'a' }, { v: 'b' }], system, ['a', 'b'], { prompt: prompt('{{v}}') }],
    ['Arena.spec.prompt_specs.*', [prompt('A'), prompt('B')], system, ['A', 'B'], without],
    [
      'Arena.spec.providers[].file',
      ['model.yaml', 'model-b.yaml'],
      cells,
      [[['talk', ['model'], 1]], [['talk', ['other'], 1]]],
      { files: FILES },
    ],
    ['Arena.spec.providers[].group', [undefined, 'judge'], cells, [[['talk', ['model'], 1]], []]],
    [
      'Arena.spec.provider_specs.*',
      [undefined, { type: 'mock' }],
      cells,
      [[['talk', ['model'], 1]], [['talk', ['model', 'one'], 1]]],
    ],
    ['Arena.spec.scenarios[].file', ['talk.yaml', 'talk-b.yaml'], said, ['Hello', 'B'], { files: FILES }],
    ['Arena.spec.scenario_specs.*', [undefined, scenario('B')], ids, [['talk'], ['talk', 'one']]],
    ['Arena.spec.tools[]', [{ file: 'look.yaml' }, { file: 'look-b.yaml' }], offered, [['look'], ['other']], ALL_TOOLS],
    ['Arena.spec.tool_specs.*', [undefined, tool], offered, [['look'], ['look', 'one']], ALL_TOOLS],
  ])('%s', showsEffect);
});

describe('what all conversations share', () => {
  const media: Setting = {
    provider: { additional_config: { mock_config: 'm.yaml' } },
    files: { 'a/m.yaml': 'defaultResponse: A', 'b/m.yaml': 'defaultResponse: B' },
  };
  test.each<Effect>([
    ['Arena.spec.defaults.temperature', [0, 1], parameters, [{ temperature: 0 }, { temperature: 1 }]],
    ['Arena.spec.defaults.top_p', [0, 1], parameters, [{ topP: 0 }, { topP: 1 }]],
    ['Arena.spec.defaults.max_tokens', [0, 9], parameters, [{}, { maxTokens: 9 }]],
    ['Arena.spec.defaults.seed', [1, 2], parameters, [{ seed: 1 }, { seed: 2 }]],
    ['Arena.spec.defaults.config_dir', ['a', 'b'], answers, [['A'], ['B']], media],
    ['Arena.spec.globals.conversation_assertions[]', [PASSES, FAILS], verdict, ['passed', 'failed']],
  ])('%s', showsEffect);
});

describe('who plays the user', () => {
  const persona = (text: string) => ({ system_prompt: text });
  const roles = [{ id: 'player', provider: 'model' }];
  const plays: Setting = { scenario: { turns: [{ role: 'player', persona: 'one' }] } };
  const file = (name: string) => ({ file: name });
  const personas = {
    'a.yaml': document('Persona', 'one', persona('A')),
    'b.yaml': document('Persona', 'one', persona('B')),
  };
  const asked = ({ requests }: Seen) => requests[0]?.context.provider;
  const speakers: Setting = {
    ...plays,
    arena: {
      provider_specs: { other: { type: 'mock' } },
      self_play: { persona_specs: { one: persona('A') }, roles },
    },
  };
  test.each<Effect>([
    [
      'Arena.spec.self_play.personas[]',
      [file('a.yaml'), file('b.yaml')],
      system,
      ['A', 'B'],
      { ...plays, arena: { self_play: { roles } }, files: personas },
    ],
    [
      'Arena.spec.self_play.persona_specs.*',
      [persona('A'), persona('B')],
      system,
      ['A', 'B'],
      { ...plays, arena: { self_play: { roles } } },
    ],
    ['Arena.spec.self_play.enabled', [true, false], refused, [false, true], speakers],
    ['Arena.spec.self_play.roles[].provider', ['model', 'other'], asked, ['model', 'other'], speakers],
    ['Arena.spec.self_play.roles[].id', ['player', 'nobody'], refused, [false, true], speakers],
  ])('%s', showsEffect);
});
