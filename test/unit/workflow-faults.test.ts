import { describe, expect, test } from '@jest/globals';
import { ARENA, faultsWith, SOUND } from '../helpers/bundle-texts.js';

/** Faults of the sound bundle with a workflow, whose first line is line 20 of the Arena file. */
const faultsOf = (workflow: string) =>
  faultsWith({ [ARENA]: `${SOUND[ARENA]}  workflow:\n${workflow.replaceAll(/^/gm, '    ')}\n` });

describe('a workflow is refused, or warned about,', () => {
  test.each<[string, string, string[]]>([
    ['not when it is sound', 'entry: a\nstates: { a: { prompt_task: support, on_event: { E: b } }, b: {} }', []],
    [
      'when names mean nothing',
      'entry: x\nstates:\n  a: { prompt_task: suport, on_event: { E: bb } }\n  b: { max_visits: 1, on_max_visits: c }',
      [
        '21:5 unknown state "x", did you mean "a"?',
        '23:12 unknown task_type "suport", did you mean "support"?',
        '23:45 unknown state "bb", did you mean "b"?',
        '24:27 unknown state "c", did you mean "a"?',
      ],
    ],
    [
      'when nothing leads to a state',
      'entry: a\nstates:\n  a: { on_event: { E: a } }\n  b: {}',
      ['24:7 nothing leads to state "b", let an event lead there'],
    ],
    ['not when only visits lead to a state', 'entry: a\nstates: { a: { max_visits: 1, on_max_visits: b }, b: {} }', []],
    ['not when a scenario begins in a state', 'entry: a\nstates: { a: {}, b: { prompt_task: support } }', []],
    [
      'when events or stand-ins change nothing',
      'entry: a\nstates:\n  a: { terminal: true, on_event: { E: b }, on_max_visits: b }\n  b: {}',
      [
        '23:48 on_max_visits changes nothing without max_visits, give max_visits',
        '23:28 on_event changes nothing in a terminal state, remove it, or terminal',
      ],
    ],
    [
      'when nobody names events',
      'entry: a\nstates:\n  a: { orchestration: external, on_event: { E: b } }\n  b: {}',
      [
        '23:12 no model can leave the state, there is no host here that names events: a conversation that enters the state stays in it',
      ],
    ],
    [
      'when a filter lets no skill in',
      'entry: a\nstates:\n  a: { skills: [none, x/*, "[b"] }',
      [
        '23:12 no skill matches x/*, write a name, or a glob over folders such as skills/a/*',
        '23:12 [b is not a glob: "[" at character 1 is never closed',
      ],
    ],
    [
      'when its version is unknown',
      'version: 3\nentry: a\nstates: { a: {} }',
      ['21:5 spec.workflow.version must be at most 2'],
    ],
    [
      'when the orchestration is unknown',
      'entry: a\nstates: { a: { orchestration: internl } }',
      [
        '22:20 spec.workflow.states.a.orchestration "internl" is not one of internal, external, hybrid, composition, did you mean "internal"?',
      ],
    ],
  ])('%s', (_, workflow, expected) => {
    expect(faultsOf(workflow)).toEqual(expected.map((line) => `${ARENA}:${line}`));
  });

  test('a state may be called after a property of every object', () => {
    expect(
      faultsOf('entry: constructor\nstates: { constructor: { on_event: { toString: valueOf } }, valueOf: {} }'),
    ).toEqual([]);
  });
});
