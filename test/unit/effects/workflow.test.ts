import { describe, test } from '@jest/globals';
import {
  type Effect,
  error,
  offered,
  refused,
  results,
  type Seen,
  type Setting,
  showsEffect,
  system,
} from '../../helpers/effects.js';

const STATES = 'Arena.spec.workflow.states.*';
const BUDGET = 'Arena.spec.workflow.engine.budget';

const skillFile = (name: string) => `---\nname: ${name}\ndescription: For ${name}.\n---\nHow to ${name}.\n`;
const SKILLS = { 'skills/a/SKILL.md': skillFile('a'), 'skills/b/SKILL.md': skillFile('b') };
const PACK = { 'p.json': JSON.stringify({ workflow: { entry: 'packed', states: { packed: {} } } }) };

const goes = { name: 'workflow__transition', arguments: { event: 'Go' } };
const notes = (value: string) => ({ name: 'workflow__set_artifact', arguments: { name: 'note', value } });
/** Answers with these calls, then with a text. */
const calling = (...tool_calls: object[]) => ({
  defaultResponse: 'Done.',
  scenarios: { talk: { turns: { 1: { type: 'tool_calls', content: '', tool_calls } } } },
});

/** One state that leads to itself, with more said about it; `mock` answers. */
const workflow = (state: object, more: Setting = {}): Setting => ({
  ...more,
  arena: {
    workflow: { entry: 'one', states: { one: { on_event: { Go: 'one' }, ...state }, two: {} } },
    ...more.arena,
  },
});
const artifact = (spec: object) => workflow({ artifacts: { note: spec } }, { mock: calling(notes('1'), notes('2')) });

const entered = ({ record }: Seen) => record?.workflow?.entered;
const artifacts = ({ record }: Seen) => record?.workflow?.artifacts;
/** What models are told of the newest tool. */
const told = ({ requests }: Seen) => requests[0]?.tools?.at(-1)?.description;
const skills = ({ requests }: Seen) => requests[0]?.tools?.find(({ name }) => name === 'skill__activate')?.description;

const MOVES =
  'Moves the conversation on to another state of its workflow. Its state now is one. Events:\n- Go: go to one';
const KEEPS = 'Keeps a value for the states to come. Artifacts:\n- note: ';
const TAKES = 'Takes up a skill: its instructions are the result. Skills:\n- ';
const REPLACES = 'a new value replaces the old one';

describe('a workflow', () => {
  test.each<Effect>([
    ['Arena.spec.workflow.version', [2, 3], refused, [false, true], workflow({})],
    ['Arena.spec.workflow.entry', ['one', 'two'], entered, [['one'], ['two']], workflow({})],
    [
      `${STATES}.prompt_task`,
      [undefined, 'other'],
      system,
      ['You help.', 'B'],
      workflow({}, { arena: { prompt_specs: { other: { task_type: 'other', system_template: 'B' } } } }),
    ],
    [`${STATES}.description`, [undefined, 'Once more.'], told, [MOVES, `${MOVES} (Once more.)`], workflow({})],
    [`${STATES}.on_event`, [{}, { Go: 'two' }], offered, [['look'], ['look', 'workflow__transition']], workflow({})],
    [`${STATES}.terminal`, [false, true], offered, [['look', 'workflow__transition'], ['look']], workflow({})],
    [`${STATES}.max_visits`, [0, 1], entered, [['one', 'one'], ['one']], workflow({}, { mock: calling(goes) })],
    [
      `${STATES}.on_max_visits`,
      [undefined, 'two'],
      entered,
      [['one'], ['one', 'two']],
      workflow({ max_visits: 1 }, { mock: calling(goes) }),
    ],
    [
      `${STATES}.artifacts.*.type`,
      [undefined, 'text/csv'],
      told,
      [`${KEEPS}${REPLACES}`, `${KEEPS}text/csv; ${REPLACES}`],
      artifact({}),
    ],
    [
      `${STATES}.artifacts.*.description`,
      [undefined, 'N.'],
      told,
      [`${KEEPS}${REPLACES}`, `${KEEPS}N.; ${REPLACES}`],
      artifact({}),
    ],
    [`${STATES}.artifacts.*.mode`, ['replace', 'append'], artifacts, [{ note: '2' }, { note: '1\n2' }], artifact({})],
    [
      `${STATES}.skills`,
      [undefined, 'skills/b'],
      skills,
      [`${TAKES}a: For a.\n- b: For b.`, `${TAKES}b: For b.`],
      workflow({}, { arena: { skills: [{ path: 'skills' }] }, files: SKILLS }),
    ],
    [
      `${STATES}.orchestration`,
      ['internal', 'external'],
      offered,
      [['look', 'workflow__transition'], ['look']],
      workflow({}),
    ],
    [`${BUDGET}.max_total_visits`, [2, 1], error, [undefined, 'tool_loop'], workflow({}, { mock: calling(goes) })],
    [`${BUDGET}.max_tool_calls`, [2, 1], error, [undefined, 'tool_loop'], workflow({}, { mock: calling(goes, goes) })],
    [
      `${BUDGET}.max_wall_time_sec`,
      [1, 0.9],
      error,
      [undefined, 'item_timeout'],
      workflow({}, { hold: { complete: () => ({ content: 'Hi.', latencyMs: 1000 }) } }),
    ],
    ['Arena.spec.pack_file', [undefined, 'p.json'], entered, [undefined, ['packed']], { files: PACK }],
  ])('%s', showsEffect);
});

describe('skills', () => {
  const skill = { name: 'a', description: 'For a.', instructions: 'How to a.' };
  const activate = calling({ name: 'skill__activate', arguments: { name: 'a' } });
  const listed = (source: object, more: Setting = {}): Setting => ({ arena: { skills: [source] }, ...more });
  const result = (instructions: string) => [JSON.stringify({ added_tools: [], instructions }, null, 2)];

  test.each<Effect>([
    [
      'Arena.spec.skills[].path',
      ['skills', 'skills/b'],
      skills,
      [`${TAKES}a: For a.\n- b: For b.`, `${TAKES}b: For b.`],
      listed({}, { files: SKILLS }),
    ],
    [
      'Arena.spec.skills[].dir',
      ['skills/a', 'skills/b'],
      skills,
      [`${TAKES}a: For a.`, `${TAKES}b: For b.`],
      listed({}, { files: SKILLS }),
    ],
    ['Arena.spec.skills[].preload', [false, true], system, ['You help.', 'You help.\n\nHow to a.'], listed(skill)],
    ['Arena.spec.skills[].name', ['a', 'c'], skills, [`${TAKES}a: For a.`, `${TAKES}c: For a.`], listed(skill)],
    ['Arena.spec.skills[].description', ['A.', 'B.'], skills, [`${TAKES}a: A.`, `${TAKES}a: B.`], listed(skill)],
    [
      'Arena.spec.skills[].instructions',
      ['A.', 'B.'],
      results,
      [result('A.'), result('B.')],
      listed(skill, { mock: activate }),
    ],
  ])('%s', showsEffect);
});
