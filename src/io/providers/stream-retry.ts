/** Starts a stream again that broke: within the call, so that its conversation does not notice. */
import { parseDurationMs } from '../../core/duration.js';
import { ArenaError, type ErrorCode, toFailure } from '../../core/errors.js';
import type { CompleteOptions, Completion } from '../../core/provider.js';
import type { ProviderSpec } from '../../schema/provider.js';
import { pause } from '../pause.js';
import type { AnswerReader } from './answer-reader.js';
import { SilentAnswer } from './broken-call.js';

const DEFAULT_ATTEMPTS = 2;
const DEFAULT_INITIAL_DELAY_MS = 250;
const DEFAULT_MAX_DELAY_MS = 2000;

/** How far a call has come. */
export interface Underway {
  reader?: AnswerReader;
}

/** What breaks streams and passes by itself. Of time limits it is silence alone: see `SilentAnswer`. */
const BREAKS: ReadonlySet<ErrorCode> = new Set([
  'stream_cut',
  'connection_failed',
  'provider_unavailable',
  'rate_limited',
] as const);

type Written = NonNullable<ProviderSpec['stream_retry']>;

/** Undefined when streams that break stay broken. */
export function streamRetryOf({ stream_retry: written }: ProviderSpec): StreamRetry | undefined {
  if (written?.enabled !== true || (written.max_attempts ?? DEFAULT_ATTEMPTS) < 2) return undefined;
  return new StreamRetry(written);
}

export class StreamRetry {
  private readonly attempts: number;
  private readonly initialDelayMs: number;
  private readonly maxDelayMs: number;
  private readonly afterContent: boolean;
  private readonly budget: RetryBudget | undefined;

  constructor(written: Written) {
    this.attempts = written.max_attempts ?? DEFAULT_ATTEMPTS;
    this.initialDelayMs = delayMs(written.initial_delay, DEFAULT_INITIAL_DELAY_MS);
    this.maxDelayMs = delayMs(written.max_delay, DEFAULT_MAX_DELAY_MS);
    this.afterContent = written.window === 'always';
    this.budget = written.budget && new RetryBudget(written.budget);
  }

  /** The answer of the first try that is whole, with the waits between tries. Rejects as the last try did. */
  async run(
    attempt: (underway: Underway) => Promise<Completion>,
    { signal, again }: CompleteOptions,
  ): Promise<Completion> {
    let waitedMs = 0;
    for (let tries = 1; ; tries += 1) {
      const underway: Underway = {};
      try {
        const completion = await attempt(underway);
        if (waitedMs > 0) completion.waitMs = (completion.waitMs ?? 0) + waitedMs;
        return completion;
      } catch (error) {
        signal.throwIfAborted();
        const waitMs = this.waitAfter(error, tries, underway);
        if (waitMs === undefined) throw error;
        const pausedAt = performance.now();
        await pause(waitMs, signal);
        await again?.(toFailure(error));
        waitedMs += performance.now() - pausedAt;
      }
    }
  }

  /** Milliseconds until the next try; undefined when there is to be none. */
  private waitAfter(error: unknown, tries: number, { reader }: Underway): number | undefined {
    if (tries >= this.attempts || !(error instanceof ArenaError)) return undefined;
    if (!BREAKS.has(error.code) && !(error instanceof SilentAnswer)) return undefined;
    if (reader?.firstTokenAt !== undefined && !this.afterContent) return undefined;
    const asked = error.failure.retryAfterMs ?? 0;
    if (asked > this.maxDelayMs || this.budget?.take() === false) return undefined;
    const delayMs = Math.min(this.maxDelayMs, this.initialDelayMs * 2 ** (tries - 1));
    // Calls that broke together do not come back together.
    return Math.max(asked, delayMs * (0.5 + Math.random() / 2));
  }
}

/** Tries that all calls of a provider share: a service that is down is not asked twice as often for it. */
class RetryBudget {
  private readonly burst: number;
  private readonly ratePerMs: number;
  private left: number;
  private countedAt = performance.now();

  constructor({ burst = 1, rate_per_sec: rate = 0 }: NonNullable<Written['budget']>) {
    this.burst = burst;
    this.ratePerMs = rate / 1000;
    this.left = burst;
  }

  take(): boolean {
    const now = performance.now();
    this.left = Math.min(this.burst, this.left + (now - this.countedAt) * this.ratePerMs);
    this.countedAt = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}

function delayMs(written: string | undefined, usual: number): number {
  return (written === undefined ? undefined : parseDurationMs(written)) ?? usual;
}
