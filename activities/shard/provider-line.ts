import { ArenaError, type Failure, isProviderWide, isRetryable } from '../../src/core/errors.js';
import type { ProviderStanding } from '../../src/core/hold.js';
import type { CallEnd, GatedCall, Pass } from './call-gate.js';
import { Held } from './held.js';

export interface ProviderLineOptions {
  provider: string;
  /** How long the run waits for a provider, in milliseconds; 0: not at all. */
  holdMs: number;
  /** Milliseconds of any steady clock. */
  now(): number;
}

interface Down {
  failure: Failure;
  /** Nobody waits for it: calls end with the failure. */
  over: boolean;
}

/** What is remembered of a call that has failed, over its tries. */
interface FailedCall {
  failure: Failure;
  lastFailedAt: number;
}

/**
 * Calls given up in a row, none answered in between, after which a provider counts as down where nobody waits for it.
 * Then one call more or less is all the same, and the judgement is final: failures that pass, or that may be about one
 * request only, must come often.
 */
function evidenceForEver(failure: Failure): number {
  if (isRetryable(failure)) return 20;
  return failure.status === 403 ? 3 : 1;
}

/**
 * The line to one provider, for one run in one process. A provider is down when a call fails for a reason that is not
 * the call's own, and no call has been answered since it failed before, or, at the first failure, since it was made: what
 * was under way when the provider went down is answered a moment later, and says nothing.
 * While it is down one call at a time may find out whether it is up again, when the run says so; the conversations of
 * all others are set aside, or, where nobody waits for it, their calls refused.
 */
export class ProviderLine {
  private down: Down | undefined;
  private answeredAt = Number.NEGATIVE_INFINITY;
  /** Calls given up since the last answer. */
  private givenUp = 0;
  private releases = 0;
  private mayProbe = false;
  private probe: { ended: Promise<void>; end(): void } | undefined;
  private readonly failedCalls = new WeakMap<GatedCall, FailedCall>();

  constructor(private readonly options: ProviderLineOptions) {}

  get isUp(): boolean {
    return this.down === undefined;
  }

  enter(call: GatedCall): Pass | Promise<Pass> {
    return this.down === undefined ? this.pass(call, false) : this.enterWhileDown(call);
  }

  /** Takes in how the provider stands for the run. `atStart`: told with a shard that begins now. */
  learn({ releases, held, over }: ProviderStanding, atStart: boolean): void {
    if (releases < this.releases) return;
    const isNews = releases > this.releases;
    this.releases = releases;
    if (over !== undefined) {
      this.down = { failure: over, over: true };
      return;
    }
    if (this.down !== undefined && isNews) {
      this.down.over = false;
      this.mayProbe = true;
    }
    if (held === undefined || !atStart || this.down !== undefined) return;
    // Others find it down. Where it has answered, one call may tell that it does so still.
    this.mayProbe = this.answeredAt > Number.NEGATIVE_INFINITY;
    this.down = { failure: held, over: false };
  }

  /** The next call may find out whether the provider is up again. */
  allowProbe(): void {
    if (this.down?.over === false) this.mayProbe = true;
  }

  /** Items come again although nobody waits for the provider: it gets another chance. */
  reconsider(): void {
    if (this.options.holdMs > 0 || this.down === undefined) return;
    this.down.over = false;
    this.mayProbe = true;
  }

  private async enterWhileDown(call: GatedCall): Promise<Pass> {
    for (;;) {
      if (this.down === undefined) return this.pass(call, false);
      if (this.down.over) throw this.refusal(call, this.down.failure);
      if (this.probe !== undefined) await orAborted(this.probe.ended, call.signal);
      else if (this.mayProbe) return this.beginProbe(call);
      else call.setAside(new Held(this.options.provider, this.down.failure, this.failedCalls.has(call)));
    }
  }

  private refusal(call: GatedCall, failure: Failure): ArenaError {
    const own = this.failedCalls.get(call);
    if (own !== undefined) return new ArenaError(own.failure);
    if (this.options.holdMs > 0) return new ArenaError(failure);
    return new ArenaError({ ...failure, message: `not asked: ${failure.message}` });
  }

  private beginProbe(call: GatedCall): Pass {
    this.mayProbe = false;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.probe = { ended, end };
    return this.pass(call, true);
  }

  private pass(call: GatedCall, isProbe: boolean): Pass {
    const startedAt = this.options.now();
    return {
      expired: () => this.down !== undefined && !isProbe,
      end: (end) => {
        const again = this.take(call, end, startedAt, isProbe);
        if (isProbe) {
          this.probe?.end();
          this.probe = undefined;
        }
        return again;
      },
    };
  }

  /** Learns from the end of a call. True when the call is to come again, to be set aside or to be made once more. */
  private take(call: GatedCall, end: CallEnd, startedAt: number, isProbe: boolean): boolean {
    if ('completion' in end) this.answered();
    if ('notCalled' in end && isProbe) this.mayProbe = true;
    if (!('failure' in end)) return false;
    const { failure, retrying } = end;
    if (isProviderWide(failure)) return this.failed(call, failure, retrying === true, startedAt);
    // It answers, and knows who asks, if not as one would like.
    if (failure.status !== undefined) this.answered();
    // It neither answers nor refuses. Where nobody waits for it, the next call has to find out.
    else if (isProbe && this.options.holdMs === 0) this.mayProbe = true;
    return false;
  }

  private answered(): void {
    this.answeredAt = this.options.now();
    this.givenUp = 0;
    this.down = undefined;
    this.mayProbe = false;
  }

  private failed(call: GatedCall, failure: Failure, retrying: boolean, startedAt: number): boolean {
    const now = this.options.now();
    const known = this.failedCalls.get(call);
    const since = known?.lastFailedAt ?? startedAt;
    this.failedCalls.set(call, { failure, lastFailedAt: now });
    if (this.down !== undefined) return this.foundDown(this.down, failure);
    if (retrying) return false;
    // Somebody was answered since. A provider that went down in between is told from a call that is at fault itself by
    // one more look, where no tries in place have been that.
    if (this.answeredAt > since) return this.options.holdMs > 0 && known === undefined;
    // It was set aside for this again and again, others were answered, and it still fails: it is the conversation.
    if (call.suspect) return false;
    const { holdMs } = this.options;
    this.givenUp += 1;
    if (holdMs === 0 && this.givenUp < evidenceForEver(failure)) return false;
    this.down = { failure, over: holdMs === 0 };
    return holdMs > 0;
  }

  private foundDown(down: Down, failure: Failure): boolean {
    if (down.over) return false;
    down.failure = failure;
    if (this.options.holdMs > 0) return true;
    down.over = true;
    return false;
  }
}

/** Waits for the end of a probe. Rejects with the signal's reason when it is aborted first. */
async function orAborted(ended: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([ended, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
