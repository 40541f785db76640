/** Google's services: the Gemini API, and Vertex with Google's models and with Anthropic's. */

import type { Fault, Platform } from '../wire.js';
import { anthropic, anthropicError } from './anthropic.js';
import { bearer, headerOf } from './key-headers.js';
import { type StatusWords, statusOfWord } from './status-words.js';

const STATUSES: StatusWords = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [409, 'ABORTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

/** Says of a wrong key that the argument is invalid, and of none that the caller is unknown: neither is a 401. */
export const gemini: Platform = {
  keys: (headers, query) => [headerOf(headers, 'x-goog-api-key'), query.get('key') ?? undefined, bearer(headers)],
  denied: (given) =>
    given
      ? { status: 400, message: 'API key not valid. Please pass a valid API key.', code: 'API_KEY_INVALID' }
      : {
          status: 403,
          message:
            "Method doesn't allow unregistered callers (callers without established identity). " +
            'Please use API Key or other form of API consumer identity to call this API.',
        },
  errorBody: googleError,
  statusOf: (type) => statusOfWord(STATUSES, type),
  saysRetryInBody: true,
};

export const vertex: Platform = {
  keys: gemini.keys,
  denied: () => ({
    status: 401,
    message: 'Request had invalid authentication credentials. Expected OAuth 2 access token.',
  }),
  errorBody: googleError,
  statusOf: (type) => statusOfWord(STATUSES, type),
  saysRetryInBody: true,
};

/** Keys, quotas and addresses are Google's concern; what is left comes from the model and is passed on. */
export const vertexAnthropic: Platform = {
  ...vertex,
  missing: (_, __, { anthropic_version: version }) =>
    typeof version === 'string' ? undefined : { status: 400, message: 'anthropic_version: Field required' },
  statusOf: (type) => anthropic.statusOf?.(type) ?? vertex.statusOf?.(type),
  errorBody: (fault) => ([401, 403, 404, 429].includes(fault.status) ? googleError(fault) : anthropicError(fault)),
};

function googleError({ status, message, type, code, retryAfterSeconds }: Fault) {
  const details: object[] = [];
  if (code !== undefined) {
    const domain = 'googleapis.com';
    details.push({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code, domain });
  }
  if (retryAfterSeconds !== undefined) {
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds}s` });
  }
  const error = { code: status, message, status: type ?? STATUSES.get(status) ?? 'UNKNOWN' };
  return { error: details.length > 0 ? { ...error, details } : error };
}
