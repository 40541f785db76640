/** What goes wrong with agents, in the terms of `ERROR_CODES`. */
import { ArenaError, type ErrorCode, type Failure } from '../../core/errors.js';
import { describeConnectionError } from '../connection-error.js';
import { excerpt } from '../providers/answer-failure.js';
import { retryAfterMs } from '../providers/retry-after.js';

/** How long to leave an agent alone that takes no more connections now, in milliseconds. */
const BUSY_WAIT_MS = 1000;

/** Whom a failure is about. */
export interface AgentNames {
  /** Origin and path, without query. */
  address: string;
  credentialHint: string;
  scrub(text: string): string;
}

interface RefusedUpgrade {
  status: number;
  headers: { [name: string]: string | string[] | undefined };
  body: string;
}

/** Of an upgrade that was answered with something else. */
export function refusedUpgrade({ status, headers, body }: RefusedUpgrade, names: AgentNames): ArenaError {
  const said = excerpt(body, names.scrub);
  const message = `The agent at ${names.address} refused the connection with HTTP ${status}${said === '' ? '' : `: ${said}`}.`;
  const fail = (code: ErrorCode, hint?: string, wait?: number): ArenaError => {
    const failure: Failure = { code, message, status };
    if (hint !== undefined) failure.hint = hint;
    if (wait !== undefined) failure.retryAfterMs = wait;
    return new ArenaError(failure);
  };
  if (status >= 300 && status < 400) {
    const to = typeof headers.location === 'string' ? ` to ${excerpt(headers.location, names.scrub)}` : '';
    const redirect = `The agent at ${names.address} redirects${to} (HTTP ${status}); tokens are not sent on.`;
    const hint = 'set url of the provider to the final address';
    return new ArenaError({ code: 'redirect_refused', message: redirect, status, hint });
  }
  if (status === 401) return fail('unauthorized', `the agent wants a token: ${names.credentialHint}`);
  if (status === 403) return fail('unauthorized', 'let the agent admit whom this token or these headers stand for');
  if (status === 404) return fail('provider_rejected', 'check the path of url: agents are served at /ws');
  const wait = retryAfterMs(headers, Date.now()) ?? BUSY_WAIT_MS;
  if (status === 429) return fail('rate_limited', undefined, wait);
  if (status >= 500 && status !== 501) return fail('provider_unavailable', undefined, wait);
  return fail('provider_rejected', 'check url of the provider: it must be the WebSocket address of an agent');
}

export function unreachable(error: unknown, names: AgentNames): ArenaError {
  const { detail, hint: known } = describeConnectionError(error);
  const message = `The agent at ${names.address} cannot be reached (${names.scrub(detail)}).`;
  const hint = known ?? 'check url of the provider and that the agent is up';
  return new ArenaError({ code: 'connection_failed', message, hint }, { cause: error });
}

/** The connection stood, but no `connected` came. */
export function notGreeted(names: AgentNames, how: 'closed' | { silentMs: number }, status?: number): ArenaError {
  const what = how === 'closed' ? 'closed the connection' : `said nothing for ${how.silentMs / 1000} s`;
  const message = `The agent at ${names.address} ${what} before it was ready.`;
  return new ArenaError({ code: 'provider_unavailable', message, status, retryAfterMs: BUSY_WAIT_MS });
}

/** The connection is gone in the middle of a turn. Others are not touched by that, so it says nothing of the agent. */
export function lostConnection(names: AgentNames, status: number, reason: string): ArenaError {
  const said = excerpt(reason, names.scrub);
  const detail = `close code ${status}${said === '' ? '' : `, ${said}`}`;
  const message = `The connection to the agent at ${names.address} broke in the middle of a turn (${detail}).`;
  return new ArenaError({ code: 'stream_cut', message, status });
}

export function unreadable(names: AgentNames): ArenaError {
  return new ArenaError({
    code: 'malformed_answer',
    message: `The agent at ${names.address} sent something that is no frame of its protocol.`,
  });
}

export function tooManyCalls(names: AgentNames, most: number): ArenaError {
  const message = `The agent at ${names.address} asked for more than ${most} calls of tools at once.`;
  return new ArenaError({ code: 'malformed_answer', message });
}

export function tooLongMessage(names: AgentNames, bytes: number, mostBytes: number): ArenaError {
  const message = `The message for the agent at ${names.address} has ${bytes} bytes, and it takes ${mostBytes}.`;
  return new ArenaError({ code: 'provider_rejected', message, hint: 'make media and texts of the scenario smaller' });
}

const SESSION_HINT =
  'keep sessions of the agent for longer than a conversation takes, in a store that outlives its restarts';

/** The agent has forgotten a conversation in which it had answered before. */
export function sessionLost(names: AgentNames): ArenaError {
  const message = `The agent at ${names.address} no longer knows the conversation (SESSION_EXPIRED).`;
  return new ArenaError({ code: 'session_lost', message, hint: SESSION_HINT });
}

export function emptyReply(): ArenaError {
  return new ArenaError({ code: 'empty_answer', message: 'The agent ended its turn without a word.' });
}

export function turnTimeout(names: AgentNames, timeoutMs: number): ArenaError {
  const message = `The agent at ${names.address} did not end its turn within ${timeoutMs / 1000} s.`;
  const hint = 'raise request_timeout of the provider, or the time limit of calls of the job';
  return new ArenaError({ code: 'call_timeout', message, hint });
}

/** Codes of the protocol. Everything else is passed on from the agent's own runtime and providers. */
const CODES: { readonly [code: string]: { code: ErrorCode; hint?: string; retryAfterMs?: number } } = {
  INVALID_MESSAGE: { code: 'provider_rejected' },
  INTERNAL_ERROR: { code: 'provider_unavailable' },
  AGENT_UNAVAILABLE: { code: 'provider_unavailable', retryAfterMs: BUSY_WAIT_MS },
  RATE_LIMITED: { code: 'rate_limited', retryAfterMs: BUSY_WAIT_MS },
  TOOL_FAILED: { code: 'tool_failed' },
  MEDIA_NOT_ENABLED: { code: 'provider_rejected', hint: 'the agent takes no media: leave them out of the scenario' },
  UPLOAD_FAILED: { code: 'provider_rejected' },
  UNSATISFIABLE_FORMAT: { code: 'provider_rejected' },
};

/** What unknown codes tell by their words, the first that fits. */
const BY_WORD: readonly [RegExp, ErrorCode][] = [
  [/RATE|THROTTL|TOO_MANY/, 'rate_limited'],
  [/CONTEXT|TOO_LONG|TOKEN_LIMIT/, 'context_too_long'],
  [/CONTENT_FILTER|SAFETY|MODERAT/, 'content_filtered'],
  [/INVALID|UNSUPPORTED|BAD_REQUEST|NOT_FOUND|DENIED|FORBIDDEN|UNAUTH|CREDENTIAL/, 'provider_rejected'],
];

/** Of an `error` frame that ended a turn. */
export function failedTurn(code: string, text: string, names: AgentNames): ArenaError {
  const upper = code.toUpperCase();
  const known = Object.hasOwn(CODES, upper) ? CODES[upper] : undefined;
  // Passed on from elsewhere and not understood: worth another try, as any fault of a server.
  const meaning = known ?? { code: BY_WORD.find(([words]) => words.test(upper))?.[1] ?? 'provider_unavailable' };
  const said = excerpt(text, names.scrub);
  const what = excerpt(code, names.scrub) || 'an error without a code';
  const message = `The agent at ${names.address} ended the turn with ${what}${said === '' ? '' : `: ${said}`}.`;
  return new ArenaError({ ...meaning, message });
}
