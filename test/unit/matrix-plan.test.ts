import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { planMatrix, type Selection } from '../../src/bundle/matrix.js';
import { ARENA, SOUND, soundBundle, type Texts } from '../helpers/bundle-texts.js';

const scenario = SOUND['scenarios/greeting.yaml'] ?? '';

/** The sound bundle with three scenarios in files of their own and five providers in four groups. */
function threeScenarios(changes: Texts = {}): Texts {
  return {
    [ARENA]: (SOUND[ARENA] ?? '')
      .replace(
        '    - file: scenarios/greeting.yaml\n',
        '    - file: scenarios/greeting.yaml\n    - file: scenarios/orders/late.scenario.yaml\n    - file: scenarios/orders/lost.scenario.yaml\n',
      )
      .replace(
        '    - file: providers/slow.yaml\n',
        '    - file: providers/slow.yaml\n    - { file: judge.yaml, group: judge }\n    - { file: voice.yaml }\n    - { file: spare.yaml, group: spare }\n',
      ),
    'scenarios/orders/late.scenario.yaml': scenario.replace('name: greeting', 'name: order-late'),
    'scenarios/orders/lost.scenario.yaml': scenario.replace('name: greeting', 'name: order-lost'),
    'providers/slow.yaml':
      'kind: Provider\nmetadata: { name: slow }\nspec: { type: mock, capabilities: [text, tools] }\n',
    'judge.yaml': 'kind: Provider\nmetadata: { name: judge }\nspec: { type: mock }\n',
    'voice.yaml': 'kind: Provider\nmetadata: { name: voice }\nspec: { type: cartesia, role: tts }\n',
    'spare.yaml': 'kind: Provider\nmetadata: { name: spare }\nspec: { type: mock }\n',
    ...changes,
  };
}

function plan(selection: Selection = {}, changes: Texts = {}) {
  const matrix = planMatrix(soundBundle(threeScenarios(changes)), selection);
  return {
    ids: matrix.cells.map((cell) => cell.scenario),
    providers: matrix.cells.map((cell) => cell.providers.join(' ')),
    trials: matrix.cells.map((cell) => cell.trials),
    regions: matrix.regions,
    faults: matrix.faults.map((fault) => `${fault.severity} ${formatFault(fault)}`),
  };
}

/** The scenario greeting with lines added to its spec. */
const greeting = (lines: string): Texts => ({
  'scenarios/greeting.yaml': scenario.replace('  turns:', `${lines}\n  turns:`),
});

/** Labels in the metadata of one scenario and in the spec of another. */
const LABELLED: Texts = {
  'scenarios/greeting.yaml': scenario.replace(
    'name: greeting',
    'name: greeting\n  labels: { team: shop, priority: high }',
  ),
  'scenarios/orders/late.scenario.yaml': scenario
    .replace('name: greeting', 'name: order-late')
    .replace('  turns:', '  labels: { team: shop, level: 2 }\n  turns:'),
};

describe('scenarios by label', () => {
  // shows JobInput.select.labels
  test.each<[{ [key: string]: string }, string[]]>([
    [{ team: 'shop' }, ['greeting', 'order-late']],
    [{ team: 'shop', priority: 'high' }, ['greeting']],
    [{ level: '2' }, ['order-late']],
    [{}, ['greeting', 'order-late', 'order-lost']],
  ])('%j are %j', (labels, expected) => {
    expect(plan({ labels }, LABELLED)).toMatchObject({ ids: expected, faults: [] });
  });

  test('are those of a glob as well, where both are given', () => {
    expect(plan({ labels: { team: 'shop' }, include: ['order-*'] }, LABELLED).ids).toEqual(['order-late']);
  });

  test.each<[{ [key: string]: string }, string]>([
    [{ team: 'shpo' }, 'no scenario has the label team=shpo, did you mean "shop"?'],
    [{ taem: 'shop' }, 'no scenario has the label taem=shop, did you mean "team"?'],
    [{ team: 'x' }, 'no scenario has the label team=x, values of "team": shop'],
    [{ constructor: 'x' }, 'no scenario has the label constructor=x, labels of scenarios: team, priority, level'],
  ])('%j are refused: %s', (labels, message) => {
    expect(plan({ labels }, LABELLED).faults.join('\n')).toContain(`error ${ARENA} ${message}`);
  });

  test('that no single scenario has together leave nothing to run', () => {
    const { ids, faults } = plan({ labels: { priority: 'high', level: '2' } }, LABELLED);
    expect({ ids, faults }).toEqual({ ids: [], faults: [expect.stringContaining('nothing is left to run')] });
  });
});

describe('scenarios', () => {
  // shows JobInput.select.scenarios, JobInput.select.include, JobInput.select.exclude
  test.each<[string, Selection, string[]]>([
    ['all, by default', {}, ['greeting', 'order-late', 'order-lost']],
    ['by id, in bundle order', { scenarios: ['order-lost', 'greeting'] }, ['greeting', 'order-lost']],
    ['by a glob on ids', { include: ['order-*'] }, ['order-late', 'order-lost']],
    ['by a glob on paths', { include: ['scenarios/*'] }, ['greeting']],
    ['by a glob on paths of any depth', { include: ['scenarios/**'] }, ['greeting', 'order-late', 'order-lost']],
    ['by a glob on base names', { include: ['*.scenario.yaml'] }, ['order-late', 'order-lost']],
    ['by several globs', { include: ['*late', 'greet*'] }, ['greeting', 'order-late']],
    ['without those excluded', { exclude: ['*lost'] }, ['greeting', 'order-late']],
    ['excluded after included', { include: ['order-*'], exclude: ['order-late'] }, ['order-lost']],
    [
      'in both, when ids and globs are given',
      { scenarios: ['greeting', 'order-late'], include: ['order-*'] },
      ['order-late'],
    ],
  ])('%s', (_, selection, expected) => {
    expect(plan(selection).ids).toEqual(expected);
    expect(plan(selection).faults).toEqual([]);
  });

  test.each<[string, Selection, string[]]>([
    [
      'an unknown id',
      { scenarios: ['greetin'] },
      [`error ${ARENA} there is no scenario "greetin", did you mean "greeting"?`],
    ],
    [
      'a glob that fits nothing',
      { include: ['smoke-*', 'greeting'] },
      [`error ${ARENA} no scenario matches "smoke-*", globs see ids, file paths and base names`],
    ],
    [
      'a bad glob',
      { include: ['[a'] },
      [`error ${ARENA} bad glob "[a" to include: "[" at character 1 is never closed`],
    ],
    [
      'an exclusion that fits nothing, which does no harm',
      { exclude: ['smoke-*'] },
      [`warning ${ARENA} no scenario matches "smoke-*", globs see ids, file paths and base names`],
    ],
    [
      'nothing left',
      { exclude: ['**'] },
      [`error ${ARENA} nothing is left to run, see the selection and the warnings`],
    ],
  ])('%s', (_, selection, faults) => {
    expect(plan(selection).faults).toEqual(faults);
  });
});

test('a bundle without scenarios has nothing to run', () => {
  const arena = (more: string) => ({
    [ARENA]: `kind: Arena\nmetadata: { name: a }\nspec: { ${more} }\n`,
    'r.json': '{}',
  });
  const faults = (more: string) => planMatrix(soundBundle(arena(more))).faults.map(formatFault);
  expect(faults('')).toEqual([`${ARENA} the bundle has no scenarios, list some under scenarios or evals`]);
  expect(faults('eval_specs: { e: { recording: { path: r.json } } }')).toEqual([
    expect.stringMatching(/^r\.json:1:1 must hold a list of messages/),
  ]);
});

describe('providers', () => {
  test('of the group default, without those that cannot converse', () => {
    expect(plan().providers).toEqual(['fast slow', 'fast slow', 'fast slow']);
  });

  test('of the group that the scenario names', () => {
    expect(plan({}, greeting('  provider_group: spare')).providers[0]).toBe('spare');
  });

  test('named by the scenario, whatever their group and capabilities', () => {
    const named = greeting('  providers: [spare, fast, judge]\n  required_capabilities: [tools]');
    expect(plan({}, named).providers[0]).toBe('fast judge spare');
  });

  test('that have the capabilities', () => {
    expect(plan({}, greeting('  required_capabilities: [tools, text]')).providers[0]).toBe('slow');
  });

  test('all but judges when a group is empty, with one warning', () => {
    const { providers, faults } = plan({}, greeting('  provider_group: nobody'));
    expect(providers[0]).toBe('fast slow spare');
    expect(faults).toEqual([
      'warning scenarios/greeting.yaml:6:3 no provider is in group "nobody": "greeting" runs against all of them, set provider_group, or the group of a provider',
    ]);
  });

  test('never judges by group', () => {
    expect(plan({}, greeting('  provider_group: judge')).providers[0]).toBe('fast slow spare');
  });

  // shows JobInput.select.providers
  test('chosen by id', () => {
    const { ids, providers, faults } = plan({ providers: ['slow', 'spare'] }, greeting('  providers: [fast]'));
    expect(ids).toEqual(['order-late', 'order-lost']);
    expect(providers).toEqual(['slow', 'slow']);
    expect(faults).toEqual([
      'warning scenarios/greeting.yaml:4:1 "greeting" runs against none of the chosen providers, it is left out',
    ]);
  });

  test('that do not exist', () => {
    expect(plan({ providers: ['fsat'] }).faults).toContain(
      `error ${ARENA} there is no provider "fsat", did you mean "fast"?`,
    );
  });

  test('that nobody has the capabilities of', () => {
    const { ids, faults } = plan({}, greeting('  required_capabilities: [video]'));
    expect(ids).toEqual(['order-late', 'order-lost']);
    expect(faults).toEqual([
      'warning scenarios/greeting.yaml:4:1 "greeting" has no provider with the capabilities video, it is left out',
    ]);
  });

  test('named although they cannot converse', () => {
    expect(plan({}, greeting('  providers: [fast, voice]')).faults).toEqual([
      'error scenarios/greeting.yaml:6:21 provider "voice" has the role tts and cannot hold a conversation, name one with the role llm',
    ]);
  });

  test('that judge from the default group join with a warning', () => {
    const arena = `${threeScenarios()[ARENA]}  judges: [{ name: j, provider: fast }]\n`;
    const { providers, faults } = plan({}, { [ARENA]: arena });
    expect(providers[0]).toBe('fast slow');
    expect(faults).toEqual([
      `warning ${ARENA}:11:3 provider "fast" judges, and runs as an assistant as well, give it the group judge to keep it out of the matrix`,
    ]);
  });
});

describe('repetitions', () => {
  // shows JobInput.trials
  test('are the scenario’s own unless the job says otherwise', () => {
    expect(plan({}, greeting('  trials: 3')).trials).toEqual([3, 1, 1]);
    expect(plan({ trials: 2 }, greeting('  trials: 3')).trials).toEqual([2, 2, 2]);
  });

  // shows JobInput.regions
  test('in each region', () => {
    expect(plan().regions).toEqual(['default']);
    expect(plan({ regions: ['eu', 'us', 'eu'] }).regions).toEqual(['eu', 'us']);
  });

  test('are bounded', () => {
    expect(plan({ trials: 200_000 }).faults).toEqual([
      `error ${ARENA} the matrix has 1200000 conversations, at most 1000000 can run at once, choose fewer scenarios, providers, regions or trials`,
    ]);
  });

  test('never bear one name', () => {
    const provider = (name: string) => `kind: Provider\nmetadata: { name: ${name} }\nspec: { type: mock }\n`;
    const changes = {
      'providers/fast.yaml': provider('b/c'),
      'providers/slow.yaml': provider('c'),
      'scenarios/greeting.yaml': scenario.replace('name: greeting', 'name: a'),
      'scenarios/orders/late.scenario.yaml': scenario.replace('name: greeting', 'name: a/b'),
    };
    expect(plan({}, changes).faults).toEqual([
      `error ${ARENA} two conversations would both be called "a/b/c", take the slash out of a name`,
    ]);
    expect(plan({ scenarios: ['a'] }, changes).faults).toEqual([]);
  });
});
