import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { variantAt, variantCount } from '../../src/bundle/variants.js';
import type { JsonValue } from '../../src/core/conversation.js';
import { ConversationView } from '../../src/engine/assertions/view.js';
import { findJson } from '../../src/engine/json.js';
import { compilePattern } from '../../src/engine/regex.js';
import { scenarioSpecSchema } from '../../src/schema/scenario.js';
import { compiled, evaluateNow } from '../helpers/checks.js';
import { cpuMs } from '../helpers/cpu-time.js';

/** What a check says of an answer. */
function judged(type: string, params: { [name: string]: JsonValue }, answer: string) {
  const view = new ConversationView({
    messages: [{ role: 'assistant', content: answer }],
    calls: [],
    from: 0,
    usage: {},
  });
  return evaluateNow(compiled({ type, params }), view);
}

function timed<T>(work: () => T): { result: T; ms: number } {
  const started = cpuMs();
  const result = work();
  return { result, ms: cpuMs() - started };
}

describe('patterns', () => {
  test.each(['(a+)+$', '(a|aa)+$', '(a*)*b', '([a-z]+)*\\d', '(.*)(.*)(.*)(.*)x$', '^(\\w+\\s?)*$'])(
    '%s takes no longer on 50 kB than any other',
    (source) => {
      const pattern = compilePattern(source);
      pattern.test('warm');
      const { ms } = timed(() => pattern.test(`${'a'.repeat(50_000)}!`));
      expect(ms).toBeLessThan(100);
    },
  );

  test('that are long as well as their text are refused rather than tried for minutes', () => {
    const pattern = compilePattern(`${'a{0,1000}'.repeat(5)}$`);
    expect(pattern.test('aaa')).toBe(true);
    expect(timed(() => pattern.test('a'.repeat(2000))).ms).toBeLessThan(5000);
    expect(() => pattern.test('a'.repeat(50_000))).toThrow('is too long for the pattern');
    expect(() => compilePattern('a{0,1000}'.repeat(60))).toThrow('pattern too large');
    expect(judged('regex', { pattern: `${'a{0,1000}'.repeat(5)}$` }, 'a'.repeat(50_000))).toMatchObject({
      passed: false,
      error: expect.stringContaining('is too long for the pattern'),
    });
  });

  test('match what the patterns of the language match, where both know the syntax', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '(?:ab)', '(a|b)', '^', '$');
    const piece = fc
      .tuple(atom, fc.constantFrom('', '?', '{0,2}', '{1,3}'))
      .map(([what, often]) => (what === '^' || what === '$' ? what : what + often));
    const source = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '1', ' ', 'é'), { maxLength: 12 }).map((all) => all.join(''));
    fc.assert(
      fc.property(source, text, (pattern, words) => {
        expect(compilePattern(pattern).test(words)).toBe(new RegExp(pattern, 'u').test(words));
      }),
      { numRuns: 2000 },
    );
  });

  test('that nobody can read are errors, never crashes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('(', ')', '[', ']', '{', '}', '*', '+', '?', '\\', '|', 'a', '1', ',') }),
        (source) => {
          try {
            compilePattern(source).test('aaa');
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        },
      ),
    );
  });
});

describe('JSON in an answer', () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
  const object = fc.dictionary(fc.string(), json, { maxKeys: 4 }) as fc.Arbitrary<JsonValue>;
  const prose = fc.string().filter((text) => !/[{}[\]`"]/.test(text));
  const asJson = (value: JsonValue): JsonValue => JSON.parse(JSON.stringify(value));

  test('is found whole, in a fence, and between other words', () => {
    fc.assert(
      fc.property(json, object, prose, prose, (value, map, before, after) => {
        const strict = { allowWrapped: false, extract: false };
        expect(findJson(JSON.stringify(value), strict)).toEqual(asJson(value));
        const fenced = `${before}\n\`\`\`json\n${JSON.stringify(map, null, 2)}\n\`\`\`\n${after}`;
        expect(findJson(fenced, { allowWrapped: true, extract: false })).toEqual(asJson(map));
        const within = `${before}${JSON.stringify(map)}${after}`;
        expect(findJson(within, { allowWrapped: false, extract: true })).toEqual(asJson(map));
      }),
    );
  });

  test('is looked for in any text without trouble', () => {
    const text = fc.string({
      unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', '`', '\n', 'a', '1', ':'),
      maxLength: 200,
    });
    fc.assert(
      fc.property(text, fc.boolean(), fc.boolean(), (answer, allowWrapped, extract) => {
        const found = findJson(answer, { allowWrapped, extract });
        if (found !== undefined) expect(() => JSON.stringify(found)).not.toThrow();
      }),
    );
  });

  test.each([['{'], ['['], ['```\n'], ['{"a":'], ['"\\']])('is looked for in 1 MB of %j in no time', (piece) => {
    const answer = piece.repeat(1_000_000 / piece.length);
    const { ms } = timed(() => findJson(answer, { allowWrapped: true, extract: true }));
    expect(ms).toBeLessThan(1000);
  });
});

describe('counting', () => {
  const word = fc.stringMatching(/^[a-zé0-9,]{1,8}$/);
  const sentence = fc.tuple(
    fc.array(word, { minLength: 1, maxLength: 5 }),
    fc.constantFrom('.', '!', '?', '?!', '...'),
  );

  test('sentences: as many as were written, with or without the last mark', () => {
    fc.assert(
      fc.property(
        fc.array(sentence, { minLength: 1, maxLength: 10 }),
        fc.constantFrom(' ', '\n', '  '),
        (all, space) => {
          const answer = all.map(([words, mark]) => words.join(' ') + mark).join(space);
          for (const text of [answer, answer.replace(/[.!?]+$/, ''), ` ${answer} `]) {
            expect(judged('sentence_count', { max: all.length }, text).score).toBe(1);
            const tooMany = judged('sentence_count', { max: all.length - 1, min_score: 0 }, text);
            expect(tooMany.explanation).toContain(`${all.length} sentences`);
          }
        },
      ),
    );
  });

  test('tokens of an answer: a quarter of its bytes, rounded down, and never less for a longer one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string(), (text, more) => {
        const tokens = (answer: string) =>
          Number(/about (\d+) tokens/.exec(judged('max_length', { max_tokens: 1 }, answer).explanation)?.[1]);
        expect(tokens(text)).toBe(Math.floor(new TextEncoder().encode(text).length / 4));
        expect(tokens(text + more)).toBeGreaterThanOrEqual(tokens(text));
      }),
    );
  });
});

describe('perturbations', () => {
  const values = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 4 });
  const keys = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), values, { maxKeys: 4 });

  test('make every combination once', () => {
    fc.assert(
      fc.property(keys, (perturbations) => {
        const spec = scenarioSpecSchema.parse({ turns: [{ role: 'user', content: 'a', perturbations }] });
        const count = variantCount(spec);
        expect(count).toBe(Object.values(perturbations).reduce((product, list) => product * list.length, 1));
        const all = Array.from({ length: count }, (_, index) => variantAt(spec, index));
        expect(new Set(all.map((variant) => JSON.stringify(Object.entries(variant).sort()))).size).toBe(count);
        for (const variant of all) {
          expect(Object.keys(variant).sort()).toEqual(Object.keys(perturbations).sort());
          for (const [key, value] of Object.entries(variant)) expect(perturbations[key]).toContain(value);
        }
      }),
    );
  });
});
