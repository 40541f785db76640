import type { Clock } from '../../../k8s/controller/clock.js';

/** Time that passes only when told to. */
export class ManualClock implements Clock {
  private time = Date.parse('2026-01-01T00:00:00Z');
  private readonly timers = new Set<{ at: number; call: () => void }>();

  /** @param chance what `random` gives */
  constructor(private readonly chance = 0) {}

  now(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.time + ms, call };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Time from now to the next timer; undefined: there is none. */
  get next(): number | undefined {
    const times = [...this.timers].map(({ at }) => at);
    return times.length === 0 ? undefined : Math.min(...times) - this.time;
  }

  /** Lets time pass, and whoever waits for a moment within it go on at that moment. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const [due] = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (due === undefined) break;
      this.time = Math.max(this.time, due.at);
      this.timers.delete(due);
      due.call();
      await settled();
    }
    this.time = end;
  }
}

/** Everything that needs no time has happened. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
