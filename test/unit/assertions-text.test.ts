import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { ConversationView } from '../../src/engine/assertions/view.js';
import { compiled, evaluateNow } from '../helpers/checks.js';

type Params = { [name: string]: JsonValue };

/** Judges a conversation in which the assistant said these things. */
function judge(type: string, params: Params | undefined, ...answers: string[]) {
  const messages = answers.map((content) => ({ role: 'assistant' as const, content }));
  const view = new ConversationView({ messages, calls: [], from: 0, usage: {} });
  return evaluateNow(compiled({ type, params }), view);
}

/** type, params, answers, passed, score */
type Row = [string, Params, string[], boolean, number | undefined];

const BOX = '```json\n{"a": 1}\n```';
const PERSON = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };

const ROWS: Row[] = [
  ['contains', { patterns: ['Hello', 'WORLD'] }, ['hello world'], true, 1],
  ['content_includes', { patterns: ['a', 'b', 'c', 'd'] }, ['a or b'], false, 0.5],
  ['contains', { patterns: ['a', 'x'], min_score: 0.5 }, ['abc'], true, 0.5],
  ['contains', { patterns: ['a', 'b'], min_score: 0, max_score: 0.5 }, ['ab'], false, 1],
  ['contains', { patterns: ['x'] }, ['x', 'newest'], false, 0],
  ['contains', { patterns: 'one text' }, ['holds one text'], true, 1],
  ['contains', { text: 'Word', case_sensitive: false }, ['a word'], true, 1],
  ['contains', { patterns: ['Word'], case_sensitive: true }, ['a word'], false, 0],
  ['contains_any', { patterns: ['x', 'y'] }, ['has x', 'has none'], true, 1],
  ['content_includes_any', { patterns: ['x'] }, ['a', 'b'], false, 0],
  ['content_excludes', { patterns: ['ass'] }, ['a class'], false, 0],
  ['content_excludes', { patterns: ['ass'], match_mode: 'word_boundary' }, ['a class', 'assess'], true, 1],
  ['content_excludes', { patterns: ['100%'], match_mode: 'word_boundary' }, ['it is 100% sure'], false, 0],
  ['content_excludes', { patterns: ['é'], match_mode: 'word_boundary' }, ['café'], true, 1],
  ['content_not_includes', { patterns: ['bad'] }, ['BAD', 'good'], false, 0],
  ['content_excludes', {}, ['anything'], true, 1],
  ['banned_words', { words: ['bad'] }, ['bad'], true, 1],
  ['regex', { pattern: '^\\d+$' }, ['123'], true, 1],
  ['content_matches', { pattern: 'ABC' }, ['abc'], false, 0],
  ['content_matches', { pattern: '(?i)ABC' }, ['xabcx'], true, 1],
  ['regex', { pattern: 'a', expect_match: false }, ['b'], true, 1],
  ['regex', { pattern: 'a', expect_match: false }, ['a'], false, 0],
  ['min_length', { min: 3 }, ['abc'], true, 1],
  ['min_length', { min_characters: 4 }, ['ab'], false, 0.5],
  ['min_length', { min_chars: 2 }, ['é'], true, 1],
  ['max_length', { max: 3 }, ['abc'], true, 1],
  ['max_length', { max_characters: 2 }, ['abcd'], false, 0.5],
  ['length', { max_chars: 1 }, ['é'], false, 0.5],
  ['max_length', { max_tokens: 1 }, ['1234567'], true, 1],
  ['max_length', { max_tokens: 1 }, ['12345678'], false, 0.5],
  ['max_length', { max: '3' }, ['abc'], true, 1],
  ['sentence_count', { max: 2 }, ['One. Two.'], true, 1],
  ['sentence_count', { max: 1 }, ['One. Two!'], false, 0.5],
  ['sentence_count', { max: 1 }, ['It costs 3.50 at shop.example today.'], true, 1],
  ['max_sentences', { max_sentences: 1 }, ['One. Two.'], true, 1],
  ['field_presence', { fields: ['Name', 'age', 'city', 'x9'] }, ['name, AGE, city'], false, 0.75],
  ['required_fields', {}, ['anything'], true, 1],
  ['json_valid', {}, ['{"a": [1, 2]}'], true, 1],
  ['is_valid_json', {}, [BOX], false, 0],
  ['valid_json', { allow_wrapped: true }, [BOX], true, 1],
  ['json_valid', { extract_json: true }, ['Here: {"a": "}"} there'], true, 1],
  ['json_valid', { extract_json: true }, ['Here: [1, [2]] there'], true, 1],
  ['json_valid', { extract_json: true }, ['no {json here'], false, 0],
  ['json_schema', { schema: PERSON }, ['{"name": "Ada"}'], true, 1],
  ['json_schema', { schema: PERSON }, ['{"name": 1}'], false, 0],
  ['json_schema', { schema: PERSON }, ['Ada'], false, 0],
  ['json_path', { expression: 'a.b', expected: 2 }, ['{"a": {"b": 2}}'], true, 1],
  ['json_path', { jmespath_expression: 'a', expected: { x: 1, y: 2 } }, ['{"a": {"y": 2, "x": 1}}'], true, 1],
  ['json_path', { expression: 'a', expected: 2 }, ['{"a": 3}'], false, 0],
  ['json_path', { expression: 'a', contains: 'el' }, ['{"a": "hello"}'], true, 1],
  ['json_path', { expression: 'a', contains: 2 }, ['{"a": [1, 2]}'], true, 1],
  ['json_path', { expression: 'a', contains: [1, 3] }, ['{"a": [1, 2]}'], false, 0],
  ['json_path', { expression: 'a', min: 1, max: 3 }, ['{"a": 3}'], true, 1],
  ['json_path', { expression: 'a', min: 4 }, ['{"a": 3}'], false, 0],
  ['json_path', { expression: 'a', max: 4 }, ['{"a": "3"}'], false, 0],
  [
    'json_path',
    { expression: 'a[?b > `1`]', min_results: 1, max_results: 1 },
    ['{"a": [{"b": 1}, {"b": 2}]}'],
    true,
    1,
  ],
  ['json_path', { expression: 'a', min_results: 3 }, ['{"a": [1, 2]}'], false, 0],
  ['json_path', { expression: 'a' }, ['{"a": 0}'], true, 1],
  ['json_path', { expression: 'missing' }, ['{"a": 0}'], true, 1],
  ['pii_leakage', {}, ['Nothing to see, order 1234567890123456.'], true, 1],
  ['pii_leakage', {}, ['Write to ada@example.org', 'ok'], false, 0],
  ['pii_leakage', {}, ['Ask @support or a@b, at 3 @ 5.50, user@host'], true, 1],
  ['pii_leakage', {}, ['My number is 123-45-6789.'], false, 0],
  ['pii_leakage', {}, ['Card 4111 1111 1111 1111.'], false, 0],
  ['assertion', { eval_type: 'contains', eval_params: { patterns: ['a', 'x'] }, min_score: 0.5 }, ['a'], true, 0.5],
  ['guardrail', { eval_type: 'max_length', eval_params: { max: 2 } }, ['abcd'], false, 0.5],
];

describe('checks of texts and JSON', () => {
  test.each(ROWS)('%s %j of %j: passed %p, score %p', (type, params, answers, passed, score) => {
    const result = judge(type, params, ...answers);
    expect({ passed: result.passed, score: result.score, error: result.error }).toEqual({
      passed,
      score,
      error: undefined,
    });
  });

  /** Nothing that the assistant says makes these pass; the explanation says why. */
  test.each<[string, Params | undefined, string]>([
    ['contains', undefined, 'parameter "patterns" is missing'],
    ['contains', { patterns: [] }, 'parameter "patterns" is missing'],
    ['contains', { patterns: [{ a: 1 }] }, 'parameter "patterns" must be a list of texts'],
    ['regex', { pattern: '(' }, 'pattern "(" cannot be used'],
    ['regex', { pattern: '(?=a)b' }, 'pattern "(?=a)b" cannot be used'],
    ['regex', {}, 'parameter "pattern" is missing'],
    ['regex', { pattern: 'a', expect_match: 'yes' }, 'parameter "expect_match" must be true or false'],
    ['min_length', {}, 'parameter "min" is missing'],
    ['min_length', { min: 'some' }, 'parameter "min" must be a number'],
    ['max_length', {}, 'parameter "max" is missing'],
    ['json_schema', {}, 'parameter "schema" is missing'],
    ['json_schema', { schema: { type: 'nothing' } }, 'parameter "schema" cannot be used'],
    ['json_schema', { schema: { $ref: 'https://example.org/schema.json' } }, 'parameter "schema" cannot be used'],
    ['json_path', { expression: 'a[' }, 'parameter "expression" cannot be used'],
    ['json_path', { expression: 'pad_left(a, `1000000000`)' }, 'there is no function pad_left'],
    ['json_path', { expression: Array(20).fill('[@,@][]').join(' | ') }, 'it repeats its data too often'],
    ['no_such_check', {}, 'there is no check "no_such_check"'],
    ['assertion', {}, 'parameter "eval_type" is missing'],
    ['assertion', { eval_type: 'assertion', eval_params: {} }, 'parameter "eval_type" is missing'],
    ['contains', { patterns: ['a'], min_score: 'high' }, 'parameter "min_score" must be a number'],
  ])('%s with %j fails and says why', (type, params, why) => {
    const result = judge(type, params, '{"a": 1, "patterns": "a"}');
    expect(result).toMatchObject({ passed: false, score: 0, explanation: expect.stringContaining(why) });
  });

  test('nothing was said yet', () => {
    expect(judge('contains', { patterns: ['a'] }).passed).toBe(false);
    expect(judge('content_excludes', { patterns: ['a'] }).passed).toBe(true);
    expect(judge('max_length', { max: 0 })).toMatchObject({ passed: true, score: 1 });
  });

  test('a pattern that makes backtracking engines hang takes no time', () => {
    const started = performance.now();
    expect(judge('regex', { pattern: '(a+)+$' }, `${'a'.repeat(20_000)}b`).passed).toBe(false);
    expect(
      judge(
        'json_schema',
        { schema: { type: 'string', pattern: '^(a|a)*$' } },
        JSON.stringify(`${'a'.repeat(20_000)}b`),
      ).passed,
    ).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('the result carries what the bundle says about the check', () => {
    const check = compiled(
      { type: 'content_includes', params: { patterns: ['a'] }, message: 'must greet' },
      'scenarios/a.yaml:9:7',
    );
    const result = evaluateNow(check, ConversationView.ofText('a'));
    expect(result).toMatchObject({
      level: 'turn',
      type: 'content_includes',
      params: { patterns: ['a'] },
      message: 'must greet',
      source: 'scenarios/a.yaml:9:7',
      passed: true,
    });
  });
});
