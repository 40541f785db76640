/** OpenAI's own service and what copies its manners, and Azure's. */

import type { Fault, Headers, Platform, RateLimit } from '../wire.js';
import { bearer, headerOf } from './key-headers.js';

export const openAi: Platform = {
  keys: (headers) => [bearer(headers)],
  denied: (given) => ({
    status: 401,
    message: given ? 'Incorrect API key provided.' : "You didn't provide an API key.",
    type: 'invalid_request_error',
    code: given ? 'invalid_api_key' : undefined,
  }),
  errorBody,
  rateLimitHeaders,
};

export const azure: Platform = {
  keys: (headers) => [headerOf(headers, 'api-key'), bearer(headers)],
  denied: () => ({
    status: 401,
    message: 'Access denied due to invalid subscription key or wrong API endpoint.',
    code: '401',
  }),
  errorBody: (fault) => {
    const { error } = errorBody(fault);
    return { error: { ...error, code: error.code ?? String(fault.status) } };
  },
  rateLimitHeaders,
};

/** Azure's older addresses, whose form a date in the query decides. */
export const azureByDate: Platform = {
  ...azure,
  missing: (_, query) =>
    query.get('api-version') ? undefined : { status: 404, message: 'Resource not found', code: '404' },
};

function errorBody({ status, message, type, code }: Fault) {
  return { error: { message, type: type ?? typeOf(status), param: null, code: code ?? codeOf(status) } };
}

function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function codeOf(status: number): string | null {
  return status === 429 ? 'rate_limit_exceeded' : null;
}

function rateLimitHeaders(limit: RateLimit): Headers {
  const headers: Headers = {};
  for (const [what, window] of Object.entries(limit)) {
    if (window === undefined) continue;
    headers[`x-ratelimit-limit-${what}`] = window.limit;
    headers[`x-ratelimit-remaining-${what}`] = window.remaining;
    headers[`x-ratelimit-reset-${what}`] = spanOf(window.reset_seconds);
  }
  return headers;
}

/** `6m0s`, `1.5s`, `20ms`. */
function spanOf(seconds: number): string {
  if (seconds > 0 && seconds < 1) return `${Math.round(seconds * 1000)}ms`;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
