/**
 * Every failure that can reach a user has one of these codes. What follows from a failure is decided here and
 * nowhere else: `retry` passes by itself (the item is dispatched again), `final` does not.
 */
export const ERROR_CODES = {
  // A provider or agent did not answer as it should.
  rate_limited: 'retry',
  provider_unavailable: 'retry',
  connection_failed: 'retry',
  call_timeout: 'retry',
  stream_cut: 'retry',
  malformed_answer: 'retry',
  unauthorized: 'final',
  quota_exhausted: 'final',
  provider_rejected: 'final',
  context_too_long: 'final',
  content_filtered: 'final',
  empty_answer: 'final',
  answer_too_large: 'final',
  redirect_refused: 'final',
  provider_not_found: 'final',
  // The other side has forgotten the conversation: it is held again from its start, a few times.
  session_lost: 'final',
  // The bundle asked for something that cannot be done.
  invalid_input: 'final',
  unresolved_variable: 'final',
  prompt_not_found: 'final',
  tool_loop: 'final',
  tool_failed: 'final',
  step_failed: 'final',
  cost_limit: 'final',
  unsupported: 'final',
  // The run itself.
  item_timeout: 'final',
  worker_crashed: 'final',
  no_scenarios: 'final',
  internal: 'final',
} as const satisfies Record<string, 'retry' | 'final'>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Plain-data form of a failure, as it stands in records and reports. Texts have passed the scrubber. */
export interface Failure {
  code: ErrorCode;
  /** What happened and why, in one sentence. */
  message: string;
  /** What to do about it. */
  hint?: string;
  /** HTTP status or WebSocket close code of the other side, when there was one. */
  status?: number;
  /** The other side's own wish how long to wait, in milliseconds. */
  retryAfterMs?: number;
  /** Waiting is of no use, whatever the code says: a key that this process cannot come to, or all has been waited for. */
  lasting?: true;
}

/** A failure with a code. Anything else that is thrown counts as `internal`. */
export class ArenaError extends Error {
  override readonly name = 'ArenaError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.failure = failure;
  }

  get code(): ErrorCode {
    return this.failure.code;
  }
}

/** True for a failure of the kind that passes by itself: it says nothing about what was evaluated. */
export function isPassing(failure: Failure): boolean {
  return ERROR_CODES[failure.code] === 'retry';
}

/** True when the item may be dispatched again, because the failure passes by itself and has not been waited for. */
export function isRetryable(failure: Failure): boolean {
  return isPassing(failure) && failure.lasting !== true;
}

const OF_THE_PROVIDER: ReadonlySet<ErrorCode> = new Set([
  'unauthorized',
  'quota_exhausted',
  'connection_failed',
  'provider_unavailable',
] as const);

/** True when the failure says something about its provider rather than about one request: others would fail as well. */
export function isProviderWide(failure: Failure): boolean {
  // 529 asks for fewer calls, as 429 does: that is an affair of paces.
  return OF_THE_PROVIDER.has(failure.code) && failure.status !== 529 && failure.lasting !== true;
}

/** Failure of anything that was thrown. */
export function toFailure(error: unknown): Failure {
  if (error instanceof ArenaError) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message };
}
