/** What calls have used in sum. */
import type { Usage } from '../core/conversation.js';
import type { Completion } from '../core/provider.js';

export class Spending {
  readonly usage: Usage = {};
  /** US dollars; undefined once the cost of any call is unknown. */
  costUsd: number | undefined = 0;
  /** Milliseconds inside calls. */
  callMs = 0;

  add({ usage, costUsd, latencyMs }: Pick<Completion, 'usage' | 'costUsd' | 'latencyMs'>): void {
    this.callMs += latencyMs;
    this.costUsd = this.costUsd === undefined || costUsd === undefined ? undefined : this.costUsd + costUsd;
    this.addUsage(usage);
  }

  addUsage(usage: Usage | undefined): void {
    for (const name of ['inputTokens', 'outputTokens', 'cachedTokens'] as const) {
      const tokens = usage?.[name];
      if (tokens !== undefined) this.usage[name] = (this.usage[name] ?? 0) + tokens;
    }
  }
}
