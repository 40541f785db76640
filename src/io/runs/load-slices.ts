/** What the lanes of a load test write down: a line a second, in families of objects that span a minute each. */
import type { LoadSlice } from '../../core/load/load-slice.js';
import type { SliceCursor } from '../../core/load/merged-load.js';
import { loadFolder } from '../../core/store-keys.js';
import type { SegmentWriter, Store } from '../stores/store.js';

/** Seconds of one family: a reader lists the newest one or two, however long the test lasts. */
const BLOCK_SECONDS = 60;
const LINE_FEED = 0x0a;

export interface LaneAttempt {
  lane: number;
  attempt: string;
}

/** Writes the slices of one attempt, each when the one before is durable, so that none is ever missing in between. */
export class SliceSegments {
  private block = -1;
  private segments: SegmentWriter | undefined;
  private written: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly folder: string,
  ) {}

  /** Settles when the slice is durable. */
  append(slice: LoadSlice): Promise<void> {
    const line = JSON.stringify(slice);
    const { second } = slice;
    this.written = this.written.then(() => this.write(Math.floor(second / BLOCK_SECONDS), line));
    return this.written;
  }

  async close(): Promise<void> {
    await this.written.catch(() => undefined);
    await this.segments?.close();
  }

  private async write(block: number, line: string): Promise<void> {
    if (block > this.block || this.segments === undefined) {
      await this.segments?.close();
      this.block = block;
      this.segments = this.store.openSegments(`${this.folder}/${padded(block)}`);
    }
    await this.segments.append(line);
  }
}

/** Folder of an attempt. `begunAt`, in milliseconds since the epoch, sorts attempts whatever Temporal numbers them. */
export function attemptFolder(run: string, lane: number, attempt: string): string {
  return `${loadFolder(run)}/${padded(lane)}/${attempt}`;
}

export function attemptName(begunAt: number, attempt: number, unique: string): string {
  return `${String(begunAt).padStart(14, '0')}-${attempt}-${unique}`;
}

export interface NewSlices {
  /** Up to where an attempt was read before. */
  readTo(of: LaneAttempt): SliceCursor | undefined;
  /** It has told its end: nothing follows. */
  hasEnded(of: LaneAttempt): boolean;
  /** Nobody writes any more: what lies beyond a gap counts too. */
  final: boolean;
  /** Those of an attempt come in their order. */
  onSlice(of: LaneAttempt, slice: LoadSlice): void;
  /** Everything up to here was told. */
  onRead(of: LaneAttempt, cursor: SliceCursor): void;
}

/** Reads the slices that have been written since the last time. */
export async function readNewSlices(store: Store, run: string, take: NewSlices): Promise<void> {
  const folder = loadFolder(run);
  for (const lane of await store.folders(folder)) {
    for (const attempt of await store.folders(`${folder}/${lane}`)) {
      const of = { lane: Number(lane), attempt };
      if (!take.hasEnded(of)) await readAttempt(store, `${folder}/${lane}/${attempt}`, of, take);
    }
  }
}

async function readAttempt(store: Store, folder: string, of: LaneAttempt, take: NewSlices): Promise<void> {
  for (const block of await store.folders(folder)) {
    const cursor = take.readTo(of);
    if (cursor !== undefined && block < cursor.block) continue;
    const read = cursor?.block === block ? cursor : { block, segment: '', offset: 0 };
    if (!(await readBlock(store, `${folder}/${block}`, of, read, take))) return;
  }
}

/** False when something is missing that may come: nothing beyond it is read. */
async function readBlock(
  store: Store,
  folder: string,
  of: LaneAttempt,
  from: SliceCursor,
  take: NewSlices,
): Promise<boolean> {
  let { segment, offset } = from;
  for (const { key, bytes } of await store.list(folder)) {
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (name < segment || (name === segment && bytes <= offset)) continue;
    if (name !== segment && Number(name) > Number(segment) + 1 && !take.final) return false;
    const start = name === segment ? offset : 0;
    const content = await store.get(key);
    if (content === undefined) return false;
    // An unterminated last line was never promised.
    const end = content.lastIndexOf(LINE_FEED) + 1;
    const lines = Buffer.from(content.subarray(start, Math.max(start, end)))
      .toString('utf8')
      .split('\n');
    for (const line of lines) if (line !== '') take.onSlice(of, JSON.parse(line) as LoadSlice);
    segment = name;
    offset = Math.max(start, end);
    take.onRead(of, { block: from.block, segment, offset });
  }
  return true;
}

const padded = (number: number): string => String(number).padStart(6, '0');
