import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { checkWarnings } from '../../src/engine/check-warnings.js';
import { type EngineBundleParts, engineBundle } from '../helpers/engine-bundle.js';

const warnings = (parts: EngineBundleParts) => checkWarnings(engineBundle(parts), ['talk']).map(formatFault);

const turn = (...assertions: object[]) => ({ scenario: { turns: [{ role: 'user', content: 'Hello', assertions }] } });

describe('oddities of checks', () => {
  test('sound checks have none', () => {
    expect(
      warnings(
        turn(
          {
            type: 'content_includes',
            params: { patterns: ['a'], min_score: 0.5, message: 'why', case_sensitive: false },
          },
          { type: 'json_path', params: { expression: 'a', expected: 1, allow_wrapped: true } },
          { type: 'assertion', params: { eval_type: 'max_length', eval_params: { max: 3 }, min_score: 0.5 } },
          { type: 'latency_budget', params: { max_ms: 10 } },
        ),
      ),
    ).toEqual([]);
  });

  test('a parameter that nothing heeds is named with its place', () => {
    expect(warnings(turn({ type: 'banned_words', params: { words: ['a'] } }))).toEqual([
      'talk.yaml:10:11 banned_words does not know the parameter "words"',
      'talk.yaml:10:11 banned_words checks nothing: no patterns are given',
    ]);
  });

  test.each(['content_excludes', 'field_presence', 'sentence_count', 'tool_call_chain'])(
    '%s without what it is to look for checks nothing',
    (type) => {
      expect(warnings(turn({ type }))).toEqual([expect.stringContaining(`${type} checks nothing: no `)]);
    },
  );

  test.each<[string, object, string]>([
    ['cosine_similarity', { reference: [1], min_similarity: 0.8 }, 'min_similarity decides nothing'],
    ['directional', { check: 'similar_content', baseline_content: 'a', threshold: 0.5 }, 'threshold decides nothing'],
    ['tool_efficiency', { max_calls: 5 }, 'each call lowers it'],
  ])('%s hardly ever passes without min_score, and says so', (type, params, why) => {
    expect(warnings(turn({ type, params }))).toEqual([
      `talk.yaml:10:11 ${type} passes at a score of 1 only, set min_score: ${why}`,
    ]);
    expect(warnings(turn({ type, params: { ...params, min_score: 0.5 } }))).toEqual([]);
  });

  test('a check that can never pass says why', () => {
    expect(
      warnings({
        arena: { globals: { conversation_assertions: [{ type: 'tools_called', params: { tool_name: 'a' } }] } },
        scenario: {
          turns: [{ role: 'user', content: 'a' }],
          conversation_assertions: [{ type: 'regex', params: { pattern: '(' } }],
        },
      }),
    ).toEqual([
      expect.stringMatching(/^config\.arena\.yaml:\d+:\d+ tools_called can never pass: parameter "tool_names"/),
      expect.stringMatching(/^talk\.yaml:\d+:\d+ regex can never pass: pattern "\("/),
    ]);
  });

  test('guardrails that are left out, and their unknown parameters', () => {
    const prompt = {
      validators: [
        { type: 'max_length', params: { max_tokens: 5 } },
        { type: 'banned_words', params: { words: ['a'], case: true } },
        { type: 'required_fields' },
      ],
    };
    expect(warnings({ prompt })).toEqual([
      expect.stringMatching(/^prompt\.yaml:\d+:\d+ guardrail max_length is left out: parameter "max" is missing$/),
      expect.stringMatching(/^prompt\.yaml:\d+:\d+ guardrail banned_words does not know the parameter "case"$/),
      expect.stringMatching(/^prompt\.yaml:\d+:\d+ guardrail required_fields checks nothing: no fields are given$/),
    ]);
  });

  test('of an eval are told like those of a scenario', () => {
    const checks = [{ type: 'banned_words', params: { words: ['a'] } }];
    const spec = { recording: { path: 'r.json' }, turns: [{ all_turns: { assertions: checks } }], assertions: checks };
    const bundle = engineBundle({ arena: { eval_specs: { old: spec } } });
    const told = checkWarnings(bundle, ['old']).map(({ message }) => message);
    expect(told.filter((message) => message.includes('does not know the parameter "words"'))).toHaveLength(2);
  });
});
