/**
 * Where everything that outlives a process lies: bundles, what shards recorded, reports, the record of a run.
 * Keys are `/`-separated; no part may be empty, `.` or `..`.
 */
export interface Store {
  /** The whole value, or undefined when there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /**
   * The value in pieces, for values of any size; undefined when there is none. Fails when it is replaced meanwhile. It stays
   * open until somebody has begun to read and has ended, be it early.
   */
  read(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Writes and replaces; readers see the old or the new value, never a part. */
  put(key: string, value: Uint8Array): Promise<void>;
  /** Writes only where nothing is yet, atomically among all processes; true when this call wrote. */
  putIfAbsent(key: string, value: Uint8Array): Promise<boolean>;
  /** Everything below the prefix (a whole key part), sorted by key. */
  list(prefix: string): Promise<StoredObject[]>;
  /** Names of the key parts directly below the prefix that have something below them, sorted. */
  folders(prefix: string): Promise<string[]>;
  /** Removes a value; there need not be one. */
  delete(key: string): Promise<void>;
  /** Removes everything below the prefix (a whole key part). */
  deleteBelow(prefix: string): Promise<void>;
  /** A value of any size, in pieces. `end` leaves it complete; without it no reader ever sees it. */
  write(key: string): Promise<StoreWriter>;
  /** An append-only record file family below `prefix`, owned by the caller alone. */
  openSegments(prefix: string): SegmentWriter;
  /** For people: where the key lies. */
  locate(key: string): string;
}

export interface StoredObject {
  key: string;
  bytes: number;
}

export interface StoreWriter {
  write(chunk: string | Uint8Array): Promise<void>;
  /** Bytes written in all. */
  end(): Promise<number>;
  abort(): Promise<void>;
}

/**
 * Appends lines to `prefix/<seq>`. Lines become durable in groups; a promise of `append` settles when its line is.
 * Nobody else writes there, so a reader needs no lock: an unterminated last line is one that was never promised.
 */
export interface SegmentWriter {
  append(line: string): Promise<SegmentPosition>;
  /** Flushes and closes; later appends are refused. */
  close(): Promise<void>;
}

/** Where an appended line stands: the key, and the bytes of the line without its line feed. */
export interface SegmentPosition {
  key: string;
  offset: number;
  length: number;
}
