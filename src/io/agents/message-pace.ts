/** An agent takes 50 messages a second on a connection and 100 at once; staying below leaves room for its clock. */
const PER_SECOND = 45;
const BURST = 90;

/** Spaces the messages of one connection. */
export class MessagePace {
  private tokens = BURST;
  private filledAt: number;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.filledAt = now();
  }

  /** Takes the place of the next message. Milliseconds until it may be sent. */
  take(): number {
    const now = this.now();
    this.tokens = Math.min(BURST, this.tokens + ((now - this.filledAt) / 1000) * PER_SECOND);
    this.filledAt = now;
    this.tokens -= 1;
    return this.tokens >= 0 ? 0 : (-this.tokens / PER_SECOND) * 1000;
  }
}
