import { type ArrivalKind, Arrivals, type Share } from '../../src/core/load/arrivals.js';
import { endOf } from '../../src/core/load/course.js';
import type { LaneEnd } from '../../src/core/load/lane.js';
import type { LoadChange } from '../../src/core/load/load-control.js';
import type { ScenarioMix } from '../../src/core/load/scenario-mix.js';
import type { LaneClock } from './lane-clock.js';
import type { LoadMeter } from './load-meter.js';

/** Conversations that are due for longer than this are dropped: the process cannot keep up, and says so. */
const MAX_LATE_MS = 5_000;
/** Time for which conversations are begun without letting answers and heartbeats through, in milliseconds. */
const MAX_BUSY_MS = 10;
/** How often a lane looks whether it may begin something, in milliseconds. */
const LOOK_EVERY_MS = 50;
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
  /** Whether conversations may begin now; what is due meanwhile is late. Default: always. */
  ready?(): boolean;
  /** Holds a conversation: never rejects; gives the requests that it made. `dueAt`: milliseconds since the epoch. */
  hold(number: number, cell: number, dueAt: number): Promise<number>;
}

/** A lane of an open-model test: begins conversations when they are due, whether or not earlier ones have ended. */
export class OpenLane {
  private readonly expected: number[];
  private readonly open = new Set<Promise<void>>();
  private number = 0;
  private stopped = false;
  /** The test's clock at which it began nothing more. */
  private endedAtMs: number | undefined;
  private readonly startMs: number;
  private change: LoadChange | undefined;
  private arrivals: Arrivals | undefined;
  private busySince = 0;

  constructor(private readonly options: OpenLaneOptions) {
    this.expected = [...options.expected];
    this.startMs = Math.max(0, options.clock.now);
    this.change = options.clock.at(this.startMs);
    this.arrivals = this.arrivalsOf(this.change, this.startMs);
  }

  /** Begins nothing more. */
  stop(): void {
    this.endedAtMs ??= this.settledMs;
    this.stopped = true;
    this.options.clock.wake();
  }

  /** The test's clock up to which what was due has begun or was dropped. */
  get settledMs(): number {
    if (this.endedAtMs !== undefined) return this.endedAtMs;
    const { now } = this.options.clock;
    return Math.max(this.startMs, Math.min(now, this.arrivals?.next() ?? now, this.next?.atMs ?? now));
  }

  /** What takes the place of what holds. */
  private get next(): LoadChange | undefined {
    return this.change === undefined ? undefined : this.options.clock.after(this.change.atMs);
  }

  /** Returns when nothing more is due; conversations may still be open. */
  async run(): Promise<LaneEnd> {
    const { clock } = this.options;
    this.busySince = performance.now();
    while (!this.stopped) {
      const step = this.step(clock.now);
      if (typeof step === 'string') return step;
      // Whoever is due is begun without a pause in between.
      if (step !== undefined) await step;
    }
    return 'stopped';
  }

  /** Begins what is due next, or says how long to wait, or why nothing more is due. */
  private step(now: number): LaneEnd | Promise<void> | undefined {
    const { clock, ready = () => true } = this.options;
    if (!ready()) return this.halt(now);
    const { change, arrivals, next } = this;
    const due = arrivals?.next() ?? Infinity;
    if (next !== undefined && due >= next.atMs) {
      if (now < next.atMs) return clock.until(next.atMs);
      this.arrivals = this.follow(arrivals, next);
      this.change = next;
      return undefined;
    }
    if (due === Infinity) return this.idle(change, now);
    if (due >= clock.stopAtMs) return this.ends('stopped', clock.stopAtMs);
    if (clock.paused || due > now) return this.wait(due, now);
    arrivals?.take(this.arrive(due, now, arrivals));
    if (performance.now() - this.busySince <= MAX_BUSY_MS) return undefined;
    this.busySince = performance.now();
    return new Promise((resolve) => setImmediate(resolve));
  }

  private halt(now: number): LaneEnd | Promise<void> {
    return now >= this.options.clock.stopAtMs ? this.ends('stopped') : this.options.clock.until(now + LOOK_EVERY_MS);
  }

  private async wait(due: number, now: number): Promise<void> {
    const { clock } = this.options;
    // A pause may never end for a test that is stopped meanwhile.
    if (clock.paused && now >= clock.stopAtMs) this.stop();
    else await clock.until(due);
    this.busySince = performance.now();
  }

  /** Nothing more is due, as far as is known: until the end it may be told of another target. */
  private idle(change: LoadChange | undefined, now: number): LaneEnd | Promise<void> {
    const { stopAtMs } = this.options.clock;
    if (change === undefined || this.shareOf(change) === undefined) return this.ends('told');
    const endMs = Math.min(stopAtMs, endOf(change.course));
    if (now < endMs) return this.wait(endMs, now);
    return this.ends(endMs === stopAtMs ? 'stopped' : 'course', endMs);
  }

  private ends(why: LaneEnd, atMs = this.settledMs): LaneEnd {
    this.endedAtMs = atMs;
    return why;
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
