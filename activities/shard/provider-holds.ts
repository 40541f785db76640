import type { ProviderStanding } from '../../src/core/hold.js';
import type { ShardWork } from '../../src/core/shard.js';
import type { CallGate, GatedCall, Pass } from './call-gate.js';
import { ProviderLine } from './provider-line.js';

/** Which providers are down, as far as this process knows it for one run: their calls do not get past it. */
export class ProviderHolds implements CallGate {
  private readonly lines = new Map<string, ProviderLine>();

  /**
   * @param holdMs How long the run waits for a provider, in milliseconds; 0: not at all.
   * @param now Milliseconds of any steady clock.
   */
  constructor(
    private readonly holdMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  enter(call: GatedCall): Pass | Promise<Pass> {
    return this.lineTo(call.provider).enter(call);
  }

  /** A shard begins: what the run knows when it is dispatched. */
  beginShard(work: ShardWork, standings: readonly ProviderStanding[]): void {
    for (const standing of standings) this.lineTo(standing.provider).learn(standing, true);
    if (work.kind === 'held') this.lineTo(work.provider).allowProbe();
    // Whoever tries again wants an answer, not the memory of an old failure.
    if (work.kind === 'deferred' || work.kind === 'failed') for (const line of this.lines.values()) line.reconsider();
  }

  /** What the run tells while shards are under way. */
  learn(standings: readonly ProviderStanding[]): void {
    for (const standing of standings) this.lineTo(standing.provider).learn(standing, false);
  }

  /** Of the providers that were held when a shard began those that have answered since. */
  recovered(standings: readonly ProviderStanding[]): string[] {
    return standings.flatMap(({ provider, held }) =>
      held !== undefined && this.lineTo(provider).isUp ? [provider] : [],
    );
  }

  private lineTo(provider: string): ProviderLine {
    let line = this.lines.get(provider);
    if (line === undefined) {
      line = new ProviderLine({ provider, holdMs: this.holdMs, now: this.now });
      this.lines.set(provider, line);
    }
    return line;
  }
}
