// biome-ignore-all lint/suspicious/noTemplateCurlyInString: steps refer to earlier values so
import { describe, expect, test } from '@jest/globals';
import { branch, prompt, ran, run } from '../helpers/composition-run.js';
import { engineBundle, hold } from '../helpers/engine-bundle.js';

describe('branches', () => {
  const steps = [
    prompt('a'),
    branch('route', { path: '${a.output.type}', op: 'equals', value: 'x' }, 'yes', 'no'),
    prompt('yes'),
    prompt('no'),
    prompt('after', { depends_on: ['yes'] }),
    prompt('join', { depends_on: ['yes', 'no'], input: '${yes.output}|${no.output}' }),
  ];
  test.each([
    // shows Arena.spec.compositions.*.steps[].then, Arena.spec.compositions.*.steps[].else, Arena.spec.compositions.*.steps[].depends_on
    ['x', ['a', 'route', 'yes', 'after', 'join'], 'answer of yes|'],
    ['y', ['a', 'route', 'no', 'join'], '|answer of no'],
  ])('run only the steps that they choose: %s', async (type, expected, joined) => {
    const { record, asked } = await run({ steps, answers: { a: JSON.stringify({ type }) } });
    expect(ran(record)).toEqual(expected);
    expect(asked.at(-1)?.messages.at(-1)?.content).toBe(joined);
  });

  const at = '${a.output.v}';
  test.each<[unknown, object, boolean]>([
    // shows Arena.spec.compositions.*.steps[].predicate.path, Arena.spec.compositions.*.steps[].predicate.op, Arena.spec.compositions.*.steps[].predicate.value
    [5, { path: at, op: 'equals', value: 5 }, true],
    ['5', { path: at, op: 'equals', value: 5 }, true],
    [5, { path: at, op: 'not_equals', value: 5 }, false],
    ['b', { path: at, op: 'in', value: ['a', 'b'] }, true],
    ['b', { path: at, op: 'not_in', value: ['a', 'b'] }, false],
    [5, { path: at, op: 'less_than', value: 5 }, false],
    [5, { path: at, op: 'less_than_or_equals', value: 5 }, true],
    [5, { path: at, op: 'greater_than', value: 4 }, true],
    [5, { path: at, op: 'greater_than_or_equals', value: 6 }, false],
    [undefined, { path: at, op: 'less_than', value: 5 }, false],
    [undefined, { path: at, op: 'greater_than_or_equals', value: 5 }, false],
    [undefined, { path: at, op: 'not_equals', value: 5 }, true],
    // shows Arena.spec.compositions.*.steps[].predicate.exists, Arena.spec.compositions.*.steps[].predicate.all_of
    [0, { path: at, exists: true }, true],
    [undefined, { path: at, exists: false }, true],
    [
      5,
      {
        all_of: [
          { path: at, exists: true },
          { path: at, op: 'less_than', value: 3 },
        ],
      },
      false,
    ],
    // shows Arena.spec.compositions.*.steps[].predicate.any_of, Arena.spec.compositions.*.steps[].predicate.not
    [
      5,
      {
        any_of: [
          { path: at, exists: false },
          { path: at, op: 'greater_than', value: 3 },
        ],
      },
      true,
    ],
    [5, { not: { path: at, op: 'equals', value: 5 } }, false],
  ])('%j: %j', async (v, predicate, held) => {
    const branching = [prompt('a'), branch('b', predicate, 'yes'), prompt('yes')];
    const { record } = await run({ steps: branching, answers: { a: JSON.stringify({ v }) } });
    expect(ran(record)?.includes('yes')).toBe(held);
  });
});

describe('checks of compositions', () => {
  const steps = [
    prompt('a'),
    branch('route', { path: '${a.output}', op: 'equals', value: 'x' }, 'yes', 'both'),
    prompt('yes'),
    { id: 'both', kind: 'parallel', branches: [prompt('l'), prompt('r')], reduce: { strategy: 'replace', into: 'o' } },
  ];
  test.each<[type: string, params: object, passed: boolean]>([
    ['composition_step_output', { step: 'l', equals: 'answer of l' }, true],
    ['composition_step_output', { step: 'l', contains: 'ANSWER' }, true],
    ['composition_step_output', { step: 'l', equals: 'answer' }, false],
    ['composition_step_output', { step: 'yes', contains: 'a' }, false],
    ['composition_step_output', { step: 'route', contains: 'a' }, false],
    ['composition_step_output', { step: 'nope', contains: 'a' }, false],
    ['composition_step_output', { step: 'l' }, false],
    ['composition_step_output', { contains: 'a' }, false],
    ['composition_output', { contains: 'answer of r' }, true],
    ['composition_output', { equals: 'answer of r' }, false],
    ['composition_output', {}, false],
    ['composition_branch_taken', { branch: 'route', expected: 'both' }, true],
    ['composition_branch_taken', { branch: 'route', expected: 'else' }, true],
    ['composition_branch_taken', { branch: 'route', expected: 'yes' }, false],
    ['composition_branch_taken', { branch: 'a', expected: 'yes' }, false],
    ['composition_branch_taken', { branch: 'route' }, false],
    ['composition_parallel_complete', { parallel: 'both' }, true],
    ['composition_parallel_complete', { parallel: 'a' }, false],
    ['composition_parallel_complete', {}, false],
  ])('%s %j: %s', async (type, params, passed) => {
    const scenario = { conversation_assertions: [{ type, params }] };
    const { record } = await run({ steps, scenario });
    expect(record.assertions.map(({ passed: one }) => one)).toEqual([passed]);
  });

  test.each([
    'composition_output',
    'composition_step_output',
    'composition_branch_taken',
    'composition_parallel_complete',
  ])('%s fails where no composition answers', async (type) => {
    const params = { step: 'a', branch: 'a', parallel: 'a', contains: 'a', expected: 'a' };
    const record = await hold(engineBundle({ scenario: { conversation_assertions: [{ type, params }] } }));
    expect(record.assertions.map(({ passed }) => passed)).toEqual([false]);
  });
});
