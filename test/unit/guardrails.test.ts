import { describe, expect, test } from '@jest/globals';
import { compileGuardrails, guard } from '../../src/engine/guardrails.js';
import type { ValidatorSpec } from '../../src/schema/prompt-config.js';
import { outsideOf } from '../helpers/checks.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

const REFUSAL = "Sorry, we can't provide this response as it would violate our content policy.";

const compile = (...specs: ValidatorSpec[]) => compileGuardrails(specs, { bundle: engineBundle({}) });

async function output(text: string, ...specs: ValidatorSpec[]) {
  const { text: left, violations } = await guard(compile(...specs), 'output', text, outsideOf());
  return { text: left, fired: violations.map(({ validator, score }) => [validator, score]) };
}

const words = { type: 'banned_words', params: { words: ['ass', 'Damn'] } };

describe('guardrails', () => {
  test('a text that breaks none stays as it is', async () => {
    expect(await output('All fine.', words, { type: 'length', params: { max_characters: 9 } })).toEqual({
      text: 'All fine.',
      fired: [],
    });
  });

  test('a banned word replaces the answer, also inside a longer word', async () => {
    expect(await output('DAMN it', words)).toEqual({ text: REFUSAL, fired: [['banned_words', 0]] });
    expect(await output('first class', words)).toEqual({ text: REFUSAL, fired: [['banned_words', 0]] });
  });

  test('on input only whole words count', async () => {
    const both = compile({ ...words, params: { ...words.params, direction: 'both' } });
    expect((await guard(both, 'input', 'first class', outsideOf())).violations).toEqual([]);
    expect(await guard(both, 'input', 'you ass', outsideOf())).toMatchObject({
      text: REFUSAL,
      violations: [{ direction: 'input' }],
    });
    expect((await guard(both, 'output', 'first class', outsideOf())).text).toBe(REFUSAL);
  });

  test('a stated match mode holds', async () => {
    const whole = { type: 'banned_words', params: { ...words.params, match_mode: 'word_boundary' } };
    expect((await output('first class', whole)).fired).toEqual([]);
  });

  test('a guardrail may have words of its own', async () => {
    expect((await output('damn', { ...words, message: 'Not here.' })).text).toBe('Not here.');
  });

  test.each<[string, ValidatorSpec, string]>([
    ['length', { type: 'length', params: { max_characters: 4 } }, 'abcd'],
    ['max_length', { type: 'max_length', params: { max: 4 } }, 'abcd'],
    ['a number written as text', { type: 'max_length', params: { max: '4' } }, 'abcd'],
    ['max_chars', { type: 'max_length', params: { max_chars: 4, max_tokens: 1 } }, 'abcd'],
  ])('%s cuts the answer', async (_, spec, left) => {
    expect(await output('abcdefgh', spec)).toEqual({ text: left, fired: [[spec.type, 0.5]] });
  });

  test('cutting never splits a character', async () => {
    const at = async (bytes: number) => (await output('aé€😀z', { type: 'length', params: { max: bytes } })).text;
    expect(await Promise.all([1, 2, 3, 4, 5, 6, 7, 9, 10].map(at))).toEqual([
      'a',
      'a',
      'aé',
      'aé',
      'aé',
      'aé€',
      'aé€',
      'aé€',
      'aé€😀',
    ]);
  });

  test('a later guardrail sees what an earlier one left', async () => {
    const length = { type: 'length', params: { max_characters: 20 } };
    expect(await output('damn', words, length)).toEqual({
      text: REFUSAL.slice(0, 20),
      fired: [
        ['banned_words', 0],
        ['length', 20 / 77],
      ],
    });
    expect(await output('a text that is long enough, damn', length, words)).toEqual({
      text: 'a text that is long ',
      fired: [['length', 0.625]],
    });
  });

  test.each<[ValidatorSpec, string, boolean]>([
    [{ type: 'max_sentences', params: { max_sentences: 1 } }, 'One. Two.', true],
    [{ type: 'required_fields', params: { required_fields: ['name'] } }, 'no such field', true],
    [{ type: 'regex', params: { pattern: '^ok' } }, 'ok then', false],
    [{ type: 'content_matches', params: { pattern: '^ok' } }, 'not ok', true],
    [{ type: 'is_valid_json', params: {} }, 'no json', true],
    [{ type: 'pii_leakage', params: {} }, 'ada@example.org', true],
    [{ type: 'contains', params: { patterns: ['a', 'b'], min_score: 0.5 } }, 'a', false],
    [{ type: 'contains', params: { patterns: ['a', 'b'] } }, 'a', true],
    [{ ...words, enabled: false }, 'damn', false],
    [{ ...words, fail_on_violation: false }, 'damn', true],
    [{ ...words, params: { ...words.params, direction: 'input' } }, 'damn', false],
    [{ type: 'guardrail', params: { eval_type: 'contains', eval_params: { patterns: ['a'] } } }, 'b', true],
  ])('%j on "%s" fires: %p', async (spec, text, fires) => {
    expect((await output(text, spec)).fired.length > 0).toBe(fires);
  });

  test.each<[ValidatorSpec, string]>([
    [
      { type: 'max_length', params: { max_tokens: 10 } },
      'guardrail max_length is left out: parameter "max" is missing',
    ],
    [{ type: 'regex', params: {} }, 'is left out: parameter "pattern" is missing'],
    [{ ...words, params: { direction: 'up' } }, 'must be input, output or both'],
  ])('%j is left out with a warning', (spec, warning) => {
    const { list, warnings } = compile(spec);
    expect(list).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });

  test('a type that does not exist ends every conversation', async () => {
    const prompt = { validators: [{ type: 'no_such_thing' }] };
    expect(compile({ type: 'no_such_thing' }).failure).toMatchObject({ code: 'unsupported' });
    expect(() => engineBundle({ prompt })).toThrow('no_such_thing');
  });
});

describe('guardrails in a conversation', () => {
  const prompt = { validators: [{ type: 'banned_words', params: { words: ['bad'], direction: 'both' } }] };

  test('what was replaced is what later turns, checks and records see', async () => {
    const bundle = engineBundle({
      prompt,
      scenario: {
        turns: [
          {
            role: 'user',
            content: 'Hello',
            assertions: [
              { type: 'guardrail_triggered', params: { validator: 'banned_words' } },
              { type: 'content_includes', params: { patterns: ['content policy'] } },
            ],
          },
          { role: 'user', content: 'Again' },
        ],
      },
    });
    const asked: string[][] = [];
    const answers = scripted({ content: 'bad answer', costUsd: 0.1 }, 'fine');
    const record = await hold(bundle, {
      complete: (request) => {
        asked.push(request.messages.map(({ content }) => content));
        return answers();
      },
    });
    expect(asked[1]).toEqual(['You help.', 'Hello', REFUSAL, 'Again']);
    expect(record).toMatchObject({
      verdict: 'passed',
      violations: [{ validator: 'banned_words', direction: 'output' }],
    });
    expect(record.messages[2]).toMatchObject({ content: REFUSAL, violations: [{ score: 0 }], costUsd: 0.1 });
  });

  test('input that breaks one is answered without the model', async () => {
    const bundle = engineBundle({ prompt, scenario: { turns: [{ role: 'user', content: 'a bad word' }] } });
    const record = await hold(bundle, { complete: scripted() });
    expect(record.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'You help.'],
      ['user', 'a bad word'],
      ['assistant', REFUSAL],
    ]);
    expect(record).toMatchObject({ verdict: 'failed', calls: 0, violations: [{ direction: 'input' }] });
  });

  test('a violation fails a conversation only when nothing is asserted', async () => {
    const complete = () => ({ content: 'bad', latencyMs: 0 });
    const asserted = { conversation_assertions: [{ type: 'min_length', params: { min: 1 } }] };
    expect((await hold(engineBundle({ prompt }), { complete })).verdict).toBe('failed');
    expect((await hold(engineBundle({ prompt, scenario: asserted }), { complete })).verdict).toBe('passed');
  });
});
