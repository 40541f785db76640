import type { LoadSlice } from '../../src/core/load/load-slice.js';
import type { SegmentWriter } from '../../src/io/stores/store.js';
import type { LoadMeter } from './load-meter.js';

const SECOND_MS = 1_000;

/** Writes down what a lane has counted, once a second: what a killed process takes along is no more than that. */
export class SliceWriter {
  private timer: NodeJS.Timeout | undefined;
  private second: number;
  private written: Promise<unknown> = Promise.resolve();
  /** The newest slice, for the heartbeat. */
  latest: LoadSlice | undefined;

  /** @param startedAt when the test began, in milliseconds since the epoch */
  constructor(
    private readonly meter: LoadMeter,
    private readonly segments: SegmentWriter,
    private readonly startedAt: number,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.second = this.currentSecond;
  }

  start(): void {
    const intoSecond = (((Date.now() - this.startedAt) % SECOND_MS) + SECOND_MS) % SECOND_MS;
    this.timer = setTimeout(() => {
      this.flush();
      this.start();
    }, SECOND_MS - intoSecond);
  }

  /** Writes what is left. Rejects when something could not be written. */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    this.flush();
    await this.written;
  }

  private flush(): void {
    const slice = this.meter.take(this.currentSecond);
    slice.second = this.second;
    this.second = this.currentSecond;
    this.latest = slice;
    const written = this.segments.append(JSON.stringify(slice));
    written.catch(this.onFailure);
    this.written = Promise.all([this.written, written]);
    this.written.catch(() => undefined);
  }

  /** Before its beginning a test has no seconds: a lane that is up early counts for the first one. */
  private get currentSecond(): number {
    return Math.max(0, Math.floor((Date.now() - this.startedAt) / SECOND_MS));
  }
}
