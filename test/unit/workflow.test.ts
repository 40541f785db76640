import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { CompletionRequest } from '../../src/core/provider.js';
import type { WorkflowSpec } from '../../src/schema/workflow.js';
import { type EngineBundleParts, engineBundle, hold, scripted } from '../helpers/engine-bundle.js';
import { calling } from '../helpers/tool-calls.js';

const prompt = (task: string, system_template: string, more: object = {}) =>
  stringify({ kind: 'PromptConfig', metadata: { name: task }, spec: { task_type: task, system_template, ...more } });

/** Two rooms and a way out. */
const HOUSE: WorkflowSpec = {
  entry: 'hall',
  states: {
    hall: { prompt_task: 'main', on_event: { Enter: 'study', Leave: 'garden' } },
    study: { prompt_task: 'study', description: 'Books.', on_event: { Back: 'hall', Leave: 'garden' } },
    garden: { terminal: true },
  },
};

function house(workflow: Partial<WorkflowSpec> = {}, parts: EngineBundleParts = {}, study = 'You read.') {
  return engineBundle({
    ...parts,
    arena: {
      workflow: { ...HOUSE, ...workflow },
      prompt_configs: [
        { id: 'main', file: 'prompt.yaml' },
        { id: 'study', file: 'study.yaml' },
      ],
      ...parts.arena,
    },
    files: { 'study.yaml': prompt('study', study), ...parts.files },
  });
}

const transition = (event: string, context?: string) =>
  calling(['workflow__transition', context === undefined ? { event } : { event, context }]);

/** Holds the conversation with a model that says these things; what it was asked stands in `requests`. */
async function play(bundle: ReturnType<typeof engineBundle>, ...answers: Parameters<typeof scripted>) {
  const requests: CompletionRequest[] = [];
  const model = scripted(...answers);
  const record = await hold(bundle, {
    complete: (request) => {
      requests.push(request);
      return model();
    },
  });
  return { record, requests };
}

const systemOf = (request: CompletionRequest | undefined) => request?.messages[0]?.content;
const toolNames = (request: CompletionRequest | undefined) => request?.tools?.map(({ name }) => name) ?? [];

describe('a workflow', () => {
  test('answers with the prompt and the events of the state that it is in, within the same turn', async () => {
    const { record, requests } = await play(house(), transition('Enter'), transition('Leave'), 'Bye.');
    expect(requests.map(systemOf)).toEqual(['You help.', 'You read.', 'You read.']);
    expect(requests.map(toolNames)).toEqual([['workflow__transition'], ['workflow__transition'], []]);
    expect(requests[0]?.tools?.[0]?.inputSchema).toMatchObject({ properties: { event: { enum: ['Enter', 'Leave'] } } });
    expect(requests[0]?.tools?.[0]?.description).toContain('- Enter: go to study (Books.)');
    expect(record.workflow).toEqual({
      entered: ['hall', 'study', 'garden'],
      transitions: [
        { from: 'hall', to: 'study', event: 'Enter' },
        { from: 'study', to: 'garden', event: 'Leave' },
      ],
      artifacts: {},
      complete: true,
    });
    const states = record.messages.filter(({ role }) => role === 'assistant').map(({ state }) => state);
    expect(states).toEqual(['hall', 'study', 'garden']);
    expect(record.messages[3]?.content).toBe(
      '{\n  "event": "Enter",\n  "status": "transition_scheduled",\n  "target_state": "study"\n}',
    );
  });

  test('keeps the prompt of the first turn’s end in the record', async () => {
    const scenario = {
      turns: [
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b' },
      ],
    };
    const late = await play(house({}, { scenario }), 'Hi.', transition('Enter'), 'Read.');
    expect(late.record.messages[0]?.content).toBe('You help.');
    const early = await play(house({}, { scenario }), transition('Enter'), 'Hi.', 'Read.');
    expect(early.record.messages[0]?.content).toBe('You read.');
  });

  test.each([
    ['the state of the scenario’s task', { entry: 'study' }, { task_type: 'main' }, 'hall'],
    ['the entry when no state has the task', { entry: 'study' }, { task_type: 'other' }, 'study'],
    ['the entry without a task', { entry: 'study' }, { task_type: undefined }, 'study'],
    [
      'the entry when several states have the task',
      { entry: 'b', states: { a: { prompt_task: 'main' }, b: { prompt_task: 'main' } } },
      { task_type: 'main' },
      'b',
    ],
  ])('begins in %s', async (_, workflow, scenario, state) => {
    const other = { prompt_specs: { other: { task_type: 'other', system_template: 'You do something else.' } } };
    const { record } = await play(house(workflow, { scenario, arena: other }), 'Hi.');
    expect(record.error).toBeUndefined();
    expect(record.workflow?.entered).toEqual([state]);
  });

  test('keeps the prompt where a state has none', async () => {
    const { requests } = await play(house(), transition('Leave'), 'Bye.');
    expect(requests.map(systemOf)).toEqual(['You help.', 'You help.']);
  });

  test('tells the next prompt what the model said about the conversation, word by word', async () => {
    const bundle = house({}, {}, 'So far: {{workflow_context}}.');
    const { requests } = await play(bundle, transition('Enter', 'asked for {{books}}'), 'Here.');
    expect(systemOf(requests[1])).toBe('So far: asked for {{books}}.');
  });

  test('lets one change of state happen at a time, and tells the model of events that do not exist', async () => {
    const twice = calling(['workflow__transition', { event: 'Enter' }], ['workflow__transition', { event: 'Leave' }]);
    const { record } = await play(house(), twice, transition('Nowhere'), 'Hm.');
    const results = record.messages.filter(({ role }) => role === 'tool').map(({ toolResult }) => toolResult?.error);
    expect(results).toEqual([
      undefined,
      '"Enter" is under way already: one change of state at a time',
      expect.stringContaining('event must be equal to one of the allowed values: ["Back","Leave"]'),
    ]);
    expect(record.workflow?.entered).toEqual(['hall', 'study']);
  });

  test('does not offer events where a host would name them', async () => {
    const states = { ...HOUSE.states, hall: { ...HOUSE.states.hall, orchestration: 'external' as const } };
    const { requests } = await play(house({ states }), 'Hi.');
    expect(toolNames(requests[0])).toEqual([]);
  });

  test('prepares the prompt of a state when it is entered', async () => {
    const bundle = house({}, {}, 'You read {{book}}.');
    expect((await play(bundle, 'Hi.')).record.verdict).toBe('passed');
    const { record } = await play(bundle, transition('Enter'), 'Hi.');
    expect(record.error).toMatchObject({ code: 'unresolved_variable' });
    expect(record.error?.message).toMatch(/^study\.yaml:\d+:\d+ nothing fills \{\{book\}\}/);
    expect(record.workflow?.entered).toEqual(['hall', 'study']);
  });
});

describe('visits', () => {
  const loop = (more: object) => ({
    states: {
      hall: { prompt_task: 'main', on_event: { Again: 'hall', Leave: 'garden' }, ...more },
      garden: { terminal: true },
    },
  });

  test('that are used up lead to the state that stands in, and the record says so', async () => {
    const bundle = house(loop({ max_visits: 2, on_max_visits: 'garden' }));
    const { record } = await play(bundle, transition('Again', '1'), transition('Again', '2'), 'Out.');
    expect(record.workflow?.transitions).toEqual([
      { from: 'hall', to: 'hall', event: 'Again' },
      { from: 'hall', to: 'garden', event: 'Again', redirected: true },
    ]);
  });

  test('that are used up without such a state are an error that the model is told', async () => {
    const { record } = await play(house(loop({ max_visits: 1 })), transition('Again'), transition('Leave'), 'Out.');
    expect(record.messages[3]?.toolResult?.error).toBe('state "hall" was entered 1 times and may not be entered again');
    expect(record.workflow?.entered).toEqual(['hall', 'garden']);
  });

  test('are counted where a state stands in for another that stands in for it', async () => {
    const states = {
      a: { prompt_task: 'main', on_event: { Go: 'b' }, max_visits: 1, on_max_visits: 'b' },
      b: { on_event: { Go: 'a' }, max_visits: 1, on_max_visits: 'a' },
    };
    const { record } = await play(house({ entry: 'a', states }), transition('Go'), transition('Go'), 'Stuck.');
    expect(record.messages[5]?.toolResult?.error).toContain('state "a" and all that stand in for it');
  });

  test('0 is no limit', async () => {
    const { record } = await play(house(loop({ max_visits: 0 })), transition('Again'), 'Here.');
    expect(record.workflow?.entered).toEqual(['hall', 'hall']);
  });
});

describe('artifacts', () => {
  const set = (name: string, value: string) => calling(['workflow__set_artifact', { name, value }]);
  const states = (artifact: object) => ({
    states: { ...HOUSE.states, hall: { ...HOUSE.states.hall, artifacts: { note: artifact } } },
  });

  test.each([
    ['replace', undefined, 'two'],
    ['append', 'append', 'one\ntwo'],
  ])('%s what was there, and stand in prompts', async (_, mode, expected) => {
    const bundle = house(states({ mode }), {}, 'Note: [{{artifacts.note}}]');
    const { record, requests } = await play(bundle, set('note', 'one'), set('note', 'two'), transition('Enter'), 'Ok.');
    expect(systemOf(requests[3])).toBe(`Note: [${expected}]`);
    expect(record.workflow?.artifacts).toEqual({ note: expected });
    expect(record.messages[3]?.content).toBe('{\n  "artifact": "note",\n  "status": "artifact_set"\n}');
  });

  test('that nobody has set are empty', async () => {
    const { requests } = await play(house(states({}), {}, 'Note: [{{artifacts.note}}]'), transition('Enter'), 'Ok.');
    expect(systemOf(requests[1])).toBe('Note: []');
  });

  test('of a model are not taken for templates', async () => {
    const bundle = house(states({}), {}, 'Note: {{artifacts.note}}');
    const { requests } = await play(bundle, set('note', '{{artifacts.note}}{{x}}'), transition('Enter'), 'Ok.');
    expect(systemOf(requests[2])).toBe('Note: {{artifacts.note}}{{x}}');
  });

  test('grow no longer than prompts may be', async () => {
    const { record } = await play(house(states({})), set('note', 'x'.repeat(300_000)), 'Ok.');
    expect(record.messages[3]?.toolResult?.error).toBe('artifact "note" would be longer than 262144 characters');
  });

  test('are set only where the state has them', async () => {
    const { record, requests } = await play(
      house(states({ type: 'application/json', description: 'A note.' })),
      set('other', 'x'),
      set('note', 'no json'),
      transition('Enter'),
      'Ok.',
    );
    const errors = record.messages.flatMap(({ toolResult }) => toolResult?.error ?? []);
    expect(errors).toEqual([
      expect.stringContaining('name must be equal to one of the allowed values: ["note"]'),
      'artifact "note" holds application/json: the value is not JSON',
    ]);
    expect(toolNames(requests[0])).toEqual(['workflow__transition', 'workflow__set_artifact']);
    expect(requests[0]?.tools?.[1]?.description).toContain('- note: A note.; application/json; a new value');
    expect(toolNames(requests[2])).toEqual(['workflow__transition']);
  });
});

describe('the budget', () => {
  const loop = {
    states: { hall: { prompt_task: 'main', on_event: { Again: 'hall', Leave: 'garden' } }, garden: {} },
  };
  const answers = [transition('Again', '1'), transition('Again', '2'), transition('Leave'), 'Out.'];

  test.each<[string, object, string | undefined, string]>([
    ['visits, just enough', { max_total_visits: 4 }, undefined, ''],
    ['visits', { max_total_visits: 3 }, 'tool_loop', 'state "garden" would be number 4 of the states entered'],
    ['calls, just enough', { max_tool_calls: 3 }, undefined, ''],
    ['calls', { max_tool_calls: 2 }, 'tool_loop', 'the model asked for 3 tool calls, 2 are allowed'],
    ['time, just enough', { max_wall_time_sec: 8 }, undefined, ''],
    ['time', { max_wall_time_sec: 7.9 }, 'item_timeout', 'its answers took 8.0 s, 7.9 s are allowed'],
    ['nothing', { max_total_visits: 0, max_tool_calls: 0, max_wall_time_sec: 0 }, undefined, ''],
  ])('bounds %s', async (_, budget, code, words) => {
    const slow = answers.map((answer) => (typeof answer === 'string' ? { content: answer } : answer));
    const bundle = house({ ...loop, engine: { budget } });
    const { record } = await play(bundle, ...slow.map((answer) => ({ latencyMs: 2000, ...answer })));
    expect(record.error?.code).toBe(code);
    expect(record.error?.message ?? '').toContain(words);
  });
});
