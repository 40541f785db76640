import type { WorkAsk, WorkLease } from '../../src/core/load/lane.js';
import type { Completion } from '../../src/core/provider.js';

/** Time until a lane asks again that got nothing, in milliseconds. */
const ASK_AGAIN_MS = 1_000;

export interface WorkLeasesOptions {
  lane: number;
  /** Asks the workflow. */
  ask(ask: WorkAsk): Promise<WorkLease>;
  /** The test has a budget, or ends with its trials. */
  bounded: { budget: boolean; conversations: boolean };
  /** Nobody is to be asked now: the test is paused. */
  paused(): boolean;
}

/**
 * What a lane may still begin: of the budget, and of the conversations of a test that ends with its trials. It leases
 * both in blocks from the workflow, which knows of all lanes, and counts what answers really cost.
 */
export class WorkLeases {
  /** What may be used, and what was used since the last ask. */
  private allowed: { usd: number; tokens: number } = { usd: 0, tokens: 0 };
  private block: { usd: number; tokens: number } = { usd: 0, tokens: 0 };
  private used = { usd: 0, tokens: 0 };
  private asking: Promise<void> | undefined;
  private conversations = { from: 0, to: 0 };
  private leasing: Promise<void> | undefined;
  private exhausted = false;
  private timer: NodeJS.Timeout | undefined;
  private closed: Error | undefined;
  private waiters: (() => void)[] = [];

  constructor(private readonly options: WorkLeasesOptions) {
    if (!options.bounded.budget) this.allowed = { usd: Infinity, tokens: Infinity };
  }

  /** A request may be sent. */
  get open(): boolean {
    return this.allowed.usd > this.used.usd && this.allowed.tokens > this.used.tokens;
  }

  /** Numbers that were leased and not used. */
  get left(): { from: number; to: number } | undefined {
    return this.conversations.from < this.conversations.to ? { ...this.conversations } : undefined;
  }

  /** Waits until a request may be sent. Rejects when none may be any more, or with the signal's reason. */
  async admit(signal: AbortSignal): Promise<void> {
    while (!this.open) {
      signal.throwIfAborted();
      if (this.closed !== undefined) throw this.closed;
      this.refill();
      await this.news(signal);
    }
  }

  /** Asks for a first part of the budget, so that nothing waits for it when the test begins. */
  refill(): void {
    if (!this.options.bounded.budget || this.asking !== undefined || this.timer !== undefined) return;
    this.asking = this.askForBudget().finally(() => {
      this.asking = undefined;
      this.wake();
    });
  }

  /** An answer has come. */
  spend({ usage = {}, costUsd = 0 }: Pick<Completion, 'usage' | 'costUsd'>): void {
    this.used.usd += costUsd;
    this.used.tokens += (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
    if (!this.options.bounded.budget) return;
    const isLow = (key: 'usd' | 'tokens'): boolean => this.allowed[key] - this.used[key] <= this.block[key] / 2;
    if (isLow('usd') || isLow('tokens')) this.refill();
  }

  /** Number of the next conversation; undefined when there is none any more. */
  async next(): Promise<number | undefined> {
    while (this.conversations.from >= this.conversations.to) {
      if (this.exhausted || this.closed !== undefined) return undefined;
      this.leasing ??= this.leaseConversations().finally(() => {
        this.leasing = undefined;
      });
      await this.leasing;
    }
    this.conversations.from += 1;
    return this.conversations.from - 1;
  }

  /** Nothing more begins: whoever waits for budget waits no longer, unless there is some. */
  close(reason: Error): void {
    this.closed = reason;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.wake();
  }

  /** Tells what was used since the last ask. */
  async settle(): Promise<void> {
    await this.asking;
    if (!this.options.bounded.budget || (this.used.usd === 0 && this.used.tokens === 0)) return;
    const { used } = this;
    this.used = { usd: 0, tokens: 0 };
    await this.options.ask({ lane: this.options.lane, used });
    this.allowed = { usd: 0, tokens: 0 };
  }

  private async askForBudget(): Promise<void> {
    if (this.options.paused()) {
      this.later();
      return;
    }
    try {
      await this.ask({});
    } catch {
      // It is asked again; until then what was leased holds.
      this.later();
      return;
    }
    if (!this.open) this.later();
  }

  /** A further block of the budget, if the test has one, in place of the rest of the last; and what else is wanted. */
  private async ask(wanted: Pick<WorkAsk, 'conversations'>): Promise<WorkLease> {
    const { lane, bounded, ask } = this.options;
    const told = { ...this.used };
    const lease = await ask({ lane, used: told, ...(bounded.budget ? { budget: true } : {}), ...wanted });
    // What was used meanwhile is of the new block.
    this.used = { usd: this.used.usd - told.usd, tokens: this.used.tokens - told.tokens };
    const { usd = Infinity, tokens = Infinity } = lease;
    this.allowed = { usd, tokens };
    this.block = { usd: Number.isFinite(usd) ? usd : 0, tokens: Number.isFinite(tokens) ? tokens : 0 };
    return lease;
  }

  private later(): void {
    if (this.closed !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.refill();
    }, ASK_AGAIN_MS);
  }

  private async leaseConversations(): Promise<void> {
    try {
      // Two asks at a time would tell the same use twice.
      await this.asking;
      const asking = this.ask({ conversations: true });
      this.asking = asking.then(
        () => undefined,
        () => undefined,
      );
      const lease = await asking;
      this.conversations = lease.conversations ?? { from: 0, to: 0 };
      this.exhausted = this.conversations.from >= this.conversations.to;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    } finally {
      this.asking = undefined;
      this.wake();
    }
  }

  private async news(signal: AbortSignal): Promise<void> {
    let tell: () => void = () => undefined;
    const abort = (): void => tell();
    await new Promise<void>((resolve) => {
      tell = resolve;
      this.waiters.push(resolve);
      signal.addEventListener('abort', abort, { once: true });
    });
    signal.removeEventListener('abort', abort);
  }

  private wake(): void {
    for (const wake of this.waiters.splice(0)) wake();
  }
}
