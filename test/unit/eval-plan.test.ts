import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { planMatrix, type Selection } from '../../src/bundle/matrix.js';
import { unsupportedFaults } from '../../src/bundle/unsupported.js';
import { PlanIndex } from '../../src/core/plan.js';
import { supportOf } from '../../src/support.js';
import { ARENA, SOUND, soundBundle, type Texts } from '../helpers/bundle-texts.js';

const arena = SOUND[ARENA] ?? '';
const CHAT = '[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}]';
const evalOf = (name: string, path: string, more = ''): string =>
  `kind: Eval\nmetadata: { name: ${name} }\nspec:\n  recording: { path: ${path} }\n${more}`;

const FILES: Texts = {
  [ARENA]: arena.replace(
    '  defaults:\n',
    '  evals: [{ file: evals/old.yaml }, { file: evals/many.yaml }]\n  defaults:\n',
  ),
  'evals/old.yaml': evalOf('old', '../chats/one.json', '  tags: [nightly]\n'),
  'evals/many.yaml': evalOf('many', '"../chats/**/*.json*"', '  tags: [nightly, wide]\n'),
  'chats/one.json': CHAT,
  'chats/b/two.recording.json': '{"events":[{"type":"message.created","data":{"role":"assistant","content":"B"}}]}',
  'chats/b/results.jsonl': ['fast', 'slow', 'fast']
    .map((id) => JSON.stringify({ schemaVersion: 1, id: `greeting/${id}`, scenario: 'greeting', messages: [] }))
    .join('\n'),
};

function idsOf(selection: Selection = {}, changes: Texts = {}): string[] {
  const bundle = soundBundle({ ...FILES, ...changes });
  const { cells, regions, faults } = planMatrix(bundle, selection);
  expect(faults.filter(({ severity }) => severity === 'error').map(formatFault)).toEqual([]);
  const index = new PlanIndex({ schemaVersion: 1, bundle: '', cells, regions });
  return Array.from({ length: index.size }, (_, item) => index.at(item).id);
}

function faultsOf(selection: Selection, changes: Texts = {}): string[] {
  return planMatrix(soundBundle({ ...FILES, ...changes }), selection).faults.map(formatFault);
}

const MANY = [
  'many/eval/b/results/greeting/fast',
  'many/eval/b/results/greeting/slow',
  'many/eval/b/results/greeting/fast~2',
  'many/eval/b/two',
  'many/eval/one',
];

describe('evals of recordings in the plan', () => {
  // shows Eval.spec.recording.path, Arena.spec.evals[]
  test('stand behind the scenarios, one conversation for each that was recorded', () => {
    expect(idsOf()).toEqual(['greeting/fast', 'greeting/slow', 'old/eval', ...MANY]);
  });

  test('are named by the provider eval and know their recording', () => {
    const { cells, regions } = planMatrix(soundBundle(FILES), { evals: ['many'] });
    const index = new PlanIndex({ schemaVersion: 1, bundle: '', cells, regions });
    expect(index.at(3)).toEqual({
      index: 3,
      id: 'many/eval/b/two',
      scenario: 'many',
      provider: 'eval',
      region: 'default',
      trial: 1,
      recording: 'b/two',
    });
    expect(() => index.at(5)).toThrow(RangeError);
  });

  test('are told apart where their files differ in the ending alone', () => {
    const changes = { 'chats/one.jsonl': '{"role":"user","content":"A"}' };
    expect(idsOf({ evals: ['many'] }, changes).slice(-2)).toEqual(['many/eval/one', 'many/eval/one~2']);
  });

  test('are repeated by trials and not by regions', () => {
    expect(
      idsOf({ regions: ['eu', 'us'], trials: 2, scenarios: ['greeting'], evals: ['old'], providers: ['fast', 'eval'] }),
    ).toEqual([
      'greeting/fast/eu/t1',
      'old/eval/t1',
      'greeting/fast/us/t1',
      'greeting/fast/eu/t2',
      'old/eval/t2',
      'greeting/fast/us/t2',
    ]);
  });

  // shows Eval.spec.tags
  test.each<[string, Selection, string[]]>([
    ['an id', { evals: ['old'] }, ['old/eval']],
    ['a tag', { tags: ['wide'] }, MANY],
    ['one of several tags', { tags: ['wide', 'nightly'] }, ['old/eval', ...MANY]],
    ['an id and a tag', { evals: ['old', 'many'], tags: ['wide'] }, MANY],
    ['their provider', { providers: ['eval'] }, ['old/eval', ...MANY]],
    [
      'an id beside scenarios',
      { evals: ['old'], scenarios: ['greeting'], providers: ['fast', 'eval'] },
      ['greeting/fast', 'old/eval'],
    ],
    ['a scenario alone, which leaves them out', { scenarios: ['greeting'] }, ['greeting/fast', 'greeting/slow']],
    ['a provider alone, which leaves them out', { providers: ['slow'] }, ['greeting/slow']],
    ['a glob for scenarios, which leaves them out', { include: ['*'] }, ['greeting/fast', 'greeting/slow']],
    [
      'an exclusion, which does not concern them',
      { exclude: ['nothing'] },
      ['greeting/fast', 'greeting/slow', 'old/eval', ...MANY],
    ],
  ])('are chosen by %s', (_what, selection, expected) => {
    expect(idsOf(selection)).toEqual(expected);
  });

  test.each<[string, Selection, Texts, RegExp]>([
    ['an unknown eval', { evals: ['odl'] }, {}, /there is no eval "odl", did you mean "old"\?/],
    ['an unknown tag', { tags: ['nightl'] }, {}, /no eval has the tag "nightl", did you mean "nightly"\?/],
    [
      'a missing recording',
      {},
      { 'evals/old.yaml': evalOf('old', 'gone.json') },
      /evals\/old\.yaml:4:16 evals\/gone\.json does not exist, record it first/,
    ],
    [
      'a glob without matches',
      {},
      { 'evals/old.yaml': evalOf('old', '"*.nothing"') },
      /no file matches evals\/\*\.nothing/,
    ],
    ['a broken recording', {}, { 'chats/one.json': '{\n"messages": 7' }, /^chats\/one\.json:2:14 is not valid JSON/],
    [
      'a recording of years',
      { evals: ['old'] },
      {
        'evals/old.yaml': evalOf('old', '../chats/one.json', '  mode: accelerated\n  speed: 2\n'),
        'chats/one.json':
          '[{"role":"user","content":"A","at":1500000000},{"role":"assistant","content":"B","at":1600000000}]',
      },
      /would take 13889 hours to replay, at most 24/,
    ],
    [
      'times that are not there',
      { evals: ['old'] },
      { 'evals/old.yaml': evalOf('old', '../chats/one.json', '  mode: realtime\n') },
      /chats\/one\.json says nothing of times: it is judged at once/,
    ],
    [
      'a speed without a mode',
      { evals: ['old'] },
      { 'evals/old.yaml': evalOf('old', '../chats/one.json', '  speed: 3\n') },
      /speed has no effect/,
    ],
    [
      'an unknown type',
      { evals: ['old'] },
      {
        'evals/old.yaml': evalOf('old', '../chats/one.json\n    type: sesion')
          .replace('{ path: ', '\n    path: ')
          .replace('sesion }', 'sesion'),
      },
      /the type "sesion" is not known: the format follows from the file, did you mean "session"\?/,
    ],
    [
      'a name that is taken',
      {},
      {
        [ARENA]: (FILES[ARENA] ?? '').replace(
          '  defaults:\n',
          '  provider_specs: { eval: { type: mock } }\n  scenario_specs: { old: { task_type: support, turns: [] } }\n  defaults:\n',
        ),
      },
      /two conversations would both be called "old\/eval"/,
    ],
  ])('are told about %s', (_what, selection, changes, expected) => {
    expect(faultsOf(selection, changes).join('\n')).toMatch(expected);
  });

  // shows Eval.spec.id, Arena.spec.eval_specs.*
  test('are called by their name in metadata, else by their id or the key of the spec in place', () => {
    const changes = {
      'evals/old.yaml': evalOf('old', '../chats/one.json').replace(
        'metadata: { name: old }\nspec:',
        'spec:\n  id: ancient',
      ),
      [ARENA]: (FILES[ARENA] ?? '').replace(
        '  defaults:\n',
        '  eval_specs: { inline: { id: other, recording: { path: chats/one.json } } }\n  defaults:\n',
      ),
    };
    expect(idsOf({ providers: ['eval'] }, changes)).toEqual(['ancient/eval', ...MANY, 'inline/eval']);
  });

  // shows Eval.spec.recording.type
  test('are read in the format that they name', () => {
    const list = '{"messages":[{"role":"user","content":"A"}],"RunID":"r","Messages":[]}';
    const named = (type: string): Texts => ({
      'chats/one.json': list,
      'evals/old.yaml': evalOf('old', `../chats/one.json, type: ${type}`),
    });
    expect(faultsOf({ evals: ['old'] }, named('generic'))).toEqual([]);
    expect(faultsOf({ evals: ['old'] }, named('session')).join()).toMatch(/has no list of events/);
  });

  test('ask only for checks and judges that can be had', () => {
    const bundle = soundBundle({
      ...FILES,
      'evals/old.yaml': evalOf('old', '../chats/one.json', '  judge_targets: { j: { type: imagen, model: m } }\n'),
    });
    const { cells } = planMatrix(bundle, { evals: ['old'] });
    expect(unsupportedFaults(bundle, cells, supportOf(false)).map(formatFault)).toContainEqual(
      expect.stringMatching(/^evals\/old\.yaml:5:\d+ the provider type imagen is not run/),
    );
  });
});
