import type { Control } from '../../src/core/control.js';
import { RunPool } from './run-pool.js';

/** Time between two looks at the workflow's `control` query, in milliseconds. */
const POLL_MS = { usual: 1000, soon: 150 };

/**
 * A process without permits for this long gives a slot back. When a worker is lost for good, its shards wait with their
 * permits for a free slot; without this they would wait for ever behind shards that have none.
 */
const HAND_BACK_MS = 30_000;

/**
 * One run in this process: the pool of its shards, kept in step with the workflow by one query a second. A workflow
 * that cannot be asked changes nothing; leases end what must end.
 */
export class RunControl {
  readonly pool = new RunPool();
  private latest: Control | undefined;
  private timer: NodeJS.Timeout | undefined;
  private askedAt = 0;
  private withoutPermitsSince: number | undefined;

  constructor(private readonly ask: () => Promise<Control>) {}

  /** Starts asking; idempotent. `now`: the caller knows nothing yet, for example on a later attempt. */
  start(now: boolean): void {
    if (this.timer === undefined) this.timer = setInterval(() => void this.poll(), POLL_MS.soon);
    if (now) {
      this.askedAt = 0;
      void this.poll();
    }
  }

  stopWhenEmpty(): boolean {
    if (this.pool.size > 0) return false;
    clearInterval(this.timer);
    this.timer = undefined;
    return true;
  }

  /** The part of the run's permits that is fair for the shards that are here now, as far as is known. */
  fairShare(): number {
    if (this.latest === undefined) return Number.POSITIVE_INFINITY;
    const held = this.pool.size;
    const inFlight = Math.max(held, Object.keys(this.latest.grants).length);
    return (this.latest.limit * held) / inFlight;
  }

  private async poll(): Promise<void> {
    this.giveWay();
    const dueAfterMs = this.pool.starving || this.pool.isAhead ? POLL_MS.soon : POLL_MS.usual;
    if (performance.now() - this.askedAt < dueAfterMs && this.askedAt !== 0) return;
    this.askedAt = performance.now();
    try {
      this.latest = await this.ask();
      this.pool.raiseGrants(this.latest.grants);
      if (this.latest.paused) this.pool.pause();
    } catch {
      // The workflow is between workers, or the server is away: what is known stays true until the next look.
    }
  }

  private giveWay(): void {
    if (this.pool.limit > 0 || this.pool.size === 0) {
      this.withoutPermitsSince = undefined;
      return;
    }
    const now = performance.now();
    this.withoutPermitsSince ??= now;
    if (now - this.withoutPermitsSince < HAND_BACK_MS) return;
    this.withoutPermitsSince = now;
    this.pool.handBackLast();
  }
}
