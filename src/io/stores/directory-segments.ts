import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SegmentPosition, SegmentWriter } from './store.js';

/** A new file is begun beyond this, so that a reader can hold one whole. */
const MAX_SEGMENT_BYTES = 8 * 1024 * 1024;

/** Time a line waits for company before it is written and synced, in milliseconds; more join while others are synced. */
const GROUP_MS = 3;

interface Waiting {
  line: Buffer;
  settle(position: SegmentPosition): void;
  fail(error: unknown): void;
}

/** Group commit into files: lines that arrive close together share one write and one fdatasync. */
export class DirectorySegments implements SegmentWriter {
  private sequence = 0;
  private file: FileHandle | undefined;
  private key = '';
  private offset = 0;
  private waiting: Waiting[] = [];
  private flushing: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly prefix: string,
    private readonly pathOf: (key: string) => string,
  ) {}

  append(line: string): Promise<SegmentPosition> {
    if (this.closed) return Promise.reject(new Error(`segment ${this.prefix} is closed`));
    return new Promise((settle, fail) => {
      this.waiting.push({ line: Buffer.from(`${line}\n`), settle, fail });
      this.flushing ??= this.flushSoon();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.flushing;
    await this.file?.close();
    this.file = undefined;
  }

  private async flushSoon(): Promise<void> {
    while (this.waiting.length > 0) {
      if (!this.closed) await new Promise((resolve) => setTimeout(resolve, GROUP_MS));
      const group = this.waiting;
      this.waiting = [];
      try {
        await this.flush(group);
      } catch (error) {
        // The file may hold half a group now: what follows goes into a new one.
        await this.file?.close().catch(() => undefined);
        this.file = undefined;
        for (const entry of group) entry.fail(error);
      }
    }
    this.flushing = undefined;
  }

  private async flush(group: Waiting[]): Promise<void> {
    const file = await this.current();
    await file.writeFile(Buffer.concat(group.map((entry) => entry.line)));
    await file.datasync();
    for (const { line, settle } of group) {
      settle({ key: this.key, offset: this.offset, length: line.byteLength - 1 });
      this.offset += line.byteLength;
    }
  }

  private async current(): Promise<FileHandle> {
    if (this.file !== undefined && this.offset < MAX_SEGMENT_BYTES) return this.file;
    await this.file?.close();
    this.sequence += 1;
    this.key = `${this.prefix}/${String(this.sequence).padStart(6, '0')}`;
    this.offset = 0;
    const path = this.pathOf(this.key);
    await mkdir(dirname(path), { recursive: true });
    this.file = await open(path, 'ax');
    return this.file;
  }
}
