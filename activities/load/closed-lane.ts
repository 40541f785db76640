import { endOf, targetAt } from '../../src/core/load/course.js';
import type { LaneEnd } from '../../src/core/load/lane.js';
import type { LaneClock } from './lane-clock.js';
import type { LoadMeter } from './load-meter.js';

/** How often the target is looked at while it changes, in milliseconds. */
const LOOK_EVERY_MS = 100;

export interface ClosedLaneOptions {
  lane: number;
  clock: LaneClock;
  /** Virtual users of this lane at most. */
  maxUsers: number;
  meter: LoadMeter;
  /** The next conversation, or undefined when there is none any more. */
  next(): Promise<{ number: number; cell: number } | undefined>;
  /** Holds a conversation: never rejects. `dueAt`: milliseconds since the epoch. */
  hold(number: number, cell: number, dueAt: number): Promise<number>;
}

/** A lane of a closed-model test: virtual users, each of whom begins a conversation when the last one has ended. */
export class ClosedLane {
  /** The users at work; the target may be below their number while conversations end. */
  private readonly users = new Set<Promise<void>>();
  private wanted = 0;
  private working = 0;
  private exhausted = false;
  private stopped = false;

  constructor(private readonly options: ClosedLaneOptions) {}

  /** The test's clock up to which it had its users at work. */
  get settledMs(): number {
    return Math.max(0, this.options.clock.now);
  }

  /** Begins nothing more. */
  stop(): void {
    this.stopped = true;
    this.wanted = 0;
    this.options.clock.wake();
  }

  /** Returns when nothing more is to begin; conversations may still be open. */
  async run(): Promise<LaneEnd> {
    const { clock, lane } = this.options;
    while (!this.stopped && !this.exhausted) {
      const now = clock.now;
      const change = clock.at(now);
      const course = change?.course ?? [];
      if (now >= clock.stopAtMs) return this.ends('stopped');
      const next = clock.after(now);
      if (next === undefined && change?.lanes.includes(lane) !== true) return this.ends('told');
      const end = Math.min(clock.stopAtMs, next?.atMs ?? endOf(course));
      if (now >= end && !clock.paused) return this.ends('course');
      this.wanted = clock.paused ? 0 : this.shareOf(Math.round(targetAt(course, now)), change?.lanes ?? []);
      while (this.working < this.wanted) this.admit();
      await clock.until(Math.min(end, now + LOOK_EVERY_MS));
    }
    return this.ends(this.exhausted ? 'exhausted' : 'stopped');
  }

  private ends(why: LaneEnd): LaneEnd {
    this.wanted = 0;
    return why;
  }

  /** Returns when no conversation is open any more. */
  async drained(): Promise<void> {
    while (this.users.size > 0) await Promise.all(this.users);
  }

  /** Users of this lane when so many are wanted on all. */
  private shareOf(users: number, lanes: readonly number[]): number {
    const place = lanes.indexOf(this.options.lane);
    if (place === -1) return 0;
    const share = Math.floor(users / lanes.length) + (place < users % lanes.length ? 1 : 0);
    return Math.min(share, this.options.maxUsers);
  }

  private admit(): void {
    this.working += 1;
    const user = this.work().finally(() => {
      this.users.delete(user);
    });
    this.users.add(user);
  }

  private async work(): Promise<void> {
    const { next, hold, meter, clock } = this.options;
    try {
      while (this.working <= this.wanted) {
        const item = await next();
        if (item === undefined) {
          this.exhausted = true;
          clock.wake();
          return;
        }
        meter.begin(0);
        await hold(item.number, item.cell, Date.now());
      }
    } finally {
      this.working -= 1;
    }
  }
}
