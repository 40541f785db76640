/** What an agent's refusal means. */
import { ArenaError, type ErrorCode } from '../../core/errors.js';
import { shorten } from '../../core/shorten.js';

const MAX_REASON = 300;

const CODES: { [status: number]: ErrorCode } = {
  401: 'unauthorized',
  403: 'unauthorized',
  408: 'call_timeout',
  429: 'rate_limited',
};

/** Of an answer whose status says that it is none. */
export function failureOf(url: URL, status: number, body: string): ArenaError {
  const code = CODES[status] ?? (status >= 500 ? 'provider_unavailable' : 'provider_rejected');
  const reason = body.trim() === '' ? '' : `: ${shorten(body.trim(), MAX_REASON)}`;
  return new ArenaError({ code, message: `the agent at ${url.origin} answered ${status}${reason}`, status });
}

export function malformed(url: URL, what: string): ArenaError {
  return new ArenaError({ code: 'malformed_answer', message: `the agent at ${url.origin} ${what}` });
}
