import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { ContentPart, JsonValue, Message } from '../../src/core/conversation.js';
import { canonicalType, isWrapper, supportedAssertionTypes } from '../../src/engine/assertions/registry.js';
import { type CallView, ConversationView, type ViewSource } from '../../src/engine/assertions/view.js';
import { compiled, outsideOf } from '../helpers/checks.js';

type Params = { [name: string]: JsonValue };
type Case = 'passing' | 'failing' | 'boundary' | 'malformed';
type Row = [type: string, which: Case, params: Params, source: Partial<ViewSource>, passed: boolean];

const say = (...answers: string[]) => ({
  messages: answers.map((content): Message => ({ role: 'assistant', content })),
});
const call = (name: string, args: Params = {}, more: Partial<CallView> = {}): CallView => ({
  name,
  args,
  result: '',
  parts: [],
  ...more,
});
const made = (...calls: CallView[]) => ({ calls });
const a = call('a');
const b = call('b');
const broken = call('a', {}, { error: 'broken' });
const found = call('a', {}, { result: 'found 12' });
const picture = call('a', {}, { parts: [{ type: 'image', mimeType: 'image/png' } satisfies ContentPart] });
const nothing = {};
const spent = { usage: { inputTokens: 60, outputTokens: 40 }, costUsd: 0.5 };
const late = { messages: [{ role: 'assistant' as const, content: 'x', latencyMs: 200 }] };
const asked = { messages: [{ role: 'user' as const, content: 'x' }] };
const blocked = {
  messages: [
    {
      role: 'assistant' as const,
      content: 'x',
      violations: [{ validator: 'v', direction: 'output' as const, score: 0 }],
    },
  ],
};
const A = { tool: 'a' };
const X1 = { tool_name: 'a', expected_args: { x: 1 } };

const ROWS: Row[] = [
  ['contains', 'passing', { patterns: ['He'] }, say('hello'), true],
  ['contains', 'failing', { patterns: ['he', 'x'] }, say('hello'), false],
  ['contains', 'boundary', { patterns: ['he', 'x'], min_score: 0.5 }, say('hello'), true],
  ['contains', 'malformed', { patterns: [[]] }, say('hello'), false],
  ['contains_any', 'passing', { patterns: ['x', 'he'] }, say('hello', 'no'), true],
  ['contains_any', 'failing', { patterns: ['x'] }, say('hello'), false],
  ['contains_any', 'boundary', { patterns: ['hello'] }, say('hello'), true],
  ['contains_any', 'malformed', { patterns: [] }, say('hello'), false],
  ['content_excludes', 'passing', { patterns: ['x'] }, say('hello'), true],
  ['content_excludes', 'failing', { patterns: ['ell'] }, say('hello'), false],
  ['content_excludes', 'boundary', { patterns: ['ell'], match_mode: 'word_boundary' }, say('hello'), true],
  ['content_excludes', 'malformed', { patterns: [{}] }, say('hello'), false],
  ['regex', 'passing', { pattern: 'l+' }, say('hello'), true],
  ['regex', 'failing', { pattern: '^l' }, say('hello'), false],
  ['regex', 'boundary', { pattern: '^$' }, say(''), true],
  ['regex', 'malformed', { pattern: '[' }, say('hello'), false],
  ['min_length', 'passing', { min: 4 }, say('hello'), true],
  ['min_length', 'failing', { min: 6 }, say('hello'), false],
  ['min_length', 'boundary', { min: 5 }, say('hello'), true],
  ['min_length', 'malformed', { min: [] }, say('hello'), false],
  ['max_length', 'passing', { max: 6 }, say('hello'), true],
  ['max_length', 'failing', { max: 4 }, say('hello'), false],
  ['max_length', 'boundary', { max: 5 }, say('hello'), true],
  ['max_length', 'malformed', { max: 'five' }, say('hello'), false],
  ['sentence_count', 'passing', { max: 3 }, say('One. Two.'), true],
  ['sentence_count', 'failing', { max: 1 }, say('One. Two.'), false],
  ['sentence_count', 'boundary', { max: 2 }, say('One. Two'), true],
  ['sentence_count', 'malformed', { max: {} }, say('One.'), false],
  ['field_presence', 'passing', { fields: ['Name'] }, say('name: Ada'), true],
  ['field_presence', 'failing', { fields: ['name', 'age'] }, say('name: Ada'), false],
  ['field_presence', 'boundary', { fields: ['name', 'age'], min_score: 0.5 }, say('name'), true],
  ['field_presence', 'malformed', { fields: [[]] }, say('name'), false],
  ['json_valid', 'passing', {}, say('{}'), true],
  ['json_valid', 'failing', {}, say('{'), false],
  ['json_valid', 'boundary', {}, say('null'), true],
  ['json_valid', 'malformed', { extract_json: 'yes' }, say('{}'), false],
  ['json_schema', 'passing', { schema: { type: 'object' } }, say('{}'), true],
  ['json_schema', 'failing', { schema: { type: 'array' } }, say('{}'), false],
  ['json_schema', 'boundary', { schema: { minimum: 1, maximum: 1 } }, say('1'), true],
  ['json_schema', 'malformed', { schema: { type: 'thing' } }, say('{}'), false],
  ['json_path', 'passing', { expression: 'a', expected: 1 }, say('{"a":1}'), true],
  ['json_path', 'failing', { expression: 'a', expected: 2 }, say('{"a":1}'), false],
  ['json_path', 'boundary', { expression: 'a', min: 1, max: 1 }, say('{"a":1}'), true],
  ['json_path', 'malformed', { expression: '[' }, say('{}'), false],
  ['tools_called', 'passing', { tools: ['a'] }, made(a), true],
  ['tools_called', 'failing', { tools: ['a', 'b'] }, made(a), false],
  ['tools_called', 'boundary', { tools: ['a'], min_calls: 2, max_calls: 2 }, made(a, a), true],
  ['tools_called', 'malformed', { tools: ['a'], min_calls: 'two' }, made(a, a), false],
  ['tools_called_session', 'passing', { tools: ['a'] }, made(a, b), true],
  ['tools_called_session', 'failing', { tools: ['c'] }, made(a, b), false],
  ['tools_called_session', 'boundary', { tools: ['a'], min_calls: 1 }, made(a), true],
  ['tools_called_session', 'malformed', {}, made(a), false],
  ['tools_not_called', 'passing', { tools: ['c'] }, made(a, b), true],
  ['tools_not_called', 'failing', { tools: ['c', 'b'] }, made(a, b), false],
  ['tools_not_called', 'boundary', { tools: ['a'] }, made(), true],
  ['tools_not_called', 'malformed', { tools: [{}] }, made(), false],
  ['tools_not_called_session', 'passing', { tools: ['c'] }, made(a), true],
  ['tools_not_called_session', 'failing', { tools: ['a'] }, made(a), false],
  ['tools_not_called_session', 'boundary', { tools: ['a'] }, made(), true],
  ['tools_not_called_session', 'malformed', {}, made(), false],
  ['tool_args', 'passing', X1, made(call('a', { x: 1, y: 2 })), true],
  ['tool_args', 'failing', X1, made(call('a', { x: 2 }), call('b', { x: 1 })), false],
  ['tool_args', 'boundary', X1, made(call('a', { x: '1' })), true],
  ['tool_args', 'malformed', { tool_name: 'a', expected_args: [] }, made(a), false],
  ['tool_args_session', 'passing', X1, made(call('a', { x: 1 })), true],
  ['tool_args_session', 'failing', X1, made(a), false],
  ['tool_args_session', 'boundary', { tool_name: 'a' }, made(), true],
  ['tool_args_session', 'malformed', { expected_args: {} }, made(a), false],
  [
    'tool_args_excluded_session',
    'passing',
    { tool_name: 'a', excluded_args: { x: 1 } },
    made(call('a', { x: 2 })),
    true,
  ],
  [
    'tool_args_excluded_session',
    'failing',
    { tool_name: 'a', excluded_args: { x: 1 } },
    made(call('a', { x: 1 })),
    false,
  ],
  [
    'tool_args_excluded_session',
    'boundary',
    { tool_name: 'a', forbidden_args: { x: [] } },
    made(call('a', { x: 1 })),
    true,
  ],
  ['tool_args_excluded_session', 'malformed', { tool_name: 'a', excluded_args: 1 }, made(a), false],
  ['tool_calls_with_args', 'passing', X1, made(call('a', { x: 1 })), true],
  ['tool_calls_with_args', 'failing', X1, made(call('a', { x: 1 }), a), false],
  ['tool_calls_with_args', 'boundary', { tool_name: 'a' }, made(a), true],
  ['tool_calls_with_args', 'malformed', { tool_name: 'a', args_match: { x: '(' } }, made(a), false],
  ['tool_call_count', 'passing', { min: 1 }, made(a, b), true],
  ['tool_call_count', 'failing', { max: 1 }, made(a, b), false],
  ['tool_call_count', 'boundary', { min: 2, max: 2 }, made(a, b), true],
  ['tool_call_count', 'malformed', { min: 'one' }, made(a), false],
  ['tool_call_sequence', 'passing', { sequence: ['a', 'b'] }, made(a, a, b), true],
  ['tool_call_sequence', 'failing', { sequence: ['b', 'a'] }, made(a, b), false],
  ['tool_call_sequence', 'boundary', { sequence: ['b', 'a'], min_score: 0.5 }, made(a, b), true],
  ['tool_call_sequence', 'malformed', { sequence: [{}] }, made(a), false],
  ['tool_call_chain', 'passing', { steps: [A] }, made(a), true],
  ['tool_call_chain', 'failing', { steps: [A, { tool: 'b' }] }, made(b, a), false],
  ['tool_call_chain', 'boundary', { steps: [A, { tool: 'b' }], min_score: 0.5 }, made(a), true],
  ['tool_call_chain', 'malformed', { steps: { tool: 'a' } }, made(a), false],
  ['tool_anti_pattern', 'passing', { patterns: [{ sequence: ['b', 'a'] }] }, made(a, b), true],
  ['tool_anti_pattern', 'failing', { patterns: [{ sequence: ['a', 'b'] }] }, made(a, a, b), false],
  ['tool_anti_pattern', 'boundary', { patterns: [{ sequence: ['a', 'a'] }] }, made(a), true],
  ['tool_anti_pattern', 'malformed', { patterns: ['a'] }, made(a), false],
  ['tool_no_repeat', 'passing', {}, made(a, b, a), true],
  ['tool_no_repeat', 'failing', {}, made(a, a), false],
  ['tool_no_repeat', 'boundary', { max_repeats: 2 }, made(a, a), true],
  ['tool_no_repeat', 'malformed', { max_repeats: 'two' }, made(a), false],
  ['tool_efficiency', 'passing', { max_calls: 4, min_score: 0.7 }, made(a), true],
  ['tool_efficiency', 'failing', { max_calls: 4 }, made(a), false],
  ['tool_efficiency', 'boundary', { max_calls: 4, min_score: 0.75 }, made(a), true],
  ['tool_efficiency', 'malformed', {}, made(), false],
  ['no_tool_errors', 'passing', {}, made(a), true],
  ['no_tool_errors', 'failing', {}, made(a, broken), false],
  ['no_tool_errors', 'boundary', { tools: ['b'] }, made(broken), true],
  ['no_tool_errors', 'malformed', { tools: [{}] }, made(), false],
  ['tool_result_includes', 'passing', { tool: 'a', patterns: ['FOUND'] }, made(found), true],
  ['tool_result_includes', 'failing', { tool: 'b', patterns: ['found'] }, made(found), false],
  ['tool_result_includes', 'boundary', { patterns: ['found'], occurrence: 2 }, made(found, found), true],
  ['tool_result_includes', 'malformed', { patterns: ['found'], occurrence: 'x' }, made(found), false],
  ['tool_result_matches', 'passing', { tool: 'a', pattern: '\\d+$' }, made(found), true],
  ['tool_result_matches', 'failing', { tool: 'a', pattern: '^\\d+$' }, made(found), false],
  ['tool_result_matches', 'boundary', { pattern: '12', occurrence: 2 }, made(found, found), true],
  ['tool_result_matches', 'malformed', { pattern: '(' }, made(found), false],
  ['tool_result_has_media', 'passing', { tool: 'a' }, made(picture), true],
  ['tool_result_has_media', 'failing', { tool: 'a' }, made(found), false],
  ['tool_result_has_media', 'boundary', { media_type: 'image' }, made(found, picture), true],
  ['tool_result_has_media', 'malformed', { media_type: {} }, made(picture), false],
  ['tool_result_media_type', 'passing', { mime_type: 'image/png' }, made(picture), true],
  ['tool_result_media_type', 'failing', { mime_type: 'image/gif' }, made(picture), false],
  ['tool_result_media_type', 'boundary', { mime_type: 'IMAGE/PNG' }, made(picture), true],
  ['tool_result_media_type', 'malformed', {}, made(picture), false],
  [
    'invariant_fields_preserved',
    'passing',
    { ...A, fields: ['x'] },
    made(call('a', { x: 1 }), call('a', { x: 1 })),
    true,
  ],
  ['invariant_fields_preserved', 'failing', { ...A, fields: ['x'] }, made(call('a', { x: 1 }), a), false],
  ['invariant_fields_preserved', 'boundary', { ...A, fields: ['x'] }, made(a), true],
  ['invariant_fields_preserved', 'malformed', { ...A }, made(a), false],
  ['guardrail_triggered', 'passing', { validator: 'v' }, blocked, true],
  ['guardrail_triggered', 'failing', { validator: 'w' }, blocked, false],
  ['guardrail_triggered', 'boundary', { validator: 'w', should_trigger: false }, blocked, true],
  ['guardrail_triggered', 'malformed', { validator: 'v', should_trigger: 'no' }, blocked, false],
  ['outcome_equivalent', 'passing', { metric: 'content_hash', expected_content: 'x' }, say('x'), true],
  ['outcome_equivalent', 'failing', { metric: 'tool_calls', expected_tools: ['a'] }, made(a, b), false],
  ['outcome_equivalent', 'boundary', { metric: 'tool_calls', expected_tools: ['a'] }, made(a, a), true],
  ['outcome_equivalent', 'malformed', {}, nothing, false],
  ['directional', 'passing', { check: 'similar_content', baseline_content: 'a b' }, say('B a'), true],
  ['directional', 'failing', { check: 'similar_content', baseline_content: 'a b' }, say('a c'), false],
  ['directional', 'boundary', { check: 'similar_content', baseline_content: 'a b', min_score: 0.5 }, say('a'), true],
  ['directional', 'malformed', { check: 'up' }, nothing, false],
  ['cost_budget', 'passing', { max_cost_usd: 1 }, spent, true],
  ['cost_budget', 'failing', { max_total_tokens: 99 }, spent, false],
  ['cost_budget', 'boundary', { max_cost_usd: 0.5, max_input_tokens: 60, max_output_tokens: 40 }, spent, true],
  ['cost_budget', 'malformed', { max_cost_usd: 'much' }, spent, false],
  ['latency_budget', 'passing', { max_ms: 300 }, late, true],
  ['latency_budget', 'failing', { max_ms: 199 }, late, false],
  ['latency_budget', 'boundary', { max_ms: 200 }, late, true],
  ['latency_budget', 'malformed', { max_ms: 'soon' }, late, false],
  ['turn_count', 'passing', { min: 1 }, asked, true],
  ['turn_count', 'failing', { count: 2 }, asked, false],
  ['turn_count', 'boundary', { min: 1, max: 1 }, asked, true],
  ['turn_count', 'malformed', { count: 'one' }, asked, false],
  ['agent_invoked', 'passing', { agents: ['a', 'b'] }, made(a, b), true],
  ['agent_invoked', 'failing', { agents: ['a', 'b'] }, made(a), false],
  ['agent_invoked', 'boundary', { agents: ['a', 'b'], min_score: 0.5 }, made(a), true],
  ['agent_invoked', 'malformed', {}, made(a), false],
  ['agent_not_invoked', 'passing', { agents: ['b'] }, made(a), true],
  ['agent_not_invoked', 'failing', { agents: ['b', 'a'] }, made(a), false],
  ['agent_not_invoked', 'boundary', { agents: ['a'] }, made(call('a', {}, { invalidArgs: true })), true],
  ['agent_not_invoked', 'malformed', { agents: [] }, made(a), false],
  ['agent_response_contains', 'passing', { agent: 'a', contains: 'found' }, made(found), true],
  ['agent_response_contains', 'failing', { agent: 'a', contains: 'Found' }, made(found), false],
  ['agent_response_contains', 'boundary', { agent: 'a', contains: '12' }, made(broken, found), true],
  ['agent_response_contains', 'malformed', { agent: 'a' }, made(found), false],
];

/** Checks that ask somebody, look into media, or follow a feature have tables of their own. */
const OTHER_TESTS = readdirSync('test/unit')
  .filter((file) => file.endsWith('.test.ts') && file !== 'check-cases.test.ts')
  .map((file) => readFileSync(`test/unit/${file}`, 'utf8'))
  .join('\n');

describe('every check has a case that', () => {
  test.each(ROWS)('%s: %s %j', async (type, which, params, source, passed) => {
    const view = new ConversationView({ messages: [], calls: [], from: 0, usage: {}, ...source });
    const result = await compiled({ type, params }).evaluate(view, outsideOf());
    expect({ passed: result.passed, error: result.error }).toEqual({ passed, error: undefined });
    if (which === 'malformed') expect(result.explanation).toMatch(/parameter|pattern|needed|check "/);
  });

  const types = new Set(supportedAssertionTypes.filter((type) => !isWrapper(type)).map(canonicalType));

  test.each([...types])('is passing, failing, at the boundary and malformed, or a table of its own: %s', (type) => {
    const cases = ROWS.filter(([name]) => name === type).map(([, which]) => which);
    if (cases.length === 0) expect(OTHER_TESTS.includes(`'${type}'`)).toBe(true);
    else expect([...new Set(cases)].sort()).toEqual(['boundary', 'failing', 'malformed', 'passing']);
  });
});
