/** What this process knows of a service that refuses calls as too many. All times in milliseconds of a steady clock. */
import { type Failure, isRetryable } from '../../src/core/errors.js';

/** Wait where the service does not say how long: 1 s, 2 s, 4 s … */
const FIRST_HOLD_MS = 1000;
const LONGEST_OWN_HOLD_MS = 30_000;

/** However long a service asks to be left alone, it is tried again after this time. */
const LONGEST_HOLD_MS = 10 * 60_000;

/** A service that has refused everything for so long is waited for no more. */
const PATIENCE_MS = 10 * 60_000;

export class Refusals {
  closedUntil = Number.NEGATIVE_INFINITY;
  /** The last refusal; undefined while calls succeed. */
  last: Failure | undefined;
  /** When it was last learned that the service refuses calls: a call that began earlier could not know. */
  private learnedAt = Number.NEGATIVE_INFINITY;
  private sinceAt = 0;
  private inRow = 0;

  /**
   * Notes a failed call. `known` when the refusal is no news, because another call that began no later has been refused
   * meanwhile; undefined when the failure is none of this kind.
   */
  note(failure: Failure, beganAt: number, now: number): 'news' | 'known' | undefined {
    if (!isThrottle(failure)) return undefined;
    const isNews = beganAt >= this.learnedAt;
    if (isNews) {
      if (this.last === undefined) this.sinceAt = now;
      this.learnedAt = now;
      this.inRow += 1;
    }
    this.last = failure;
    const own = Math.min(LONGEST_OWN_HOLD_MS, FIRST_HOLD_MS * 2 ** (this.inRow - 1));
    this.hold(now + Math.min(LONGEST_HOLD_MS, failure.retryAfterMs ?? own));
    return isNews ? 'news' : 'known';
  }

  /** A call that began at this time succeeded. */
  success(beganAt: number): void {
    if (beganAt < this.learnedAt) return;
    this.inRow = 0;
    this.last = undefined;
  }

  /** Others were told to wait until then. */
  hold(until: number): void {
    this.closedUntil = Math.max(this.closedUntil, until);
  }

  /** Set when it makes no sense to wait any longer: the service has refused everything for many minutes. */
  lost(now: number): Failure | undefined {
    return this.closedUntil > now && now - this.sinceAt > PATIENCE_MS ? this.last : undefined;
  }
}

/** 529 is how Anthropic says that it is overloaded. */
function isThrottle(failure: Failure): boolean {
  return failure.code === 'rate_limited' || (failure.status === 529 && isRetryable(failure));
}
