import { describe, expect, test } from '@jest/globals';
import { failureOfStatus } from '../../src/io/providers/answer-failure.js';

const CALL = { missingModelHint: 'm', url: 'http://x/v1', credentialHint: 'h', scrub: (text: string) => text };
const limits = (requests: [left: string, reset: string], tokens: [left: string, reset: string] = ['9', '1h']) => ({
  'x-ratelimit-remaining-requests': requests[0],
  'x-ratelimit-reset-requests': requests[1],
  'x-ratelimit-remaining-tokens': tokens[0],
  'x-ratelimit-reset-tokens': tokens[1],
});

describe('a refusal for too many requests', () => {
  test.each<[object, number | undefined]>([
    [limits(['0', '1s']), 1000],
    [limits(['0', '6m0s']), 360_000],
    [limits(['0', '20ms']), 20],
    [limits(['0', '1s'], ['0', '1m30s']), 90_000],
    [limits(['1', '1s'], ['0', '2.5s']), 2500],
    [limits(['0', '30h']), 3_600_000],
    [limits(['1', '1s']), undefined],
    [limits(['0', 'soon']), undefined],
    [limits(['0', '9'.repeat(100)]), undefined],
    [{ ...limits(['0', '6m0s']), 'retry-after': '2' }, 2000],
    [{ ...limits(['0', '6m0s']), 'retry-after-ms': '5' }, 5],
    [{ 'x-ratelimit-remaining-requests': '0' }, undefined],
    [{}, undefined],
  ])('with %j asks for %p ms', (headers, ms) => {
    expect(failureOfStatus({ status: 429, headers: { ...headers }, body: '' }, CALL).retryAfterMs).toBe(ms);
    expect(failureOfStatus({ status: 400, headers: { ...headers }, body: '' }, CALL).retryAfterMs).toBeUndefined();
  });
});
