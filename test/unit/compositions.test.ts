// biome-ignore-all lint/suspicious/noTemplateCurlyInString: steps refer to earlier values so
import { describe, expect, test } from '@jest/globals';
import type { CompletionRequest } from '../../src/core/provider.js';
import { branch, last, PROMPTS, prompt, type Run, ran, run } from '../helpers/composition-run.js';
import { engineBundle, hold } from '../helpers/engine-bundle.js';

const texts = (asked: CompletionRequest[]) =>
  asked.map(({ context, messages }) => [context.step, messages.map(({ content }) => content)]);
const JSON_INPUT = JSON.stringify({ text: 'Some text', items: [{ n: 1 }, { n: 2 }] });

describe('steps of a composition', () => {
  test('one after the other, each with its own prompt and input', async () => {
    // shows Arena.spec.compositions.*.steps[].id, Arena.spec.compositions.*.steps[].prompt_task, Arena.spec.compositions.*.steps[].input
    const steps = [prompt('a'), prompt('b', { prompt_task: 'p2', input: 'Then: ${a.output}' })];
    const { record, asked } = await run({ steps });
    expect(texts(asked)).toEqual([
      ['a', ['You are p1.', 'Hello']],
      ['b', ['You are p2.', 'Then: answer of a']],
    ]);
    expect(record.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Hello'],
      ['assistant', 'answer of b'],
    ]);
    expect([record.verdict, record.calls, record.usage.inputTokens]).toEqual(['passed', 2, 2]);
  });

  test.each<[string, unknown, string]>([
    ['the whole message', '${input}', JSON_INPUT],
    ['a value of it', '${input.text}', 'Some text'],
    ['an element', 'n = ${input.items.1.n}', 'n = 2'],
    ['what is not there, in a text', 'x${input.nothing}y', 'xy'],
    ['what a step gave', '${first.output.kind}', 'paper'],
    ['the text of a step', 'It said: ${first.output}', 'It said: {"kind":"paper","list":[1]}'],
    [
      'a map with types of its own',
      { k: '${first.output.list}', t: 'a ${first.output.kind}' },
      '{"k":[1],"t":"a paper"}',
    ],
    ['keys that every object has', 'x${input.constructor}y${first.output.__proto__}z', 'xyz'],
  ])('an input of %s', async (_, input, expected) => {
    const answers = { first: '{"kind":"paper","list":[1]}' };
    const { asked } = await run({
      steps: [prompt('first'), prompt('second', { input })],
      answers,
      content: JSON_INPUT,
    });
    const said = asked.at(-1)?.messages.at(-1)?.content ?? '';
    expect(said.startsWith('{') ? JSON.parse(said) : said).toEqual(
      expected.startsWith('{') ? JSON.parse(expected) : expected,
    );
  });

  test('what models say is not filled in again', async () => {
    const steps = [prompt('a'), prompt('b', { input: '> ${a.output}' })];
    const { asked } = await run({ steps, answers: { a: '${input} {{region}}' } });
    expect(asked.at(-1)?.messages.at(-1)?.content).toBe('> ${input} {{region}}');
  });

  test('prompts read their input as a variable', async () => {
    const arena = { prompt_specs: { p1: { task_type: 'p1', system_template: 'About {{topic}}: {{input}}' } } };
    const { asked } = await run({ steps: [prompt('a', { input: { topic: '${input}' } })], arena });
    expect(asked[0]?.messages[0]?.content).toBe('About Hello: {"topic":"Hello"}');
  });

  test('tools are called without a model', async () => {
    // shows Arena.spec.compositions.*.steps[].tool, Arena.spec.compositions.*.steps[].args
    const steps = [
      { id: 'a', kind: 'tool', tool: 'look', args: { q: '${input}' } },
      prompt('b', { input: '${a.output.got}' }),
    ];
    const { asked } = await run({ steps, tool: { mock_template: '{"got": "{{.q}}!"}' } });
    expect(texts(asked)).toEqual([['b', ['You are p1.', 'Hello!']]]);
  });

  const callLook = (n: number) => ({ toolCalls: [{ id: `c${n}`, name: 'look', args: { n } }] });
  test.each<[string, object, (string | object)[], string, number]>([
    // shows Arena.spec.compositions.*.steps[].termination.max_steps, Arena.spec.compositions.*.steps[].termination.tool_called, Arena.spec.compositions.*.steps[].tools
    ['an answer without calls', { termination: { max_steps: 9 } }, [callLook(1), 'done'], 'done', 2],
    [
      'so many answers',
      { termination: { max_steps: 2 } },
      [callLook(1), { ...callLook(2), content: 'so far' }, 'never'],
      'so far',
      2,
    ],
    ['a call of that tool', { termination: { tool_called: 'look' } }, [callLook(1), 'never'], '{\n  "found": 7\n}', 1],
    ['tools that it does not have', { termination: { max_steps: 3 }, tools: [] }, [callLook(1), 'done'], 'done', 2],
  ])('an agent ends with %s', async (_, step, answers, expected, calls) => {
    const steps = [{ id: 'a', kind: 'agent', prompt_task: 'p1', ...step }];
    const { record, asked } = await run({ steps, answers: { a: answers } });
    expect([last(record)?.content, asked.length]).toEqual([expected, calls]);
    const hasTools = !('tools' in step);
    expect(asked[0]?.tools?.map(({ name }) => name)).toEqual(hasTools ? ['look'] : undefined);
  });

  test.each<[string, string, unknown]>([
    // shows Arena.spec.compositions.*.steps[].branches, Arena.spec.compositions.*.steps[].reduce.strategy, Arena.spec.compositions.*.steps[].reduce.into
    ['a map of all', 'barrier', { x: [1], y: 'text' }],
    ['one list of all', 'append', [1, 'text']],
    ['the last one', 'replace', 'text'],
  ])('steps side by side give %s', async (_, strategy, expected) => {
    const branches = [prompt('x'), prompt('y', { prompt_task: 'p2' })];
    const steps = [{ id: 'both', kind: 'parallel', branches, reduce: { strategy, into: 'all' } }];
    const { record } = await run({ steps, answers: { x: '[1]', y: 'text' } });
    expect(JSON.parse(last(record)?.content ?? '')).toEqual({ all: expected });
    expect(ran(record)).toEqual(['both', 'x', 'y']);
  });
});

describe('outputs and their schemas', () => {
  const schema = { type: 'object', required: ['ok'] };
  test.each<[string, Run, [string | undefined, string | undefined]]>([
    // shows Arena.spec.compositions.*.output, Arena.spec.compositions.*.input_schema, Arena.spec.compositions.*.output_schema
    // shows Arena.spec.compositions.*.steps[].output_schema, Arena.spec.compositions.*.steps[].modifiers.retry.max_attempts
    ['that of a named step', { steps: [prompt('a'), prompt('b')], rest: { output: 'a' } }, ['answer of a', undefined]],
    ['not as it should be', { steps: [prompt('a', { output_schema: schema })] }, ['Hello', 'step_failed']],
    [
      'right at the second try',
      {
        steps: [prompt('a', { output_schema: schema, modifiers: { retry: { max_attempts: 2 } } })],
        answers: { a: ['no', '{"ok":1}'] },
      },
      ['{"ok":1}', undefined],
    ],
    [
      'of the whole not as it should be',
      { steps: [prompt('a')], rest: { output_schema: schema } },
      ['Hello', 'step_failed'],
    ],
    [
      'of a step that did not run',
      { steps: [branch('b', { path: '${input.x}', exists: true }, 'a'), prompt('a')] },
      ['Hello', 'step_failed'],
    ],
    ['without a sound input', { steps: [prompt('a')], rest: { input_schema: schema } }, ['Hello', 'invalid_input']],
    [
      'with a sound input',
      { steps: [prompt('a')], rest: { input_schema: schema }, content: '{"ok":1}' },
      ['answer of a', undefined],
    ],
    [
      'of a tool that fails',
      { steps: [{ id: 'a', kind: 'tool', tool: 'look' }], tool: { output_schema: schema } },
      ['Hello', 'step_failed'],
    ],
  ])('%s', async (_, what, expected) => {
    const { record } = await run(what);
    expect([last(record)?.content, record.error?.code]).toEqual(expected);
  });

  test('the record shows every step', async () => {
    // shows Arena.spec.compositions.*.description, Arena.spec.compositions.*.steps[].description
    const { record } = await run({ steps: [prompt('a', { description: 'First' })], rest: { description: 'All' } });
    expect(last(record)?.composition).toEqual({
      name: 'flow',
      description: 'All',
      steps: [{ id: 'a', kind: 'prompt', description: 'First', ran: true, output: 'answer of a' }],
    });
  });
});

test('a state of the workflow is answered by its composition, whose output moves on', async () => {
  // shows Arena.spec.workflow.states.*.composition
  const states = {
    work: { orchestration: 'composition', composition: 'flow', on_event: { Done: 'talk' } },
    talk: { prompt_task: 'p3', terminal: true },
  };
  const { record, asked } = await run({
    steps: [prompt('a')],
    answers: { a: '{"event":"Done"}' },
    arena: { workflow: { entry: 'work', states } },
    scenario: {
      task_type: undefined,
      turns: [
        { role: 'user', content: 'one' },
        { role: 'user', content: 'two' },
      ],
    },
  });
  expect(asked.map(({ context, messages }) => [context.step, messages[0]?.content])).toEqual([
    ['a', 'You are p1.'],
    [undefined, 'You are p3.'],
  ]);
  expect(record.verdict).toBe('passed');
});

test('the mock provider answers steps by name, and calls their tools once', async () => {
  // shows MockConfig.scenarios.*.steps
  const steps = [prompt('a'), { id: 'b', kind: 'agent', prompt_task: 'p2', termination: { max_steps: 5 } }];
  const bundle = engineBundle({
    arena: { prompt_specs: PROMPTS, compositions: { flow: { steps } } },
    scenario: { task_type: 'flow' },
    tools: { look: {} },
    mock: { scenarios: { talk: { steps: { a: 'A', b: { content: 'B', tool_calls: [{ name: 'look' }] } } } } },
  });
  const record = await hold(bundle);
  expect([last(record)?.content, record.calls]).toEqual(['B', 3]);
});
