/**
 * How a worker's clock stands to the limiter's. Each answer says when it was made, and that was between sending and
 * receiving: together the answers leave ever less room for doubt.
 */
export class LimiterClock {
  private least = Number.NEGATIVE_INFINITY;
  private most = Number.POSITIVE_INFINITY;
  private learnedAt = 0;

  /**
   * @param sentAt when the question was sent, on the worker's clock
   * @param receivedAt when the answer came, on the worker's clock
   * @param answeredAt when the answer was made, on the limiter's clock
   */
  learn(sentAt: number, receivedAt: number, answeredAt: number): void {
    const drift = (receivedAt - this.learnedAt) * DRIFT;
    this.learnedAt = receivedAt;
    this.least = Math.max(this.least - drift, sentAt - answeredAt);
    this.most = Math.min(this.most + drift, receivedAt - answeredAt);
    if (this.least <= this.most) return;
    // One of the clocks was set, or this machine slept: only the newest answer counts.
    this.least = sentAt - answeredAt;
    this.most = receivedAt - answeredAt;
  }

  /** The moment of the limiter's clock on the worker's clock. Only after something was learned. */
  local(limiterTime: number): number {
    return limiterTime + (this.least + this.most) / 2;
  }
}

/** Clocks of computers run apart by less. */
const DRIFT = 1e-4;
