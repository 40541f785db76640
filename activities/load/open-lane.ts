import { type ArrivalKind, Arrivals, type Share } from '../../src/core/load/arrivals.js';
import type { LoadChange } from '../../src/core/load/load-control.js';
import type { ScenarioMix } from '../../src/core/load/scenario-mix.js';
import type { LaneClock } from './lane-clock.js';
import type { LoadMeter } from './load-meter.js';

/** Conversations that are due for longer than this are dropped: the process cannot keep up, and says so. */
const MAX_LATE_MS = 5_000;
/** Time for which conversations are begun without letting answers and heartbeats through, in milliseconds. */
const MAX_BUSY_MS = 10;
/** Part of the expectation that one conversation shapes. */
const LEARNING = 0.05;

export interface OpenLaneOptions {
  lane: number;
  clock: LaneClock;
  kind: ArrivalKind;
  random(): number;
  mix: ScenarioMix;
  /** Requests that a conversation of each cell makes, as far as the bundle tells. */
  expected: readonly number[];
  /** Conversations in flight in this lane at most. */
  maxOpen: number;
  meter: LoadMeter;
  /** Holds a conversation: never rejects; gives the requests that it made. `dueAt`: milliseconds since the epoch. */
  hold(number: number, cell: number, dueAt: number): Promise<number>;
}

/** A lane of an open-model test: begins conversations when they are due, whether or not earlier ones have ended. */
export class OpenLane {
  private readonly expected: number[];
  private readonly open = new Set<Promise<void>>();
  private number = 0;
  private stopped = false;

  constructor(private readonly options: OpenLaneOptions) {
    this.expected = [...options.expected];
  }

  /** Begins nothing more. */
  stop(): void {
    this.stopped = true;
    this.options.clock.wake();
  }

  /** Returns when nothing more is due; conversations may still be open. */
  async run(): Promise<void> {
    const { clock } = this.options;
    const startMs = Math.max(0, clock.now);
    let change = clock.at(startMs);
    let arrivals = this.arrivalsOf(change, startMs);
    let busySince = performance.now();
    while (!this.stopped) {
      const now = clock.now;
      const next = change === undefined ? undefined : clock.after(change.atMs);
      const due = arrivals?.next() ?? Infinity;
      if (next !== undefined && due >= next.atMs) {
        if (now < next.atMs) {
          await clock.until(next.atMs);
          continue;
        }
        arrivals = this.follow(arrivals, next);
        change = next;
        continue;
      }
      if (due === Infinity || due >= clock.stopAtMs) return;
      if (clock.paused || due > now) {
        await clock.until(due);
        busySince = performance.now();
        continue;
      }
      arrivals?.take(this.arrive(due, now, arrivals));
      if (performance.now() - busySince > MAX_BUSY_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        busySince = performance.now();
      }
    }
  }

  /** Returns when no conversation is open any more. */
  async drained(): Promise<void> {
    while (this.open.size > 0) await Promise.all(this.open);
  }

  private follow(arrivals: Arrivals | undefined, change: LoadChange): Arrivals | undefined {
    const share = this.shareOf(change);
    if (share === undefined) return undefined;
    if (arrivals === undefined) return this.arrivalsOf(change, change.atMs);
    arrivals.change(change.atMs, change.course, share);
    return arrivals;
  }

  private arrivalsOf(change: LoadChange | undefined, startMs: number): Arrivals | undefined {
    const share = change && this.shareOf(change);
    if (change === undefined || share === undefined) return undefined;
    const { kind, random } = this.options;
    return new Arrivals(kind, change.course, share, random, startMs);
  }

  private shareOf({ lanes }: LoadChange): Share | undefined {
    const place = lanes.indexOf(this.options.lane);
    return place === -1 ? undefined : { place, of: lanes.length };
  }

  /** Begins the conversation that is due, or drops it; gives the requests that it takes of the account. */
  private arrive(due: number, now: number, arrivals: Arrivals): number {
    const { mix, clock, meter, maxOpen, hold } = this.options;
    const cell = mix.at(this.number);
    const expected = this.expected[cell] ?? 1;
    const lateMs = now - due;
    if (lateMs > MAX_LATE_MS || this.open.size >= maxOpen) {
      meter.drop(expected);
      return expected;
    }
    meter.begin(lateMs);
    const held = hold(this.number, cell, clock.epochOf(due)).then((requests) => {
      this.open.delete(held);
      arrivals.correct(requests - expected);
      this.expected[cell] = expected + LEARNING * (requests - expected);
    });
    this.open.add(held);
    this.number += 1;
    return expected;
  }
}
