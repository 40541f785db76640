import { changeAt, type LoadChange, type LoadControl, testTime } from '../../src/core/load/load-control.js';

/** The test's clock and what holds, as a lane knows them; wakes the lane when it is told something new. */
export class LaneClock {
  private wakers: (() => void)[] = [];

  constructor(private control: LoadControl) {}

  /** Milliseconds of the test's clock; below 0 before the test. */
  get now(): number {
    return testTime(this.control, Date.now());
  }

  get paused(): boolean {
    return this.control.pausedAt !== undefined;
  }

  /** Nothing begins from this time on. */
  get stopAtMs(): number {
    return this.control.stopAtMs ?? Infinity;
  }

  get startedAt(): number {
    return this.control.startedAt;
  }

  /** What holds at a time. */
  at(ms: number): LoadChange | undefined {
    return changeAt(this.control.changes, ms);
  }

  /** The next change after a time. */
  after(ms: number): LoadChange | undefined {
    return this.control.changes.find(({ atMs }) => atMs > ms);
  }

  /** The moment of a time of the test's clock, in milliseconds since the epoch, if it does not stand until then. */
  epochOf(ms: number): number {
    return this.control.startedAt + this.control.pausedMs + ms;
  }

  learn(control: LoadControl): void {
    this.control = control;
    this.wake();
  }

  wake(): void {
    for (const wake of this.wakers.splice(0)) wake();
  }

  /** Returns at a time of the test's clock, or when there is news. */
  async until(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const leftMs = this.paused ? Infinity : ms - this.now;
      const timer = Number.isFinite(leftMs) ? setTimeout(() => this.wake(), Math.max(0, leftMs)) : undefined;
      this.wakers.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
