// biome-ignore-all lint/suspicious/noTemplateCurlyInString: steps refer to earlier values so
import { describe, expect, test } from '@jest/globals';
import { branch, prompt } from '../helpers/composition-run.js';
import { faults, see } from '../helpers/effects.js';

const main = (id: string, rest: object = {}) => prompt(id, { prompt_task: 'main', ...rest });
const agent = (rest: object) => ({ ...main('a'), kind: 'agent', termination: { max_steps: 1 }, ...rest });
const parallel = (rest: object = {}) => ({
  id: 'both',
  kind: 'parallel',
  branches: [main('l'), main('r')],
  reduce: { strategy: 'barrier', into: 'o' },
  ...rest,
});

/** What is said of a composition `flow` with these steps. */
const said = async (steps: object[], rest: object = {}, arena: object = {}) =>
  faults(await see('Arena.spec.compositions', { flow: { steps, ...rest } }, { arena }));

test('a sound composition has no faults', async () => {
  // shows Arena.spec.compositions.*.version
  const steps = [main('a'), branch('b', { path: '${a.output.x}', exists: true }, 'c'), main('c'), parallel()];
  expect(await said(steps, { version: 1, output: 'l' })).toEqual([]);
});

describe('faults of compositions', () => {
  test.each<[string, object[], string, object?]>([
    [
      'a prompt that is not there',
      [prompt('a', { prompt_task: 'mian' })],
      'error unknown task_type "mian", did you mean "main"?',
    ],
    [
      'a tool that is not there',
      [{ id: 'a', kind: 'tool', tool: 'loock' }],
      'error unknown tool "loock", did you mean "look"?',
    ],
    ['a tool of an agent', [agent({ tools: ['loock'] })], 'error unknown tool "loock", did you mean "look"?'],
    [
      'an ending that cannot come',
      [agent({ tools: ['look'], termination: { tool_called: 'lok' } })],
      'error unknown tool of this step "lok", did you mean "look"?',
    ],
    ['two steps of one id', [main('a'), main('a')], 'error there is another "a", give each step an id of its own'],
    ['a step called input', [main('input')], 'error there is another "input", give each step an id of its own'],
    [
      'a reference that means nothing',
      [main('a', { input: '${inptu}' })],
      'error ${inptu} stands for nothing, write ${input}, ${input.KEY}, ${STEP.output} or ${STEP.output.KEY}',
    ],
    [
      'a step that is not there',
      [main('a'), main('b', { input: '${c.output}' })],
      'error unknown step "c", did you mean "a"?',
    ],
    [
      'a step’s own output',
      [main('a', { input: '${a.output}' })],
      'error "a" is not there yet, refer to a step that ends before this one',
    ],
    [
      'a step beside it',
      [parallel({ branches: [main('l'), main('r', { input: '${l.output}' })] })],
      'error "l" is not there yet, refer to a step that ends before this one',
    ],
    [
      'a branch to nowhere',
      [branch('b', { path: '${input}', exists: true }, 'nope')],
      'error unknown step "nope", there are no known steps',
    ],
    [
      'a condition on no value',
      [branch('b', { path: 'input', exists: true }, 'a'), main('a')],
      'error is no reference, write one value, such as ${STEP.output.KEY}',
    ],
    ['an output that is not there', [main('a')], 'error unknown step "b", did you mean "a"?', { output: 'b' }],
    ['a schema file that is not there', [main('a', { output_schema: 'none.json' })], 'error none.json does not exist'],
  ])('%s', async (_, steps, expected, rest = {}) => {
    const found = (await said(steps, rest)) as string[];
    expect(found.map((fault) => fault.slice(0, expected.length))).toEqual([expected]);
  });

  test('steps that wait for each other', async () => {
    const steps = [main('a', { input: '${b.output}' }), main('b', { depends_on: ['a'] })];
    expect(await said(steps)).toEqual([
      'error step "a" waits for itself, loops belong into a workflow: on_event with max_visits',
    ]);
  });

  test('a composition with the name of a prompt', async () => {
    const seen = await see('Arena.spec.compositions', { main: { steps: [main('a')] } });
    expect(faults(seen)).toEqual([
      'error there is a prompt with the task_type "main", give the composition another name',
    ]);
  });

  test('a state with a composition that is not there', async () => {
    const workflow = { entry: 's', states: { s: { orchestration: 'composition', composition: 'flwo' } } };
    expect(await said([main('a')], {}, { workflow })).toEqual([
      'error unknown composition "flwo", did you mean "flow"?',
    ]);
  });

  test.each<[string, object[], string]>([
    // shows Arena.spec.compositions.*.steps[].kind
    ['one branch side by side', [parallel({ branches: [main('l')] })], 'branches'],
    ['an agent without an end', [agent({ termination: {} })], 'must hold max_steps or tool_called'],
    [
      'two conditions in one',
      [branch('b', { path: '${input}', exists: true, op: 'equals', value: 1 }, 'b')],
      'must be exactly one of',
    ],
    ['a list that is none', [branch('b', { path: '${input}', op: 'in', value: 1 }, 'b')], 'in needs a list as value'],
    ['a condition without a value', [branch('b', { path: '${input}', op: 'equals' }, 'b')], 'needs both op and value'],
    ['a condition without a path', [branch('b', { exists: true }, 'b')], 'needs a path'],
    ['no such kind', [{ ...main('a'), kind: 'loop' }], 'kind'],
    ['an id that is no name', [main('1a')], 'must be letters, digits and _'],
    ['too many tries', [main('a', { modifiers: { retry: { max_attempts: 99 } } })], 'max_attempts'],
  ])('%s', async (_, steps, expected) => {
    const found = (await said(steps)) as string[];
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).toContain(expected);
  });
});
