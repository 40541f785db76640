import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readVerdict } from '../../src/engine/assertions/judge-verdict.js';

const score = fc.double({ noNaN: true, noDefaultInfinity: true });
const words = fc.string().filter((text) => !/[{}]/.test(text));

test('a verdict is found between whatever words stand around it', () => {
  fc.assert(
    fc.property(words, words, score, fc.boolean(), fc.string(), (before, after, given, passed, reasoning) => {
      const read = readVerdict(before + JSON.stringify({ score: given, passed, reasoning }) + after);
      // JSON knows no negative zero.
      expect(read).toMatchObject({ score: given === 0 ? 0 : given, passed });
    }),
  );
});

test('no text makes it throw, and every score is a finite number', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.json(), fc.string({ unit: fc.constantFrom('{', '}', '"', ':', '1', 'a') })),
      (text) => {
        const read = readVerdict(text);
        if (read !== undefined) expect(Number.isFinite(read.score)).toBe(true);
      },
    ),
  );
});

test('keys that every object has are no verdict', () => {
  expect(readVerdict('{"__proto__": {"score": 1}}')).toMatchObject({ score: 0 });
  expect(readVerdict('{"constructor": {"score": 1}}')).toMatchObject({ score: 0 });
});

test('a verdict nested without end, or of many megabytes, is none', () => {
  const deep = `{"reasoning": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  expect(readVerdict(`{"score": 1, "reasoning": ${deep}}`)).toBeUndefined();
  expect(readVerdict(`{"score": 1, "reasoning": "${'x'.repeat(5_000_000)}"}`)).toBeUndefined();
});
