import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { failedItemOf } from '../../src/core/failed-item.js';
import { shorten } from '../../src/core/shorten.js';
import { sampleAssertion, sampleRecord } from '../helpers/sample-records.js';

const failure = {
  code: 'rate_limited',
  message: 'alpha answered 429',
  hint: 'Lower --concurrency.',
  status: 429,
} as const;

describe('why a conversation did not pass', () => {
  test('a passed one has no reason', () => {
    expect(failedItemOf(sampleRecord())).toBeUndefined();
  });

  test('an errored one names the failure, even when a check failed before', () => {
    const assertions = [sampleAssertion({ passed: false })];
    expect(failedItemOf(sampleRecord({ verdict: 'errored', error: failure, assertions }))).toEqual({
      id: 'orders/alpha',
      index: 0,
      verdict: 'errored',
      reason: 'rate_limited',
      message: 'alpha answered 429',
      hint: 'Lower --concurrency.',
    });
  });

  test('a failed one names its first failed check, past the skipped ones', () => {
    const assertions = [
      sampleAssertion({ passed: false, skipped: true, type: 'skipped' }),
      sampleAssertion({ passed: false, type: 'tools_called', explanation: 'got none', message: undefined }),
    ];
    const item = failedItemOf(sampleRecord({ verdict: 'failed', assertions }));
    expect(item).toMatchObject({ reason: 'tools_called', message: 'got none', source: 'scenarios/orders.yaml:14' });
  });

  test('a check that could not be carried out says why', () => {
    const assertions = [sampleAssertion({ passed: false, error: 'no judge answered', message: undefined })];
    expect(failedItemOf(sampleRecord({ verdict: 'failed', assertions }))).toMatchObject({
      message: 'no judge answered',
    });
  });

  test('a guardrail alone is a reason', () => {
    const violations = [{ validator: 'banned_words', direction: 'output' as const, score: 1 }];
    const item = failedItemOf(sampleRecord({ verdict: 'failed', assertions: [], violations }));
    expect(item).toMatchObject({ reason: 'banned_words', message: 'the guardrail banned_words fired on output' });
  });

  test('the message is bounded', () => {
    const item = failedItemOf(
      sampleRecord({ verdict: 'errored', error: { ...failure, message: 'x'.repeat(1_000_000) } }),
    );
    expect(item?.message).toHaveLength(500);
  });
});

test('a shortened text is never longer than asked, and never cut inside a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), fc.integer({ min: 2, max: 40 }), (text, max) => {
      const short = shorten(text, max);
      expect(short.length).toBeLessThanOrEqual(Math.max(max, 0));
      expect(short).not.toMatch(/\p{Surrogate}/u);
      if (text.length <= max) expect(short).toBe(text);
    }),
  );
});
