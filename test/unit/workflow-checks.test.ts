import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../src/core/conversation.js';
import { compileAssertion } from '../../src/engine/assertions/assertion.js';
import { type CallView, ConversationView } from '../../src/engine/assertions/view.js';
import type { AssertionSpec } from '../../src/schema/assertion.js';
import { compiled, evaluateNow } from '../helpers/checks.js';
import { engineBundle } from '../helpers/engine-bundle.js';

const call = (name: string, args: CallView['args'] = {}, more: Partial<CallView> = {}): CallView => ({
  name,
  args,
  result: '',
  parts: [],
  ...more,
});

const messages: Message[] = [
  { role: 'assistant', content: 'Hi.', state: 'hall' },
  { role: 'user', content: 'Read.', state: 'study' },
  { role: 'assistant', content: ' ', state: 'study' },
  { role: 'assistant', content: 'Bye.', state: 'hall' },
];

const calls = [
  call('look', {}, { state: 'hall' }),
  call('skill__activate', { name: 'reading' }, { state: 'study' }),
  call('skill__activate', { name: 'broken' }, { error: 'there is no skill' }),
  call('skill__activate', { name: 'walking' }, { state: 'hall' }),
  call('skill__activate', { name: 'reading' }, { state: 'study' }),
];

/** A conversation that went from the hall to the study and back. */
const view = new ConversationView({
  messages,
  calls,
  from: 0,
  usage: {},
  trace: { state: 'hall', entered: ['hall', 'study', 'hall'], complete: false },
});

/** The same as a recording has it: with nothing but the states of messages. */
const recorded = new ConversationView({ messages, calls, from: 0, usage: {} });
const plain = new ConversationView({ messages: [], calls: [], from: 0, usage: {} });

const scoreOf = (spec: AssertionSpec, of = view) => evaluateNow(compiled(spec), of).score;

type Row = [type: string, params: AssertionSpec['params'], score: number];

describe('checks of workflows', () => {
  const rows: Row[] = [
    ['state_is', { state: 'hall' }, 1],
    ['state_is', { state: 'study' }, 0],
    ['state_is', { state: 'Hall' }, 0],
    ['state_is', {}, 0],
    ['transitioned_to', { state: 'study' }, 1],
    ['transitioned_to', { state: 'hall' }, 1],
    ['transitioned_to', { state: 'garden' }, 0],
    ['transitioned_to', { state: ['study'] }, 0],
    ['spoke_in_state', { state: 'hall' }, 1],
    ['spoke_in_state', { state: 'study' }, 0],
    ['spoke_in_state', { state: '' }, 0],
    ['workflow_transition_order', { sequence: ['hall', 'study'] }, 1],
    ['workflow_transition_order', { sequence: ['study', 'hall'] }, 1],
    ['workflow_transition_order', { sequence: ['study', 'garden'] }, 0.5],
    ['workflow_transition_order', { sequence: ['garden'] }, 0],
    ['workflow_transition_order', { sequence: [] }, 0],
    ['workflow_tool_access', { rules: [{ state: 'hall', allowed: ['look', 'skill__activate'] }] }, 1],
    ['workflow_tool_access', { rules: [{ state: 'hall', allowed: ['look'] }] }, 0],
    ['workflow_tool_access', { rules: [{ state: 'hall', allowed: [] }] }, 0],
    [
      'workflow_tool_access',
      {
        rules: [
          { state: 'hall', allowed: ['look'] },
          { state: 'hall', allowed: ['skill__activate'] },
        ],
      },
      1,
    ],
    ['workflow_tool_access', { rules: [{ state: 'garden', allowed: [] }] }, 1],
    ['workflow_tool_access', { rules: [{ allowed: ['look'] }] }, 0],
    ['workflow_tool_access', { rules: 'hall' }, 0],
    ['workflow_complete', {}, 0],
  ];

  test.each(rows)('%s %j scores %d', (type, params, score) => {
    expect(scoreOf({ type, params })).toBe(score);
  });

  test.each(rows)('%s %j scores %d on a recording', (type, params, score) => {
    expect(scoreOf({ type, params }, recorded)).toBe(score);
  });

  test.each<Row>([
    ['state_is', { state: 'hall' }, 0],
    ['transitioned_to', { state: 'hall' }, 0],
    ['spoke_in_state', { state: 'hall' }, 0],
    ['workflow_transition_order', { sequence: ['hall'] }, 0],
    ['workflow_complete', {}, 0],
  ])('%s %j scores %d without a workflow', (type, params, score) => {
    expect(scoreOf({ type, params }, plain)).toBe(score);
  });

  test.each<[string, object, number]>([
    ['in a state that says so', { hall: { terminal: true } }, 1],
    ['in a state that nothing leads out of', { hall: {} }, 1],
    ['not in another one', { hall: { on_event: { E: 'study' } }, study: {} }, 0],
    ['not in a state that denies it', { hall: { terminal: false } }, 0],
  ])('a recording is complete %s', (_, states, score) => {
    const bundle = engineBundle({ arena: { workflow: { entry: 'hall', states } } });
    const assertion = compileAssertion({ type: 'workflow_complete' }, 'conversation', 'a.yaml:1:1', { bundle });
    expect(evaluateNow(assertion, recorded).score).toBe(score);
  });
});

describe('checks of skills', () => {
  test.each<Row>([
    ['skill_activated', { skill_names: ['reading', 'walking'] }, 1],
    ['skill_activated', { skill_names: ['reading'], min_calls: 2 }, 1],
    ['skill_activated', { skill_names: ['reading', 'walking'], min_calls: 2 }, 0.5],
    ['skill_activated', { skill_names: ['broken'] }, 0],
    ['skill_activated', {}, 0],
    ['skill_activated', { skill_names: ['reading'], min_calls: 'many' }, 0],
    ['skill_not_activated', { skill_names: ['sleeping', 'broken'] }, 1],
    ['skill_not_activated', { skill_names: ['walking'] }, 0],
    ['skill_not_activated', { skill_names: ['walking'], min_calls: 2 }, 1],
    ['skill_not_activated', { skill_names: ['reading'], min_calls: 2 }, 0],
    ['skill_not_activated', {}, 0],
    ['skill_activation_order', { sequence: ['reading', 'walking', 'reading'] }, 1],
    ['skill_activation_order', { sequence: ['walking', 'walking'] }, 0.5],
    ['skill_activation_order', { sequence: ['broken'] }, 0],
    ['skill_activation_order', { sequence: [] }, 0],
  ])('%s %j scores %d', (type, params, score) => {
    expect(scoreOf({ type, params })).toBe(score);
  });
});
