import type { ConversationRecord } from '../../core/conversation.js';
import { runFolder, toleratedKey } from '../../core/store-keys.js';
import { inOrder } from '../in-order.js';
import type { Store } from '../stores/store.js';
import { readJson } from '../stores/stored-json.js';
import { type CommitRow, readCommitAt, type ShardCommit } from './commit.js';

/** Bytes of segments held in memory while records are read in item order: a shard's records lie in segments of its own. */
const CACHED_BYTES = 32 * 1024 * 1024;

/** Segments that are read ahead at a time, and how far: in a bucket there are many small ones, each a request away. */
const SEGMENTS_AT_ONCE = 16;
const ITEMS_AHEAD = 500;

const COMMITS_AT_ONCE = 16;

/** Rows of commits kept in memory once read; beyond it a commit is read again when it is needed. */
const KEPT_ROWS = 20_000;

/**
 * The results of a run: for each item the record of its latest dispatch that was committed. Holds some 24 bytes an
 * item, and a few segments while reading.
 */
export class RunResults {
  private readonly commits: string[] = [];
  private readonly kept = new Map<string, ShardCommit>();
  private keptRows = 0;
  private readonly segments: { key: string; bytes: number }[] = [];
  private readonly commitOf: Int32Array;
  private readonly segmentOf: Int32Array;
  private readonly offsetOf: Float64Array;
  private readonly lengthOf: Int32Array;
  private readonly cache = new Map<number, Promise<Uint8Array>>();
  private cachedBytes = 0;
  private beingRead = 0;
  private tolerated: ReadonlySet<number> = new Set();

  private constructor(
    private readonly store: Store,
    private readonly run: string,
    readonly size: number,
  ) {
    this.commitOf = new Int32Array(size).fill(-1);
    this.segmentOf = new Int32Array(size);
    this.offsetOf = new Float64Array(size);
    this.lengthOf = new Int32Array(size);
  }

  /** `size`: items of the run's plan. */
  static async open(store: Store, run: string, size: number): Promise<RunResults> {
    const results = new RunResults(store, run, size);
    results.tolerated = new Set(await readJson<number[]>(store, toleratedKey(run)));
    const shards = `${runFolder(run)}/shards`;
    const commits = (await store.list(shards)).map(({ key }) => key).filter((key) => key.endsWith('/commit'));
    // What was taken over from an earlier run comes first: any result of this run replaces it.
    commits.sort((a, b) => Number(b.includes('/reused/')) - Number(a.includes('/reused/')) || (a < b ? -1 : 1));
    for await (const { key, commit } of results.readAll(commits)) {
      const number = results.commits.push(key) - 1;
      const first = results.segments.length;
      for (const segment of commit.segments) results.segments.push(segment);
      for (const row of commit.rows) {
        if (row.item >= size) continue;
        results.commitOf[row.item] = number;
        results.segmentOf[row.item] = first + row.segment;
        results.offsetOf[row.item] = row.offset;
        results.lengthOf[row.item] = row.length;
      }
    }
    return results;
  }

  has(item: number): boolean {
    return (this.commitOf[item] ?? -1) >= 0;
  }

  /** Number of the first shard that no commit uses. */
  get firstFreeShard(): number {
    const numbers = this.commits.map((key) => Number(key.split('/').at(-2))).filter(Number.isFinite);
    return numbers.reduce((most, number) => Math.max(most, number + 1), 0);
  }

  /** The rows that count, in no particular order. `reused`: taken over from an earlier run. */
  async *rows(): AsyncGenerator<{ row: CommitRow; segmentKey: string; reused: boolean }> {
    let number = -1;
    for await (const { key, commit } of this.readAll(this.commits)) {
      number += 1;
      const reused = key.includes('/reused/');
      for (const row of commit.rows) {
        if (this.commitOf[row.item] !== number) continue;
        yield { row, segmentKey: commit.segments[row.segment]?.key ?? '', reused };
      }
    }
  }

  /** Whether nothing is left to do about an item: it passed, or a pass_threshold allows for its failure. */
  stands(row: Pick<CommitRow, 'item' | 'verdict'>): boolean {
    return row.verdict === 'passed' || (row.verdict === 'failed' && this.tolerated.has(row.item));
  }

  /** Keeps for every reader to come which items failed within a pass_threshold. */
  async tolerate(items: number[]): Promise<void> {
    if (items.length === 0 && this.tolerated.size === 0) return;
    this.tolerated = new Set(items);
    await this.store.put(toleratedKey(this.run), Buffer.from(JSON.stringify(items)));
  }

  /** JSON of the records of all items that have one, in item order. */
  async *lines(): AsyncGenerator<{ item: number; line: Uint8Array }> {
    let seen = 0;
    for (let item = 0; item < this.size; item += 1) {
      // A plan of millions that ended early has few: nobody may have to wait for the others.
      if (!this.has(item)) continue;
      seen = this.readAhead(Math.max(seen, item), item + ITEMS_AHEAD);
      const line = await this.line(item);
      if (line !== undefined) yield { item, line };
    }
  }

  /** JSON of the item's record; undefined when it has none. */
  async line(item: number): Promise<Uint8Array | undefined> {
    if (!this.has(item)) return undefined;
    const segment = await this.segment(this.segmentOf[item] ?? 0);
    const offset = this.offsetOf[item] ?? 0;
    const line = segment.subarray(offset, offset + (this.lengthOf[item] ?? 0));
    const marks = {
      ...(this.isReused(item) ? { reused: true } : {}),
      ...(this.tolerated.has(item) ? { tolerated: true } : {}),
    };
    if (Object.keys(marks).length === 0) return line;
    const record = JSON.parse(Buffer.from(line).toString('utf8')) as ConversationRecord;
    return Buffer.from(JSON.stringify({ ...record, index: item, ...marks }));
  }

  private isReused(item: number): boolean {
    return this.commits[this.commitOf[item] ?? -1]?.includes('/reused/') ?? false;
  }

  private async read(key: string): Promise<ShardCommit> {
    const kept = this.kept.get(key);
    if (kept !== undefined) return kept;
    const commit = await readCommitAt(this.store, key);
    if (commit === undefined) throw new Error(`${this.store.locate(key)} has gone while it was read`);
    this.keptRows += commit.rows.length;
    if (this.keptRows <= KEPT_ROWS) this.kept.set(key, commit);
    return commit;
  }

  private readAll(keys: readonly string[]): AsyncGenerator<{ key: string; commit: ShardCommit }> {
    return inOrder(keys, COMMITS_AT_ONCE, async (key) => ({ key, commit: await this.read(key) }));
  }

  /** Begins to read the segments of coming items, as far as there is room; says how far it came. */
  private readAhead(from: number, to: number): number {
    let item = from;
    for (; item < Math.min(to, this.size); item += 1) {
      if (this.beingRead >= SEGMENTS_AT_ONCE || this.cachedBytes > CACHED_BYTES / 2) break;
      // Its failure is told to whoever wants a line of it.
      if (this.has(item)) this.segment(this.segmentOf[item] ?? 0).catch(() => undefined);
    }
    return item;
  }

  private segment(number: number): Promise<Uint8Array> {
    const cached = this.cache.get(number);
    if (cached !== undefined) {
      // Whatever is used is the last to make room.
      this.cache.delete(number);
      this.cache.set(number, cached);
      return cached;
    }
    this.cachedBytes += this.segments[number]?.bytes ?? 0;
    for (const oldest of this.cache.keys()) {
      if (this.cachedBytes <= CACHED_BYTES) break;
      this.cache.delete(oldest);
      this.cachedBytes -= this.segments[oldest]?.bytes ?? 0;
    }
    const read = this.readSegment(this.segments[number]?.key ?? '');
    this.cache.set(number, read);
    return read;
  }

  private async readSegment(key: string): Promise<Uint8Array> {
    this.beingRead += 1;
    try {
      const bytes = await this.store.get(key);
      if (bytes === undefined) throw new Error(`${this.store.locate(key)} is named by a commit but is not there`);
      return bytes;
    } finally {
      this.beingRead -= 1;
    }
  }
}
