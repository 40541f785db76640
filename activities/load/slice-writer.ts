import type { LoadSlice } from '../../src/core/load/load-slice.js';
import type { LoadMeter } from './load-meter.js';

const SECOND_MS = 1_000;
/** Timers may fire a little early: without this a second would now and then be told in two parts. */
const AFTER_SECOND_MS = 2;

export interface SliceWriterOptions {
  meter: LoadMeter;
  /** Settles when the slice is durable. */
  append(slice: LoadSlice): Promise<void>;
  /** When the test began, in milliseconds since the epoch. */
  startedAt: number;
  /** The test's clock up to which the lane has begun what was due, in milliseconds. */
  settledMs(): number;
  /** The lane may not begin anything now. */
  stalled(): boolean;
  /** Told of each slice, for the heartbeat. */
  onSlice(slice: LoadSlice): void;
  onFailure(error: unknown): void;
}

/** Writes down what a lane has counted, once a second: what a killed process takes along is no more than that. */
export class SliceWriter {
  private timer: NodeJS.Timeout | undefined;
  private second: number;
  private fromMs: number;
  private written: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SliceWriterOptions) {
    this.second = this.currentSecond;
    this.fromMs = options.settledMs();
  }

  start(): void {
    const sinceStart = Date.now() - this.options.startedAt;
    const intoSecond = ((sinceStart % SECOND_MS) + SECOND_MS) % SECOND_MS;
    this.timer = setTimeout(
      () => {
        if (this.currentSecond > this.second) this.flush();
        this.start();
      },
      SECOND_MS - intoSecond + AFTER_SECOND_MS,
    );
  }

  /** Writes what is left, and that nothing follows, unless something is open still. Rejects when something could not be written. */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    this.flush(this.options.meter.open === 0 ? { last: true } : {});
    await this.written;
  }

  /** Writes nothing more. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private flush(end: { last?: true } = {}): void {
    const { meter, append, settledMs, stalled, onSlice, onFailure } = this.options;
    const toMs = Math.max(this.fromMs, settledMs());
    const clock = { fromMs: this.fromMs, toMs };
    const counted = meter.take(this.currentSecond);
    const slice: LoadSlice = {
      ...counted,
      second: this.second,
      clock,
      ...(stalled() ? { stalled: true } : {}),
      ...end,
    };
    this.second = this.currentSecond;
    this.fromMs = toMs;
    onSlice(slice);
    const written = append(slice);
    written.catch(onFailure);
    this.written = Promise.all([this.written, written]);
    this.written.catch(() => undefined);
  }

  /** Before its beginning a test has no seconds: a lane that is up early counts for the first one. */
  private get currentSecond(): number {
    return Math.max(0, Math.floor((Date.now() - this.options.startedAt) / SECOND_MS));
  }
}
