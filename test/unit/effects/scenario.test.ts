import { describe, test } from '@jest/globals';
import {
  calls,
  cells,
  type Effect,
  error,
  faults,
  parameters,
  results,
  type Seen,
  type Setting,
  said,
  showsEffect,
  system,
  verdict,
} from '../../helpers/effects.js';

/** A prompt that is the value of one variable. */
const shows = (name: string): Setting => ({ prompt: { system_template: `{{${name}}}` } });
const user = (content: string, more: object = {}) => ({ role: 'user', content, ...more });
const asked = (count: number, ...contents: string[]): Setting['scenario'] => ({
  turns: Array.from({ length: count }, (_, index) => user(contents[index] ?? `question ${index}`)),
});
const OTHER_PROMPT = { prompt_specs: { other: { task_type: 'other', system_template: 'Other.' } } };
const OTHER_PROVIDER = { provider_specs: { other: { type: 'mock' } } };
const EMPTY_GROUP =
  'warning no provider is in group "none": "talk" runs against all of them, set provider_group, or the group of a provider';
const FOUND = '{\n  "found": true\n}';
const DECLINED = 'Tool look blocked by hook: Tool look denied: user declined consent';
const ONCE = [['talk', ['model'], 1]];
const PASSES = { type: 'min_length', params: { min: 1 } };
const FAILS = { type: 'max_length', params: { max: 1 } };
const LOOK = { name: 'look', arguments: { at: 'it' } };
/** The model calls the tool, then answers. */
const LOOKS: Setting = {
  mock: { scenarios: { talk: { turns: { 1: { tool_calls: [LOOK] }, 2: 'Found.' } } } },
};
/** The model calls the tool without end, each time with other arguments. */
const LOOKS_ON: Setting = {
  hold: {
    complete: ({ messages, toolChoice, tools }) =>
      tools === undefined || toolChoice === 'none'
        ? { content: 'done', latencyMs: 0 }
        : { content: '', latencyMs: 0, toolCalls: [{ id: 'c', name: 'look', args: { n: messages.length } }] },
  },
};
const COSTLY: Setting = {
  hold: {
    complete: ({ messages }) => ({
      content: '',
      latencyMs: 0,
      costUsd: 1,
      toolCalls: [{ id: 'c', name: 'look', args: { n: messages.length } }],
    }),
  },
};
const REPEATS: Setting = {
  hold: {
    complete: ({ messages }) =>
      messages.length < 9
        ? { content: '', latencyMs: 0, toolCalls: [{ id: 'c', name: 'look', args: {} }] }
        : { content: 'done', latencyMs: 0 },
  },
};
const choice = ({ requests }: Seen) => requests[0]?.toolChoice;
const firstOffer = ({ requests }: Seen) => requests[0]?.tools?.length ?? 0;
const streams = ({ requests }: Seen) => requests.map(({ stream }) => stream === true);
const history = ({ requests }: Seen) => requests.at(-1)?.messages.length;
const _promptTask = ({ record }: Seen) => record?.promptTask;
const labels = ({ record }: Seen) => record?.labels;

describe('fields of a scenario', () => {
  test.each<Effect>([
    ['Scenario.spec.task_type', ['main', 'other'], system, ['You help.', 'Other.'], { arena: OTHER_PROMPT }],
    ['Scenario.spec.description', ['One', 'Two'], system, ['One Hello', 'Two Hello'], shows('context_slot')],
    ['Scenario.spec.labels', [{ a: 'b' }, { a: 3 }], labels, [{ a: 'b' }, { a: '3' }]],
    ['Scenario.spec.turns[].content', ['Hello', 'Bye'], said, ['Hello', 'Bye']],
    ['Scenario.spec.turns[].role', ['user', 'assistant'], calls, [1, 0]],
    ['Scenario.spec.turns[].assistant_temp', [undefined, 1.5], parameters, [{}, { temperature: 1.5 }]],
    ['Scenario.spec.turns[].seed', [1, 2], parameters, [{ seed: 1 }, { seed: 2 }]],
    ['Scenario.spec.turns[].streaming', [true, false], streams, [[true], [false]], { scenario: { streaming: true } }],
    ['Scenario.spec.streaming', [undefined, true], streams, [[false], [true]]],
    ['Scenario.spec.turns[].consent_overrides', [undefined, { look: 'deny' }], results, [[FOUND], [DECLINED]], LOOKS],
    ['Scenario.spec.turns[].perturbations', [undefined, { x: ['a', 'b'] }], cells, [ONCE, [['talk', ['model'], 2]]]],
    ['Scenario.spec.variables', [{ v: 'a' }, { v: 'b' }], system, ['a', 'b'], shows('v')],
    ['Scenario.spec.context_metadata.domain', ['shop', 'bank'], system, ['shop', 'bank'], shows('domain')],
    ['Scenario.spec.context_metadata.user_role', ['a', 'b'], system, ['a', 'b'], shows('user_role')],
    ['Scenario.spec.context_metadata.user_context', ['a', ['b', 'c']], system, ['a', 'b, c'], shows('user_context')],
    [
      'Scenario.spec.context_metadata.user_conpatterns',
      ['a', ['b', 'c']],
      system,
      ['a', 'b, c'],
      shows('user_context'),
    ],
    [
      'Scenario.spec.providers',
      [['model'], ['model', 'other']],
      cells,
      [ONCE, [['talk', ['model', 'other'], 1]]],
      { arena: OTHER_PROVIDER },
    ],
    ['Scenario.spec.provider_group', [undefined, 'none'], faults, [[], [EMPTY_GROUP]]],
    [
      'Scenario.spec.required_capabilities',
      [['text'], ['vision']],
      cells,
      [ONCE, []],
      { provider: { capabilities: ['text'] } },
    ],
    ['Scenario.spec.trials', [undefined, 3], cells, [ONCE, [['talk', ['model'], 3]]]],
    ['Scenario.spec.conversation_assertions[]', [PASSES, FAILS], verdict, ['passed', 'failed']],
  ])('%s', showsEffect);
});

describe('the tool policy of a scenario', () => {
  test.each<Effect>([
    ['Scenario.spec.tool_policy.tool_choice', [undefined, 'required'], choice, ['auto', 'required']],
    ['Scenario.spec.tool_policy.blocklist', [[], ['look']], firstOffer, [1, 0]],
    ['Scenario.spec.tool_policy.max_tool_calls_per_turn', [1, 2], calls, [2, 3], LOOKS_ON],
    ['Scenario.spec.tool_policy.max_total_tool_calls', [1, 3], calls, [3, 5], { ...LOOKS_ON, scenario: asked(2) }],
    ['Scenario.spec.tool_policy.max_rounds', [1, 10], error, ['tool_loop', 'cost_limit'], COSTLY],
    ['Scenario.spec.tool_policy.max_cost_usd', [1, 3], calls, [2, 4], COSTLY],
    ['Scenario.spec.tool_policy.max_identical_tool_calls', [2, 9], error, ['tool_loop', undefined], REPEATS],
  ])('%s', showsEffect);
});

describe('the context policy of a scenario', () => {
  const LONG = asked(3, 'one two three four', 'five six seven eight', 'nine ten');
  test.each<Effect>([
    [
      'Scenario.spec.context_policy.cache_breakpoints',
      [false, true],
      ({ requests }) => requests.map(({ cachePrompt }) => cachePrompt),
      [[undefined], [true]],
    ],
    ['Scenario.spec.context_policy.token_budget', [0, 15], history, [6, 3], { scenario: LONG }],
    [
      'Scenario.spec.context_policy.reserve_for_output',
      [undefined, 90],
      history,
      [6, 3],
      { scenario: { ...LONG, context_policy: { token_budget: 105 } } },
    ],
    [
      'Scenario.spec.context_policy.strategy',
      ['oldest', 'fail'],
      error,
      [undefined, 'context_too_long'],
      { scenario: { ...LONG, context_policy: { token_budget: 15 } } },
    ],
  ])('%s', showsEffect);
});

describe('checks of a scenario', () => {
  const check = (assertion: object, more: Setting = {}): Setting => ({
    ...LOOKS,
    scenario: { turns: [user('Hello', { assertions: [assertion] })] },
    ...more,
  });
  const SKIPS: Setting = check(FAILS);
  const judged = ({ record }: Seen) =>
    record?.assertions.map(({ passed, skipped = false, message }) => [passed, skipped, message]);
  const skipped = ({ record }: Seen) => record?.assertions[0]?.skipped === true;
  test.each<Effect>([
    [
      'Scenario.spec.turns[].assertions[].type',
      ['min_length', 'turn_count'],
      verdict,
      ['passed', 'failed'],
      check({ type: '', params: { min: 5 } }),
    ],
    [
      'Scenario.spec.turns[].assertions[].params',
      [{ max: 1 }, { max: 99 }],
      verdict,
      ['failed', 'passed'],
      check({ type: 'max_length' }),
    ],
    [
      'Scenario.spec.turns[].assertions[].message',
      ['too long', undefined],
      judged,
      [[[false, false, 'too long']], [[false, false, undefined]]],
      SKIPS,
    ],
    ['Scenario.spec.turns[].assertions[].when.tool_called', ['look', 'other'], skipped, [false, true], SKIPS],
    ['Scenario.spec.turns[].assertions[].when.tool_called_pattern', ['^l', '^x'], skipped, [false, true], SKIPS],
    [
      'Scenario.spec.turns[].assertions[].when.any_tool_called',
      [true, undefined],
      skipped,
      [true, false],
      { ...SKIPS, mock: {} },
    ],
    ['Scenario.spec.turns[].assertions[].when.min_tool_calls', [1, 2], skipped, [false, true], SKIPS],
  ])('%s', showsEffect);
});
