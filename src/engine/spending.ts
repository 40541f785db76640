/** What calls have used in sum. */
import type { CachedCalls, Usage } from '../core/conversation.js';
import type { Completion } from '../core/provider.js';

/** Tokens and money of calls that were made, or of those that the cache saved. */
class Sum {
  calls = 0;
  readonly usage: Usage = {};
  /** US dollars; undefined once the cost of any call is unknown. */
  costUsd: number | undefined = 0;

  add(usage: Usage | undefined, costUsd: number | undefined): void {
    this.costUsd = this.costUsd === undefined || costUsd === undefined ? undefined : this.costUsd + costUsd;
    for (const name of ['inputTokens', 'outputTokens', 'cachedTokens'] as const) {
      const tokens = usage?.[name];
      if (tokens !== undefined) this.usage[name] = (this.usage[name] ?? 0) + tokens;
    }
  }
}

export class Spending {
  /** Milliseconds inside calls; answers from the cache count as the calls that brought them there. */
  callMs = 0;
  private readonly paid = new Sum();
  private readonly saved = new Sum();

  add({ usage, costUsd, latencyMs, cached }: Pick<Completion, 'usage' | 'costUsd' | 'latencyMs' | 'cached'>): void {
    this.callMs += latencyMs;
    const sum = cached ? this.saved : this.paid;
    sum.calls += 1;
    sum.add(usage, costUsd);
  }

  /** Nothing was added. */
  get isEmpty(): boolean {
    return this.paid.calls === 0 && this.saved.calls === 0;
  }

  /** Adds all that another has counted, but for its time. */
  addAll(other: Spending): void {
    this.paid.calls += other.paid.calls;
    this.paid.add(other.usage, other.costUsd);
    this.saved.calls += other.saved.calls;
    this.saved.add(other.saved.usage, other.saved.costUsd);
  }

  /** Of calls that were made. */
  get usage(): Usage {
    return this.paid.usage;
  }

  /** US dollars for calls that were made; undefined once the cost of any is unknown. */
  get costUsd(): number | undefined {
    return this.paid.costUsd;
  }

  /** What came from the cache; undefined when nothing did. */
  get cached(): CachedCalls | undefined {
    const { calls, usage, costUsd } = this.saved;
    return calls === 0 ? undefined : { calls, usage, savedUsd: costUsd };
  }

  /** As if there were no cache: verdicts must not depend on where an answer came from. */
  get worth(): { usage: Usage; costUsd: number | undefined } {
    const { usage, costUsd } = this.paid;
    if (this.saved.calls === 0) return { usage, costUsd };
    const all = new Sum();
    for (const sum of [this.paid, this.saved]) all.add(sum.usage, sum.costUsd);
    return { usage: all.usage, costUsd: all.costUsd };
  }
}
