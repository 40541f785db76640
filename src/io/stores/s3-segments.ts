import type { SegmentPosition, SegmentWriter } from './store.js';

/** A line waits this long for company when nothing was written just before, in milliseconds. */
const FIRST_WAIT_MS = 15;

/**
 * Time between the starts of two objects, in milliseconds: each costs money, and a worker 2 ms of its processor. Together
 * with the writing itself, some tens of milliseconds, a line is durable within a quarter of a second.
 */
const INTERVAL_MS = 100;

/** A group that has grown so large is not held back any longer. */
const GROUP_BYTES = 4 * 1024 * 1024;

/** Objects that are written at the same time; on a slow line further lines gather meanwhile. */
const MAX_UNDER_WAY = 6;

interface Waiting {
  line: Buffer;
  settle(position: SegmentPosition): void;
  fail(error: unknown): void;
}

/**
 * Group commit into objects: lines that arrive close together become one object, `prefix/<seq>`, written whole. The
 * prefix is an attempt's own, so nobody else writes there, and writing an object again is harmless.
 *
 * Objects may become durable out of order. A line is only ever written when those that it builds on have been promised.
 * Once an object could not be written no further line is taken: what was to come after it would read as if nothing had
 * been lost.
 */
export class S3Segments implements SegmentWriter {
  private sequence = 0;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private startedAt = Number.NEGATIVE_INFINITY;
  private readonly underWay = new Set<Promise<void>>();
  private broken: { error: unknown } | undefined;
  private closed = false;

  /** `put` writes an object, trying again as long as that makes sense. */
  constructor(
    private readonly prefix: string,
    private readonly put: (key: string, value: Uint8Array) => Promise<void>,
  ) {}

  append(line: string): Promise<SegmentPosition> {
    if (this.closed) return Promise.reject(new Error(`segment ${this.prefix} is closed`));
    if (this.broken !== undefined) return Promise.reject(this.broken.error);
    return new Promise((settle, fail) => {
      const bytes = Buffer.from(`${line}\n`);
      this.waiting.push({ line: bytes, settle, fail });
      this.waitingBytes += bytes.byteLength;
      this.schedule();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    while (this.waiting.length > 0 || this.underWay.size > 0) {
      this.flush();
      await Promise.race(this.underWay);
    }
  }

  private schedule(): void {
    if (this.waiting.length === 0 || this.underWay.size >= MAX_UNDER_WAY) return;
    if (this.closed || this.waitingBytes >= GROUP_BYTES) {
      this.flush();
    } else {
      const waitMs = Math.max(FIRST_WAIT_MS, this.startedAt + INTERVAL_MS - performance.now());
      this.timer ??= setTimeout(() => this.flush(), waitMs);
    }
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.waiting.length === 0 || this.underWay.size >= MAX_UNDER_WAY) return;
    const group = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    this.startedAt = performance.now();
    this.sequence += 1;
    const key = `${this.prefix}/${String(this.sequence).padStart(6, '0')}`;
    const written: Promise<void> = this.write(key, group).finally(() => {
      this.underWay.delete(written);
      this.schedule();
    });
    this.underWay.add(written);
  }

  /** Never rejects: those who appended are told. */
  private async write(key: string, group: Waiting[]): Promise<void> {
    try {
      if (this.broken !== undefined) throw this.broken.error;
      await this.put(key, Buffer.concat(group.map(({ line }) => line)));
    } catch (error) {
      this.broken ??= { error };
      for (const entry of group) entry.fail(error);
      return;
    }
    let offset = 0;
    for (const { line, settle } of group) {
      settle({ key, offset, length: line.byteLength - 1 });
      offset += line.byteLength;
    }
  }
}
