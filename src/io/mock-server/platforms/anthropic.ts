/** Anthropic's own service. */

import type { Fault, Headers, Platform, RateLimit } from '../wire.js';
import { bearer, headerOf } from './key-headers.js';
import { type StatusWords, statusOfWord } from './status-words.js';

const TYPES: StatusWords = new Map([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

export const anthropic: Platform = {
  keys: (headers) => [headerOf(headers, 'x-api-key'), bearer(headers)],
  denied: (given) => ({ status: 401, message: given ? 'invalid x-api-key' : 'x-api-key header is required' }),
  missing: (headers) =>
    headers['anthropic-version'] === undefined
      ? { status: 400, message: 'anthropic-version: header is required' }
      : undefined,
  errorBody: anthropicError,
  statusOf: (type) => statusOfWord(TYPES, type),
  rateLimitHeaders,
  requestIdHeader: 'request-id',
};

/** The error document of Anthropic, which other platforms pass on. */
export function anthropicError({ status, type, message }: Fault) {
  const usual = TYPES.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  return { type: 'error', error: { type: type ?? usual, message } };
}

function rateLimitHeaders(limit: RateLimit, nowMs: number): Headers {
  const headers: Headers = {};
  for (const [what, window] of Object.entries(limit)) {
    if (window === undefined) continue;
    const prefix = `anthropic-ratelimit-${what}`;
    headers[`${prefix}-limit`] = window.limit;
    headers[`${prefix}-remaining`] = window.remaining;
    headers[`${prefix}-reset`] = new Date(nowMs + window.reset_seconds * 1000).toISOString();
  }
  return headers;
}
