import { describe, expect, test } from '@jest/globals';
import type { ContentPart, JsonValue, Message } from '../../src/core/conversation.js';
import { evaluateAll } from '../../src/engine/assertions/assertion.js';
import { type CallView, ConversationView, type ViewSource } from '../../src/engine/assertions/view.js';
import type { AssertionSpec } from '../../src/schema/assertion.js';
import { compiled, evaluateNow, outsideOf } from '../helpers/checks.js';

type Params = { [name: string]: JsonValue };

function call(name: string, args: Params = {}, more: Partial<CallView> = {}): CallView {
  return { name, args, result: '', parts: [], ...more };
}

const failedCall = (name: string) => call(name, {}, { error: 'broken', result: 'Tool execution failed: broken' });

function viewOf(source: Partial<ViewSource>): ConversationView {
  return new ConversationView({ messages: [], calls: [], from: 0, usage: {}, ...source });
}

function judge(type: string, params: Params, source: Partial<ViewSource>) {
  return evaluateNow(compiled({ type, params }), viewOf(source));
}

const a = call('a');
const b = call('b');
const c = call('c');
const image: ContentPart = { type: 'image', mimeType: 'image/png' };

/** type, params, calls, passed, score */
type Row = [string, Params, CallView[], boolean, number];

const ROWS: Row[] = [
  ['tools_called', { tool_names: ['a', 'b'] }, [a, b], true, 1],
  ['tool_called', { tools: ['a', 'b'] }, [a], false, 0.5],
  ['tools_called', { tools: ['a'] }, [failedCall('a')], false, 0],
  ['tools_called', { tools: ['a'], ignore_validation: true }, [failedCall('a')], false, 0],
  ['tools_called', { tools: ['a'], ignore_validation: true }, [{ ...failedCall('a'), invalidArgs: true }], true, 1],
  ['tools_called', { tools: ['a'], min_calls: 2 }, [a], false, 0],
  ['tools_called', { tools: ['a'], min_calls: 2 }, [a, a], true, 1],
  ['tools_called', { tools: ['a', 'b'], max_calls: 1 }, [a, a, b], false, 0],
  ['tools_called', { tools: ['a'], require_args: true }, [a], false, 0],
  ['tools_called', { tools: ['a'], require_args: true }, [call('a', { x: 1 })], true, 1],
  ['tools_called_session', { tools: ['a'] }, [a], true, 1],
  ['tools_not_called', { tool_names: ['a'] }, [b], true, 1],
  ['tools_not_called_session', { tools: ['a', 'b'] }, [b], false, 0],
  ['tool_args', { tool_name: 'a', expected_args: { x: 1 } }, [call('a', { x: 2 }), call('a', { x: 1, y: 2 })], true, 1],
  [
    'tool_args',
    { tool_name: 'a', expected_args: { x: 1, y: 2 } },
    [call('a', { x: 1 }), call('a', { y: 2 })],
    false,
    0,
  ],
  ['tool_args', { tool_name: 'a', expected_args: { x: 1 } }, [], false, 0],
  ['tool_args', { tool_name: 'a', expected_args: { x: '1', y: 'true' } }, [call('a', { x: 1, y: true })], true, 1],
  ['tool_args', { tool_name: 'a', expected_args: { x: { p: 1, q: 2 } } }, [call('a', { x: { q: 2, p: 1 } })], true, 1],
  ['tool_calls_with_args', { tool_name: 'a', expected_args: { x: 1 } }, [call('a', { x: '1' })], true, 1],
  ['tool_args_excluded_session', { tool_name: 'a', excluded_args: { x: 1 } }, [call('a', { x: '1' })], false, 0],
  ['tool_args_session', { tool_name: 'a' }, [], true, 1],
  ['tool_args_excluded_session', { tool_name: 'a', excluded_args: { x: 1 } }, [call('a', { x: 2 })], true, 1],
  ['tools_not_called_with_args', { tool_name: 'a', forbidden_args: { x: [1, 2] } }, [call('a', { x: 2 })], false, 0],
  [
    'tool_calls_with_args',
    { tool_name: 'a', expected_args: { x: 1 } },
    [call('a', { x: 1 }), call('a', { x: 2 })],
    false,
    0,
  ],
  ['tool_calls_with_args', { tool_name: 'a', expected_args: { x: null } }, [call('a', { x: 'any' })], true, 1],
  ['tool_calls_with_args', { tool_name: 'a', expected_args: { x: null } }, [a], false, 0],
  ['tool_calls_with_args', { tool_name: 'a', expected_args: {} }, [], false, 0],
  ['tool_calls_with_args', { tool_name: 'a', args_match: { id: '^O-\\d+$' } }, [call('a', { id: 'O-12' })], true, 1],
  ['tool_calls_with_args', { tool_name: 'a', args_match: { n: '^1.$' } }, [call('a', { n: 12 })], true, 1],
  ['tool_calls_with_args', { tool_name: 'a', args_match: { id: 'x' } }, [call('a', { id: 'y' })], false, 0],
  ['tool_calls_with_args', { tool_name: 'a', result_includes: ['OK'] }, [call('a', {}, { result: 'all ok' })], true, 1],
  [
    'tool_calls_with_args',
    { tool_name: 'a', result_matches: '^all' },
    [call('a', {}, { result: 'not all' })],
    false,
    0,
  ],
  ['tool_calls_with_args', { tool_name: 'a', no_error: true }, [failedCall('a')], false, 0],
  ['tool_call_count', { min: 1, max: 2 }, [a, b], true, 1],
  ['tool_call_count', { tool: 'a', max: 1 }, [a, b, a], false, 0],
  ['tool_call_count', { tool: 'a', min: 1 }, [], false, 0],
  ['tool_call_sequence', { sequence: ['a', 'c'] }, [a, b, c], true, 1],
  ['tool_call_sequence', { sequence: ['c', 'a'] }, [a, b, c], false, 0.5],
  [
    'tool_call_chain',
    { steps: [{ tool: 'a' }, { tool: 'b', args_match: { x: '1' } }] },
    [a, b, call('b', { x: 1 })],
    true,
    1,
  ],
  ['tool_call_chain', { steps: [{ tool: 'a', no_error: true }, { tool: 'b' }] }, [failedCall('a'), b], false, 0],
  ['tool_call_chain', { steps: [] }, [], true, 1],
  ['tool_anti_pattern', { patterns: [{ sequence: ['a', 'a'], message: 'twice' }] }, [a, b], true, 1],
  ['tool_anti_pattern', { patterns: [{ sequence: ['a', 'a'] }] }, [a, b, a], false, 0],
  ['tool_no_repeat', {}, [a, b, a], true, 1],
  ['tool_no_repeat', {}, [a, a], false, 0],
  ['tool_no_repeat', { max_repeats: 2 }, [a, a, b], true, 1],
  ['tool_no_repeat', { tools: ['b'] }, [a, a], true, 1],
  ['tool_efficiency', { max_calls: 4, min_score: 0.5 }, [a, b], true, 0.5],
  ['tool_efficiency', { max_calls: 4 }, [a], false, 0.75],
  ['tool_efficiency', { max_calls: 1 }, [a, b], false, 0],
  ['tool_efficiency', { max_errors: 0 }, [failedCall('a')], false, 0],
  ['tool_efficiency', { max_error_rate: 0.5 }, [failedCall('a'), b], true, 1],
  ['no_tool_errors', {}, [a, b], true, 1],
  ['no_tool_errors', {}, [failedCall('a')], false, 0],
  ['no_tool_errors', { tools: ['b'] }, [failedCall('a')], true, 1],
  ['tool_result_includes', { tool: 'a', patterns: ['x', 'Y'] }, [call('a', {}, { result: 'X and y' })], true, 1],
  ['tool_result_includes', { tool: 'a', patterns: ['x'], occurrence: 2 }, [call('a', {}, { result: 'x' })], false, 0],
  ['tool_result_matches', { tool: 'a', pattern: '^\\d+$' }, [call('a', {}, { result: '12' })], true, 1],
  ['tool_result_matches', { tool: 'b', pattern: '^\\d+$' }, [call('a', {}, { result: '12' })], false, 0],
  ['tool_result_has_media', { tool: 'a' }, [call('a', {}, { parts: [image] })], true, 1],
  ['tool_result_has_media', { tool: 'a', media_type: 'audio' }, [call('a', {}, { parts: [image] })], false, 0],
  ['tool_result_has_media', { tool: 'a' }, [call('a', {}, { parts: [{ type: 'text', text: 'x' }] })], false, 0],
  ['tool_result_media_type', { tool: 'a', mime_type: 'IMAGE/PNG' }, [call('a', {}, { parts: [image] })], true, 1],
  ['tool_result_media_type', { tool: 'a', mime_type: 'image/gif' }, [call('a', {}, { parts: [image] })], false, 0],
  ['invariant_fields_preserved', { tool: 'a', fields: ['id'] }, [call('a', { id: 1 })], true, 1],
  ['invariant_fields_preserved', { tool: 'a', fields: ['id'] }, [call('a', { id: 1 }), call('a', { id: 2 })], true, 1],
  ['invariant_fields_preserved', { tool: 'a', fields: ['id'] }, [call('a', { id: 1 }), call('a', {})], false, 0],
  ['outcome_equivalent', { metric: 'tool_calls', expected_tools: ['b', 'a'] }, [a, b, a], true, 1],
  ['outcome_equivalent', { metric: 'tool_calls', expected_tools: ['a'] }, [a, b], false, 0],
  ['outcome_equivalent', { metric: 'tool_calls' }, [a], true, 1],
  ['directional', { check: 'same_tool_calls', baseline_tools: ['a'] }, [a], true, 1],
];

describe('checks of tool calls', () => {
  test.each(ROWS)('%s %j: %#', (type, params, calls, passed, score) => {
    const result = judge(type, params, { calls });
    expect({ passed: result.passed, score: result.score, error: result.error }).toEqual({
      passed,
      score,
      error: undefined,
    });
  });

  test.each<[string, Params, string]>([
    ['tools_called', { tool_name: 'a' }, '"tool_names"'],
    ['tools_not_called', {}, '"tool_names"'],
    ['tool_args', { tool_name: 'a' }, '"expected_args"'],
    ['tool_args', { expected_args: {} }, '"tool_name"'],
    ['tool_calls_with_args', { args_match: { x: '(' } }, 'pattern "("'],
    ['tool_call_sequence', {}, '"sequence"'],
    ['tool_call_chain', { steps: ['a'] }, 'must be a list of maps'],
    ['tool_efficiency', {}, '"max_calls", "max_errors" and "max_error_rate"'],
    ['tool_result_includes', { tool: 'a' }, '"patterns"'],
    ['outcome_equivalent', { metric: 'mood' }, 'metric "mood"'],
    ['directional', { check: 'up' }, 'check "up"'],
    ['latency_budget', {}, '"max_ms"'],
    ['cost_budget', {}, '"max_cost_usd"'],
    ['guardrail_triggered', {}, '"validator_type"'],
  ])('%s with %j fails and says why', (type, params, why) => {
    const result = judge(type, params, { calls: [a] });
    expect(result).toMatchObject({ passed: false, score: 0, explanation: expect.stringContaining(why) });
  });
});

describe('checks of budgets, outcomes, guardrails and media', () => {
  const said = (content: string, more: Partial<Message> = {}): Message => ({ role: 'assistant', content, ...more });

  test.each<[Params, boolean, number]>([
    [{ max_cost_usd: 0.5 }, true, 1],
    [{ max_cost_usd: 0.1 }, false, 0.5],
    [{ max_input_tokens: 100, max_output_tokens: 100 }, true, 1],
    [{ max_input_tokens: 100, max_output_tokens: 50 }, false, 0.5],
    [{ max_total_tokens: 100 }, false, 0.5],
  ])('cost_budget %j: passed %p', (params, passed, score) => {
    const source = { usage: { inputTokens: 100, outputTokens: 100 }, costUsd: 0.2 };
    expect(judge('cost_budget', params, source)).toMatchObject({ passed, score });
  });

  test('latency_budget judges the newest answer', () => {
    const messages = [said('a', { latencyMs: 9000 }), said('b', { latencyMs: 200 })];
    expect(judge('latency_budget', { max_ms: 200 }, { messages })).toMatchObject({ passed: true, score: 1 });
    expect(judge('latency_budget', { max_ms: 100 }, { messages })).toMatchObject({ passed: false, score: 0.5 });
  });

  test('turn_count counts user messages', () => {
    const messages: Message[] = [{ role: 'user', content: 'a' }, said('b'), { role: 'user', content: 'c' }];
    expect(judge('turn_count', { count: 2 }, { messages }).passed).toBe(true);
    expect(judge('turn_count', { min: 3 }, { messages }).passed).toBe(false);
    expect(judge('turn_count', { max: 1 }, { messages }).passed).toBe(false);
  });

  test('similar_content scores the words that both texts have', () => {
    const params = { check: 'similar_content', baseline_content: 'one two three four', threshold: 0.1 };
    const messages = [said('One two five six')];
    expect(judge('directional', params, { messages })).toMatchObject({ passed: false, score: 2 / 6 });
    expect(judge('directional', { ...params, min_score: 0.3 }, { messages }).passed).toBe(true);
  });

  test('content_hash compares exactly, final_state the last state', () => {
    const messages = [said('Exactly', { state: 'done' })];
    expect(
      judge('outcome_equivalent', { metric: 'content_hash', expected_content: 'Exactly' }, { messages }).passed,
    ).toBe(true);
    expect(
      judge('outcome_equivalent', { metric: 'content_hash', expected_content: 'exactly' }, { messages }).passed,
    ).toBe(false);
    expect(judge('outcome_equivalent', { metric: 'final_state', expected_state: 'done' }, { messages }).passed).toBe(
      true,
    );
    expect(judge('directional', { check: 'same_outcome', baseline_state: 'open' }, { messages }).passed).toBe(false);
  });

  test('guardrail_triggered looks at the judged part only', () => {
    const violations = [{ validator: 'length', direction: 'output' as const, score: 0 }];
    const messages = [said('a', { violations }), said('b')];
    expect(judge('guardrail_triggered', { validator: 'length' }, { messages }).passed).toBe(true);
    expect(judge('guardrail_triggered', { validator: 'length' }, { messages, from: 1 }).passed).toBe(false);
    expect(judge('guardrail_triggered', { validator: 'length', direction: 'input' }, { messages }).passed).toBe(false);
    expect(judge('guardrail_triggered', { validator_type: 'other', should_trigger: false }, { messages }).passed).toBe(
      true,
    );
  });

  test('image_format and audio_format want every such part in one of the formats', () => {
    const messages = [said('a', { parts: [image, { type: 'image', mimeType: 'image/jpeg' }] })];
    expect(judge('image_format', { formats: ['png', 'jpg'] }, { messages }).passed).toBe(true);
    expect(judge('image_format', { formats: ['png'] }, { messages }).passed).toBe(false);
    expect(judge('audio_format', { formats: ['mp3'] }, { messages }).passed).toBe(false);
  });
});

describe('conditions', () => {
  const evaluate = (when: AssertionSpec['when'], calls: CallView[]) =>
    evaluateNow(compiled({ type: 'contains', params: { patterns: ['x'] }, when }), viewOf({ calls }));

  test.each<[AssertionSpec['when'], CallView[], boolean]>([
    [{ tool_called: 'a' }, [b], true],
    [{ tool_called: 'a' }, [a], false],
    [{ tool_called_pattern: '^a' }, [call('abc')], false],
    [{ tool_called_pattern: '^a' }, [b], true],
    [{ any_tool_called: true }, [], true],
    [{ any_tool_called: true }, [b], false],
    [{ min_tool_calls: 2 }, [a], true],
    [{ min_tool_calls: 2, tool_called: 'b' }, [a, a], true],
    [{ min_tool_calls: 2, tool_called: 'b' }, [a, b], false],
  ])('%j is skipped as it should: %#', (when, calls, skipped) => {
    const result = evaluate(when, calls);
    expect({ skipped: result.skipped ?? false, passed: result.passed }).toEqual({ skipped, passed: skipped });
  });

  test('a condition that cannot be used fails the check', () => {
    expect(evaluate({ tool_called_pattern: '(' }, [a])).toMatchObject({ passed: false, score: 0 });
  });

  test('results keep the order of the bundle, those that were skipped first', async () => {
    const compile = (type: string, when?: AssertionSpec['when']) =>
      compiled({ type, params: { max: 9, min: 0, patterns: ['x'] }, when });
    const assertions = [compile('max_length'), compile('contains', { tool_called: 'a' }), compile('min_length')];
    const results = await evaluateAll(assertions, viewOf({}), outsideOf());
    const types = results.map(({ type }) => type);
    expect(types).toEqual(['contains', 'max_length', 'min_length']);
  });
});
