/** One heartbeat with acknowledgement: how the other side answered. */
export type HeartbeatAnswer = 'acknowledged' | 'cancel-requested' | 'lost' | 'unreachable';

export interface LeaseOptions {
  /** Sends a heartbeat and waits for the answer. Must settle by itself. */
  beat(): Promise<HeartbeatAnswer>;
  /** Heartbeat timeout of the activity, in milliseconds. */
  timeoutMs: number;
  /** Time between heartbeats, in milliseconds. */
  intervalMs: number;
  onCancelRequested(): void;
  /** The attempt is not ours any more, or may not be: nothing must be started from here on. */
  onLost(): void;
}

/** An attempt whose heartbeats nobody acknowledged for this many timeouts gives up. */
const GIVE_UP_TIMEOUTS = 3;

/**
 * The right of one attempt to make calls. Two attempts of a shard may be alive at once (a worker cut off from Temporal,
 * a laptop asleep), so an attempt starts no call when its last acknowledged heartbeat is older than half the timeout:
 * the next attempt cannot have begun by then.
 */
export class Lease {
  private acknowledgedAt = clocks();
  private state: 'held' | 'lost' = 'held';
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private waiters: (() => void)[] = [];

  constructor(private readonly options: LeaseOptions) {}

  start(): void {
    this.timer = setTimeout(() => void this.beat(), this.options.intervalMs);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.wake();
  }

  /** True when a call may start now. */
  get fresh(): boolean {
    return this.state === 'held' && this.ageMs() <= this.options.timeoutMs / 2;
  }

  /** Waits until a call may start, or the lease is lost or stopped; the caller asks `fresh` again. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  private ageMs(): number {
    const now = clocks();
    // The monotonic clock stands still while the machine sleeps, the wall clock may be set back: believe the later one.
    return Math.max(now.wall - this.acknowledgedAt.wall, now.monotonic - this.acknowledgedAt.monotonic);
  }

  private async beat(): Promise<void> {
    const sentAt = clocks();
    const answer = await this.options.beat();
    if (this.stopped) return;
    if (answer === 'acknowledged' || answer === 'cancel-requested') this.acknowledgedAt = sentAt;
    if (answer === 'cancel-requested') this.options.onCancelRequested();
    if (answer === 'lost' || this.ageMs() > GIVE_UP_TIMEOUTS * this.options.timeoutMs) {
      this.state = 'lost';
      this.options.onLost();
    } else {
      this.start();
    }
    this.wake();
  }

  private wake(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const wake of waiters) wake();
  }
}

function clocks(): { wall: number; monotonic: number } {
  return { wall: Date.now(), monotonic: performance.now() };
}
