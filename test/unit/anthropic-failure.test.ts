import { describe, expect, test } from '@jest/globals';
import { failureOfErrorObject, failureOfStatus } from '../../src/io/providers/answer-failure.js';
import { costUsd } from '../../src/io/providers/pricing.js';
import { limitResetMs } from '../../src/io/providers/wires/anthropic/rate-limits.js';
import { providerSpecSchema } from '../../src/schema/provider.js';

describe('a failure of Anthropic', () => {
  const call = {
    missingModelHint: 'check it',
    url: 'https://x',
    credentialHint: 'set the key',
    scrub: (said: string) => said,
  };
  const errorOf = (type: string, message: string) => ({ type: 'error', error: { type, message }, request_id: 'r' });
  const failure = (status: number, type: string, message = 'no', headers = {}) =>
    failureOfStatus({ status, headers, body: JSON.stringify(errorOf(type, message)) }, call);

  test.each<[number, string, string, string, RegExp | undefined]>([
    [401, 'authentication_error', 'invalid x-api-key', 'unauthorized', /set the key/],
    [403, 'permission_error', 'no', 'unauthorized', /set the key/],
    [404, 'not_found_error', 'model: x', 'provider_rejected', /check it/],
    [413, 'request_too_large', 'no', 'provider_rejected', /smaller media/],
    [429, 'rate_limit_error', 'no', 'rate_limited', undefined],
    [500, 'api_error', 'no', 'provider_unavailable', undefined],
    [504, 'timeout_error', 'no', 'provider_unavailable', undefined],
    [529, 'overloaded_error', 'Overloaded', 'provider_unavailable', undefined],
    [400, 'invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum', 'context_too_long', /shorten/],
    [
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 9 + 8 > 8',
      'context_too_long',
      /shorten/,
    ],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API.', 'quota_exhausted', /billing/],
    [
      400,
      'invalid_request_error',
      '`temperature` is deprecated for this model.',
      'provider_rejected',
      /unsupported_params/,
    ],
    [400, 'invalid_request_error', 'messages: no', 'provider_rejected', /change what the service refuses/],
  ])('%i %s "%s" is %s', (status, type, message, code, hint) => {
    const told = failure(status, type, message);
    expect(told).toMatchObject({ code, status });
    if (hint === undefined) expect(told.hint).toBeUndefined();
    else expect(told.hint).toMatch(hint);
  });

  test.each([
    ['overloaded_error', 'provider_unavailable'],
    ['api_error', 'provider_unavailable'],
    ['timeout_error', 'provider_unavailable'],
    ['rate_limit_error', 'rate_limited'],
    ['authentication_error', 'unauthorized'],
    ['billing_error', 'quota_exhausted'],
    ['invalid_request_error', 'provider_rejected'],
  ])('in the middle of a stream, %s, is %s', (type, code) => {
    expect(failureOfErrorObject(errorOf(type, 'no').error, call).code).toBe(code);
  });

  const now = Date.parse('2026-01-01T00:00:00Z');
  const limit = (name: string, remaining: string, reset: string) => ({
    [`anthropic-ratelimit-${name}-remaining`]: remaining,
    [`anthropic-ratelimit-${name}-reset`]: reset,
  });

  test.each<[object, number | undefined]>([
    [limit('requests', '0', '2026-01-01T00:00:12Z'), 12_000],
    [limit('input-tokens', '0', '2026-01-01T01:00:05.5+01:00'), 5500],
    [{ ...limit('requests', '0', '2026-01-01T00:00:02Z'), ...limit('tokens', '0', '2026-01-01T00:00:09Z') }, 9000],
    [{ ...limit('requests', '3', '2026-01-01T00:00:20Z'), ...limit('tokens', '0', '2026-01-01T00:00:09Z') }, 9000],
    [limit('requests', '0', '2025-12-31T00:00:00Z'), 0],
    [limit('requests', '1', '2026-01-01T00:00:12Z'), undefined],
    [limit('requests', '0', 'soon'), undefined],
    [limit('requests', '0', '2026-99-99T00:00:00Z'), undefined],
    [{}, undefined],
  ])('%j asks for %p ms', (headers, ms) => {
    expect(limitResetMs({ ...headers }, now)).toBe(ms);
  });

  test('waits as Retry-After says before it looks at limits, and an hour at most', () => {
    const far = limit('requests', '0', '2999-01-01T00:00:00Z');
    expect(failure(429, 'rate_limit_error', 'no', far).retryAfterMs).toBe(3_600_000);
    expect(failure(429, 'rate_limit_error', 'no', { ...far, 'retry-after': '2' }).retryAfterMs).toBe(2000);
  });
});

describe('the price of a call of Anthropic', () => {
  const usage = { inputTokens: 1_000_000, cachedTokens: 400_000, outputTokens: 100_000 };
  const spec = (more: object = {}) => providerSpecSchema.parse({ type: 'claude', model: 'm', ...more });

  test.each<[string, number | undefined]>([
    ['claude-sonnet-4-5-20250929', 1.8 + 0.12 + 1.5],
    ['claude-sonnet-4-20250514', 1.8 + 0.12 + 1.5],
    ['claude-3-5-haiku-latest', 0.48 + 0.032 + 0.4],
    ['claude-opus-4-0', 9 + 0.6 + 7.5],
    ['claude-opus-4-8', 3 + 0.2 + 2.5],
    ['claude-haiku-5-5', 0.3 + 0.02 + 0.25],
    ['claude-unheard-of', undefined],
    ['constructor', undefined],
  ])('%s', (model, cost) => {
    const told = costUsd(spec(), model, usage);
    if (cost === undefined) expect(told).toBeUndefined();
    else expect(told).toBeCloseTo(cost, 9);
  });

  test('is higher for what goes to the cache, unless the provider file has prices of its own', () => {
    const surcharged = { ...usage, surchargeTokens: 100_000 };
    expect(costUsd(spec(), 'claude-sonnet-4-5', surcharged)).toBeCloseTo(1.8 + 0.12 + 1.5 + 0.3, 9);
    const own = spec({ pricing: { input_per_1k: 1, output_per_1k: 1 } });
    expect(costUsd(own, 'claude-sonnet-4-5', surcharged)).toBeCloseTo(1100, 9);
  });

  test('is lower for short requests where the list says so', () => {
    const short = { inputTokens: 100_000, cachedTokens: 0, outputTokens: 0 };
    expect(costUsd(spec(), 'claude-haiku-5-5', short)).toBeCloseTo(0.01, 9);
  });

  test.each([
    [{ base_url: 'https://proxy.example' }],
    [{ base_url: 'https://api.anthropic.com.example' }],
    [{ platform: { type: 'bedrock' } }],
  ])('is not known with %j', (more) => {
    expect(costUsd(spec(more), 'claude-sonnet-4-5', usage)).toBeUndefined();
  });

  test('holds at the vendor’s address however it is written', () => {
    expect(costUsd(spec({ base_url: 'https://api.anthropic.com/v1' }), 'claude-sonnet-4-5', usage)).toBeDefined();
  });
});
