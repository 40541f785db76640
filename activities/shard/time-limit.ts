import { MAX_TIMER_MS } from '../../src/core/duration.js';

/** Time that a conversation may take, with the times left out in which it only waits for its moment. */
export class TimeLimit {
  private timer: NodeJS.Timeout | undefined;
  private leftMs: number;
  private runningSince = 0;
  private pauses = 0;

  /** `over` is called once, when the time is up. */
  constructor(
    limitMs: number,
    private readonly over: () => void,
  ) {
    this.leftMs = limitMs;
    this.run();
  }

  /** Does not count the time until the promise settles. */
  async without<T>(waiting: Promise<T>): Promise<T> {
    this.pauses += 1;
    if (this.pauses === 1) {
      this.leftMs -= performance.now() - this.runningSince;
      clearTimeout(this.timer);
    }
    try {
      return await waiting;
    } finally {
      this.pauses -= 1;
      if (this.pauses === 0) this.run();
    }
  }

  stop(): void {
    // A pause that ends later must not start it again.
    this.pauses += 1;
    clearTimeout(this.timer);
  }

  private run(): void {
    this.runningSince = performance.now();
    this.timer = setTimeout(this.over, Math.min(MAX_TIMER_MS, Math.max(0, this.leftMs)));
  }
}
