/** Calls of tools that are made again, where a registry says so. */
import { ArenaError } from '../../core/errors.js';
import type { RetryPolicy } from '../../core/tool-access.js';
import { pause } from '../pause.js';

/** What of an answer decides whether there is another try. */
interface Tried {
  status: number;
  retryAfterMs?: number;
}

/** Methods that change nothing more when they arrive twice. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** The request has not even been sent: nobody can have acted on it. */
const UNSENT = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const PASSING = new Set(['connection_failed', 'call_timeout']);

/**
 * The last answer, or the last failure. Without a policy there is one try. `signal` ends the waiting between tries.
 */
export async function withRetries<Answer extends Tried>(
  policy: RetryPolicy | undefined,
  method: string,
  signal: AbortSignal,
  attempt: () => Promise<Answer>,
): Promise<Answer> {
  if (policy === undefined) return attempt();
  const { maxAttempts, backoffMultiplier, maxBackoffMs, retryOn, respectRetryAfter } = policy;
  for (let tries = 1, backoffMs = policy.initialBackoffMs; ; tries += 1, backoffMs *= backoffMultiplier) {
    let waitMs = Math.min(backoffMs, maxBackoffMs);
    try {
      const answer = await attempt();
      const askedMs = respectRetryAfter ? (answer.retryAfterMs ?? 0) : 0;
      if (tries >= maxAttempts || !retryOn.includes(answer.status) || askedMs > maxBackoffMs) return answer;
      waitMs = Math.max(waitMs, askedMs);
    } catch (error) {
      if (signal.aborted || tries >= maxAttempts || !mayCallAgain(error, method)) throw error;
    }
    await pause(waitMs, signal);
  }
}

function mayCallAgain(error: unknown, method: string): boolean {
  if (isUnsent(error)) return true;
  // Our own client names what passes; what `fetch` throws otherwise is a connection that was lost.
  const isPassing = error instanceof ArenaError ? PASSING.has(error.code) : error instanceof TypeError;
  return isPassing && IDEMPOTENT.has(method);
}

function isUnsent(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && UNSENT.has(String(error.code))) return true;
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isUnsent);
  return 'cause' in error && isUnsent(error.cause);
}
