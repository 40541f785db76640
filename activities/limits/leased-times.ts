import type { Usage } from '../../src/core/conversation.js';
import { LimiterClock } from '../../src/core/limiter-clock.js';
import type { Limit } from '../../src/core/limiter-limits.js';
import { type Lease, type LeaseAsk, unpackTimes } from '../../src/core/limiter-messages.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import type { Allowance, Turn } from './allowance.js';
import { MAX_CALL_TOKENS, TokenEstimate } from './token-estimate.js';

/** Asks the limiter; rejects when it cannot be reached. The times are when the ask went out and the answer came. */
export type AskLimiter = (ask: LeaseAsk) => Promise<{ lease: Lease; sentAt: number; receivedAt: number }>;

export interface LeasedTimesOptions {
  worker: string;
  ask: AskLimiter;
  /** Milliseconds of a steady clock, the one of `AskLimiter`. */
  now(): number;
  /** Turns may have come, or the moment until which nothing may be sent. */
  onLease(heldUntil: number): void;
  /** The limiter was asked in vain for so long that nobody should wait for it any more. */
  onUnreachable(reason: unknown): void;
}

/** Calls that come together are asked for together, in milliseconds. */
const GATHER_MS = 5;

/** Time between two asks when the limiter cannot be reached: doubled each time. */
const RETRY_MS = { first: 500, longest: 5000 };

/** So long calls wait for a limiter that cannot be reached, in milliseconds. */
const UNREACHABLE_MS = 60_000;

/** For each call that waits besides the first so many more are expected soon: their conversations go on. */
const FOLLOWERS = 3;

/** Turns at the times that the limiter of the key leases to this process. */
export class LeasedTimes implements Allowance {
  limits: Limit[] = [];
  private readonly clock = new LimiterClock();
  private readonly estimate = new TokenEstimate();
  /** On the limiter's clock, in order. */
  private times: { at: number; tokens: number }[] = [];
  private graceMs = 0;
  private tokensEach = 0;
  private estimated: CompletionRequest | undefined;
  private waiting = 0;
  private takenSinceAsk = 0;
  private asking = false;
  private askAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private unreachableSince: number | undefined;
  private roundTripMs = 200;
  /** To be told with the next ask. */
  private news: { tokensBeyond: number; succeeded: number; throttledMs?: number } = { tokensBeyond: 0, succeeded: 0 };

  constructor(private readonly options: LeasedTimesOptions) {}

  take(now: number): Turn | undefined {
    this.dropMissed(now);
    const [first] = this.times;
    if (first === undefined || this.clock.local(first.at) > now) return undefined;
    this.times.shift();
    this.takenSinceAsk += 1;
    return { until: this.clock.local(first.at) + this.graceMs, tokens: first.tokens };
  }

  nextAt(now: number): number | undefined {
    this.dropMissed(now);
    const [first] = this.times;
    return first === undefined ? undefined : this.clock.local(first.at);
  }

  unused({ tokens }: Turn): void {
    this.news.tokensBeyond -= tokens;
  }

  ended({ tokens }: Turn, isSuccess: boolean, used: Usage = {}): void {
    if (isSuccess) this.news.succeeded += 1;
    this.estimate.learn(used);
    const { inputTokens, outputTokens } = used;
    if (inputTokens === undefined && outputTokens === undefined) return;
    this.news.tokensBeyond += Math.min(MAX_CALL_TOKENS, (inputTokens ?? 0) + (outputTokens ?? 0)) - tokens;
  }

  refused(waitMs = 0): void {
    this.news.throttledMs = Math.max(this.news.throttledMs ?? 0, waitMs);
    this.askAt = Number.NEGATIVE_INFINITY;
    this.schedule();
  }

  wanted(waiting: number, first: CompletionRequest | undefined): void {
    this.waiting = waiting;
    if (first !== undefined && first !== this.estimated && this.limits.some(({ of }) => of === 'tokens')) {
      this.tokensEach = this.estimate.of(first);
      this.estimated = first;
    }
    this.schedule();
  }

  /** A time that has passed is lost: two requests in place of one could be one too many. */
  private dropMissed(now: number): void {
    for (;;) {
      const [first] = this.times;
      if (first === undefined || this.clock.local(first.at) + this.graceMs >= now) return;
      this.times.shift();
      this.news.tokensBeyond -= first.tokens;
    }
  }

  private get want(): number {
    const expected = Math.max(0, Math.min(this.takenSinceAsk, FOLLOWERS * (this.waiting - 1)));
    return Math.max(0, this.waiting + expected - this.times.length);
  }

  private schedule(): void {
    const isNeeded = this.want > 0 || this.news.throttledMs !== undefined;
    if (this.asking || this.timer !== undefined || !isNeeded) return;
    const waitMs = Math.max(GATHER_MS, this.askAt - this.options.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.ask();
    }, waitMs);
  }

  private async ask(): Promise<void> {
    const { options, news, tokensEach } = this;
    const ask: LeaseAsk = {
      worker: options.worker,
      limits: this.limits,
      want: this.want,
      tokensEach,
      roundTripMs: this.roundTripMs,
      ...news,
    };
    this.asking = true;
    this.news = { tokensBeyond: 0, succeeded: 0 };
    try {
      this.accept(await options.ask(ask), tokensEach);
    } catch (error) {
      this.keep(news);
      this.missed(error);
    } finally {
      this.asking = false;
    }
    this.schedule();
  }

  private accept({ lease, sentAt, receivedAt }: Awaited<ReturnType<AskLimiter>>, tokens: number): void {
    this.clock.learn(sentAt, receivedAt, lease.now);
    this.times.push(...unpackTimes(lease.times).map((at) => ({ at, tokens })));
    this.graceMs = lease.graceMs;
    this.roundTripMs = receivedAt - sentAt;
    this.askAt = sentAt + lease.askAgainMs;
    this.takenSinceAsk = 0;
    this.failures = 0;
    this.unreachableSince = undefined;
    this.options.onLease(this.clock.local(lease.heldUntil));
  }

  private missed(error: unknown): void {
    const now = this.options.now();
    this.askAt = now + Math.min(RETRY_MS.longest, RETRY_MS.first * 2 ** this.failures);
    this.failures += 1;
    this.unreachableSince ??= now;
    if (now - this.unreachableSince >= UNREACHABLE_MS) this.options.onUnreachable(error);
  }

  /** What was to be told has not arrived. */
  private keep({ tokensBeyond, succeeded, throttledMs }: typeof this.news): void {
    this.news.tokensBeyond += tokensBeyond;
    this.news.succeeded += succeeded;
    if (throttledMs !== undefined) this.news.throttledMs = Math.max(this.news.throttledMs ?? 0, throttledMs);
  }
}
