import type { ConversationRecord, JsonValue } from '../../core/conversation.js';
import type { Failure } from '../../core/errors.js';
import type { Completion } from '../../core/provider.js';
import { shardFolder } from '../../core/store-keys.js';
import { inOrder } from '../in-order.js';
import type { Store } from '../stores/store.js';
import { type CommitRow, type HeldMark, rowOf } from './commit.js';
import { linesOf, parseLine, type SegmentLine } from './segment-lines.js';

/** Segments that are read at a time: in a bucket there are many small ones, each a request away. */
const SEGMENTS_AT_ONCE = 8;

/** Answers recorded for one conversation, by `recordKey`: of models, and of other work outside. */
export type RecordedCalls = Map<string, Completion | OutsideAnswer>;

/** `side`: who gave the answer, where it remembers what it was asked. */
export interface OutsideAnswer {
  value: JsonValue;
  side?: string;
}

/** `occurrence`: how often the same request had been made before in this conversation. */
export const recordKey = (occurrence: number, hash: string): string => `${occurrence} ${hash}`;

export function splitRecordKey(key: string): { occurrence: number; hash: string } {
  const [occurrence, hash = ''] = key.split(' ');
  return { occurrence: Number(occurrence), hash };
}

/**
 * What earlier attempts of a shard left behind. Attempts are read in order and the first record of a key wins, so that
 * every reader sees the same; an attempt that is still alive somewhere can only add what nobody will count.
 */
export interface Journal {
  segments: { key: string; bytes: number }[];
  finished: Map<number, { row: CommitRow; record: ConversationRecord }>;
  deferred: Map<number, { attempt: number; failure: Failure }>;
  /** Handed back until a moment, in milliseconds since the epoch. */
  waiting: Map<number, { attempt: number; dueAt: number }>;
  /** Handed back because a provider is down. */
  held: Map<number, { attempt: number } & HeldMark>;
  calls: Map<number, RecordedCalls>;
  /** How often an attempt ended without notice while the item was open; `alone`: nothing else was open in its process. */
  crashes: Map<number, { count: number; alone: boolean }>;
}

/** Reads all segments below `shards/<shard>`; `wanted` limits what is kept. */
export async function readJournal(
  store: Store,
  run: string,
  shard: number,
  wanted: (item: number) => boolean,
): Promise<Journal> {
  const journal: Journal = {
    segments: [],
    finished: new Map(),
    deferred: new Map(),
    waiting: new Map(),
    held: new Map(),
    calls: new Map(),
    crashes: new Map(),
  };
  const folder = shardFolder(run, shard);
  const segments = (await store.list(folder)).filter((object) => object.key !== `${folder}/commit`);
  const read = inOrder(segments, SEGMENTS_AT_ONCE, async ({ key }) => ({ key, bytes: await store.get(key) }));
  let attempt = new OpenAttempt('');
  for await (const { key, bytes } of read) {
    const owner = key.slice(0, key.lastIndexOf('/'));
    if (owner !== attempt.owner) {
      attempt.close(journal);
      attempt = new OpenAttempt(owner);
    }
    if (bytes !== undefined) readSegment(journal, attempt, { key, bytes }, wanted);
  }
  attempt.close(journal);
  return journal;
}

/** Which items one attempt had begun and not ended, as its lines are read. */
class OpenAttempt {
  private readonly open = new Map<number, boolean>();
  private inOrder = false;

  constructor(readonly owner: string) {}

  see(line: SegmentLine): void {
    if (line.tag === 'S') this.open.set(line.item, line.alone);
    else if (line.tag === 'E') this.inOrder = true;
    else if (line.tag !== 'C') this.open.delete(line.item);
  }

  close(journal: Journal): void {
    if (this.inOrder) return;
    for (const [item, alone] of this.open) {
      const before = journal.crashes.get(item);
      journal.crashes.set(item, { count: (before?.count ?? 0) + 1, alone: alone || (before?.alone ?? false) });
    }
  }
}

function readSegment(
  journal: Journal,
  attempt: OpenAttempt,
  segment: { key: string; bytes: Uint8Array },
  wanted: (item: number) => boolean,
): void {
  const number = journal.segments.length;
  let end = 0;
  for (const { text, offset } of linesOf(segment.bytes)) {
    end = offset + Buffer.byteLength(text) + 1;
    const line = parseLine(text);
    if (line === undefined) continue;
    attempt.see(line);
    if (line.tag !== 'E' && wanted(line.item)) keep(journal, line, { segment: number, lineOffset: offset });
  }
  journal.segments.push({ key: segment.key, bytes: end });
}

function keep(journal: Journal, line: SegmentLine, place: { segment: number; lineOffset: number }): void {
  if (line.tag === 'C') {
    const calls: RecordedCalls = journal.calls.get(line.item) ?? new Map();
    const key = recordKey(line.occurrence, line.hash);
    if (!calls.has(key)) calls.set(key, JSON.parse(line.json));
    journal.calls.set(line.item, calls);
  } else if (line.tag === 'R') {
    journal.calls.delete(line.item);
  } else if (line.tag === 'I' && !journal.finished.has(line.item)) {
    const record = JSON.parse(line.json) as ConversationRecord;
    // The prefix is ASCII, so its length in characters is its length in bytes.
    const offset = place.lineOffset + line.jsonOffset;
    const row = rowOf(record, { segment: place.segment, offset, length: Buffer.byteLength(line.json) });
    journal.finished.set(line.item, { row, record });
    // An interrupted conversation may be dispatched again, and then goes on from its answers.
    if (record.verdict !== 'errored') journal.calls.delete(line.item);
  } else if (line.tag === 'D' && !journal.deferred.has(line.item)) {
    journal.deferred.set(line.item, { attempt: line.attempt, failure: JSON.parse(line.json) as Failure });
  } else if (line.tag === 'W' && !journal.waiting.has(line.item)) {
    journal.waiting.set(line.item, { attempt: line.attempt, dueAt: Number(line.json) });
  } else if (line.tag === 'H' && !journal.held.has(line.item)) {
    journal.held.set(line.item, { attempt: line.attempt, ...(JSON.parse(line.json) as HeldMark) });
  }
}
