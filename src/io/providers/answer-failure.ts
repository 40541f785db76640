/** What an HTTP answer that is not a completion means, in the terms of `ERROR_CODES`. */
import type { ErrorCode, Failure } from '../../core/errors.js';
import { AWS_EXCEPTIONS, awsExceptionOf } from './aws-errors.js';
import { type ErrorBody, errorOf, QUOTA_OF_DAY, readErrorBody } from './error-body.js';
import type { HttpAnswer } from './http-exchange.js';
import { boundedWaitMs, retryAfterMs } from './retry-after.js';
import { limitResetMs } from './wires/anthropic/rate-limits.js';
import { openAiLimitResetMs } from './wires/openai-chat/rate-limits.js';
import { isRecord } from './wires/wire.js';

/** Longest part of an answer that an error message repeats, in characters. */
const MAX_EXCERPT = 300;

/** What is known of the call that failed. */
export interface FailedCall {
  /** What to do when the service knows no such model or path. */
  missingModelHint: string;
  /** Origin and path that was called. */
  url: string;
  /** How the key can be given, for people. */
  credentialHint: string;
  scrub: (text: string) => string;
}

/** Failure of an answer with a status outside 2xx. */
export function failureOfStatus(answer: HttpAnswer, call: FailedCall): Failure {
  const { status } = answer;
  if (status < 400) return redirect(answer, call);
  const body = readErrorBody(answer.body);
  const exception = awsExceptionOf(answer.headers);
  if (exception !== undefined) body.tags.push(exception);
  if (exception === 'throttlingexception' && /tokens per day/i.test(body.message)) body.tags.push(QUOTA_OF_DAY);
  const code = codeOfStatus(status, body);
  const said = body.message === '' ? '' : `: ${excerpt(body.message, call.scrub)}`;
  const failure: Failure = { code, message: `HTTP ${status} from ${call.url}${said}`, status };
  const hint = hintOf(code, status, body, call);
  if (hint !== undefined) failure.hint = hint;
  const wait = waitOf(answer.headers, body);
  if (wait !== undefined && (code === 'rate_limited' || code === 'provider_unavailable')) failure.retryAfterMs = wait;
  return failure;
}

/** The service's own wish, wherever it says it. */
function waitOf(headers: HttpAnswer['headers'], body: ErrorBody): number | undefined {
  const now = Date.now();
  const limits = limitResetMs(headers, now) ?? openAiLimitResetMs(headers);
  const wait = retryAfterMs(headers, now) ?? body.retryDelayMs ?? limits;
  return wait === undefined ? undefined : boundedWaitMs(wait);
}

/** Failure of a 2xx answer that is an error object, as some gateways send, or of an event of a stream that is one. */
export function failureOfErrorObject(error: unknown, call: FailedCall): Failure {
  const body = errorOf(error);
  const status = statusIn(error);
  const code = status >= 400 && status < 600 ? codeOfStatus(status, body) : codeWithoutStatus(body);
  const failure: Failure = {
    code,
    message: `${call.url} answered with an error: ${excerpt(body.message, call.scrub)}`,
  };
  const hint = hintOf(code, status, body, call);
  if (hint !== undefined) failure.hint = hint;
  if (code === 'rate_limited' && body.retryDelayMs !== undefined)
    failure.retryAfterMs = boundedWaitMs(body.retryDelayMs);
  return failure;
}

/** Gateways put a status into `code`, as a number or as text. */
function statusIn(error: unknown): number {
  const code = isRecord(error) ? error.code : undefined;
  return typeof code === 'number' || typeof code === 'string' ? Number(code) : Number.NaN;
}

/** A short, printable piece of what the other side sent. */
export function excerpt(text: string, scrub: (text: string) => string): string {
  // Control and format characters as well: they could hide or turn around what stands beside them.
  const printable = scrub(text)
    .slice(0, 20 * MAX_EXCERPT)
    .replace(/[\p{C}\s]+/gu, ' ');
  const trimmed = printable.trim();
  return trimmed.length > MAX_EXCERPT ? `${trimmed.slice(0, MAX_EXCERPT - 1)}…` : trimmed;
}

function redirect({ status, headers }: HttpAnswer, call: FailedCall): Failure {
  const { location } = headers;
  const target = typeof location === 'string' ? ` to ${excerpt(location, call.scrub)}` : '';
  const message = `${call.url} redirects${target} (HTTP ${status}); keys and prompts are not sent on.`;
  return { code: 'redirect_refused', message, status, hint: 'set base_url of the provider to the final address' };
}

function codeOfStatus(status: number, body: ErrorBody): ErrorCode {
  // Who asks is known; what is asked is refused. Others may ask on.
  if (status === 403 && isFiltered(body)) return 'content_filtered';
  if (status === 401 || status === 403) return 'unauthorized';
  const special = codeOfTags(body);
  if (special !== undefined && status < 500) return special;
  if (status === 402) return 'quota_exhausted';
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 409 || status === 425) return 'provider_unavailable';
  if (status >= 500 && status !== 501) return 'provider_unavailable';
  return 'provider_rejected';
}

const BUSY = new Set(['rate_limit_exceeded', 'rate_limit_error', 'resource_exhausted']);
const DOWN = new Set([
  'server_error',
  'internal_server_error',
  'internalservererror',
  'api_error',
  'overloaded_error',
  'timeout_error',
  'internal',
  'unavailable',
]);

/** In the middle of a stream services can say by words only what they otherwise say by status. */
function codeWithoutStatus(body: ErrorBody): ErrorCode {
  const special = codeOfTags(body);
  if (special !== undefined) return special;
  if (body.tags.some((tag) => BUSY.has(tag))) return 'rate_limited';
  return body.tags.some((tag) => DOWN.has(tag)) ? 'provider_unavailable' : 'provider_rejected';
}

/** How services say that nothing is left to spend; a wait of minutes does not help, but somebody who pays does. */
const NO_CREDIT = new Set([
  'insufficient_quota',
  'billing_error',
  'billing_hard_limit_reached',
  'billing_not_active',
  QUOTA_OF_DAY,
]);

const TOO_LONG = new RegExp(
  [
    'maximum context length',
    'context window',
    'exceed(s|ed)? (the )?(max |maximum |available )?context (limit|length|size)',
    'exceeds the maximum number of tokens',
    'longer than the maximum model length',
    'prompt (\\([^)]{0,80}\\) )?(is )?too long',
    'input is too long',
    'input tokens exceed',
  ].join('|'),
  'i',
);

const FILTERED = new Set(['content_filter', 'content_policy_violation', 'responsibleaipolicyviolation']);

/** Anthropic says so by words alone. */
const FILTERED_TEXT = /blocked by (our |the |a )?content filter/i;

const WRONG_KEY = new Set(['invalid_api_key', 'api_key_invalid', 'authentication_error', 'permission_error']);

function isFiltered({ tags, message }: ErrorBody): boolean {
  return tags.some((tag) => FILTERED.has(tag)) || FILTERED_TEXT.test(message);
}

function codeOfTags({ tags, message }: ErrorBody): ErrorCode | undefined {
  if (tags.some((tag) => NO_CREDIT.has(tag)) || message.includes('credit balance is too low')) return 'quota_exhausted';
  const exception = tags.map((tag) => AWS_EXCEPTIONS.get(tag)).find((code) => code !== undefined);
  if (exception !== undefined) return exception;
  if (tags.includes('context_length_exceeded') || TOO_LONG.test(message)) return 'context_too_long';
  if (isFiltered({ tags, message })) return 'content_filtered';
  if (tags.some((tag) => WRONG_KEY.has(tag))) return 'unauthorized';
  return undefined;
}

function hintOf(code: ErrorCode, status: number, body: ErrorBody, call: FailedCall): string | undefined {
  if (code === 'unauthorized') return call.credentialHint;
  if (status === 404) return call.missingModelHint;
  if (code === 'context_too_long') return 'shorten the conversation or choose a model with a longer context';
  if (body.tags.includes('servicequotaexceededexception')) return 'have the quota raised at Service Quotas of AWS';
  if (code === 'quota_exhausted') {
    return body.tags.includes(QUOTA_OF_DAY)
      ? 'the quota of the day is used up: go on tomorrow, or have it raised'
      : 'the account has no credit left: see its billing';
  }
  if (status === 413) return 'send fewer or smaller media: the service takes no request of this size';
  if (status === 400 && PARAMETER.test(body.message)) {
    return 'a parameter that the model refuses is left out when unsupported_params of the provider names it';
  }
  if (code === 'content_filtered') return FILTER_HINT;
  if (code !== 'provider_rejected') return undefined;
  if (status === 405 || status === 501) return 'check base_url of the provider: no calls are taken at this address';
  return 'change what the service refuses: requests follow from the prompt, its tools and the provider file';
}

/** What to do about an answer, or a question, that the service withholds. */
export const FILTER_HINT = 'change what is asked, or the content filter where the service lets you set it';

/** Services differ in how they refuse a parameter, and all name it. */
const PARAMETER = /\b(temperature|top_p|seed|stop_sequences|presence_?penalty|frequency_?penalty)\b/i;
