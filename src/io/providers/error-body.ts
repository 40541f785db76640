/** What error bodies say, in one form: OpenAI's, Azure's, Anthropic's, Google's, and whatever gateways send. */
import { parseJson } from '../../core/nesting.js';
import { isRecord, recordsOf, textOrEmpty } from './wires/wire.js';

export interface ErrorBody {
  message: string;
  /** Words that name the error, in lower case: its code, type, status and reason, as far as they are given. */
  tags: string[];
  /** How long the service wants to be left alone, in milliseconds. */
  retryDelayMs?: number;
}

/** Body of an answer with a status outside 2xx. */
export function readErrorBody(text: string): ErrorBody {
  try {
    const value = parseJson(text);
    // Google puts a failed stream into a list.
    const error: unknown = Array.isArray(value) ? value[0] : value;
    if (isRecord(error)) return errorOf('error' in error ? error.error : error);
  } catch {
    // Not JSON: gateways answer in HTML or plain text.
  }
  return { message: text.replace(/<[^>]{0,200}>/g, ' '), tags: [] };
}

/** The member `error` of a body, or of an event. */
export function errorOf(error: unknown): ErrorBody {
  if (typeof error === 'string') return { message: error, tags: [] };
  if (!isRecord(error)) return { message: '', tags: [] };
  const inner = isRecord(error.innererror) ? error.innererror.code : undefined;
  const tags = [error.code, error.type, error.status, inner].filter((tag) => typeof tag === 'string');
  const message = typeof error.message === 'string' ? error.message : JSON.stringify(error);
  const body: ErrorBody = { message, tags: tags.map((tag) => tag.toLowerCase()) };
  addDetails(body, recordsOf(error.details));
  // OpenRouter's word for a question that its moderation has refused, with 403.
  if (isRecord(error.metadata) && 'flagged_input' in error.metadata) body.tags.push('content_filter');
  return body;
}

/** Google's details, each named by its type. Source: Google AIP-193, google/rpc/error_details.proto. */
function addDetails(body: ErrorBody, details: readonly Record<string, unknown>[]): void {
  for (const detail of details.slice(0, MAX_DETAILS)) {
    const type = textOrEmpty(detail['@type']);
    if (type.endsWith('.ErrorInfo')) body.tags.push(textOrEmpty(detail.reason).toLowerCase());
    else if (type.endsWith('.QuotaFailure') && recordsOf(detail.violations).some(isOfDay)) body.tags.push(QUOTA_OF_DAY);
    else if (type.endsWith('.RetryInfo')) {
      const delayMs = durationMs(textOrEmpty(detail.retryDelay));
      if (delayMs !== undefined) body.retryDelayMs = delayMs;
    }
  }
}

/** Tag of a quota that is counted by the day: a wait of minutes does not help. */
export const QUOTA_OF_DAY = 'quota_of_day';

const MAX_DETAILS = 16;

function isOfDay({ quotaId }: Record<string, unknown>): boolean {
  return textOrEmpty(quotaId).includes('PerDay');
}

const SECONDS = /^\d{1,9}(\.\d{1,9})?s$/;

/** A duration as JSON of protocol buffers writes it: `37s`, `0.5s`. */
function durationMs(text: string): number | undefined {
  return SECONDS.test(text) ? Number(text.slice(0, -1)) * 1000 : undefined;
}
