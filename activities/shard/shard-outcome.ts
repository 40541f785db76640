import type { ConversationRecord } from '../../src/core/conversation.js';
import type { Failure } from '../../src/core/errors.js';
import { failedItemOf } from '../../src/core/failed-item.js';
import { briefFailure, type HeldItems } from '../../src/core/hold.js';
import type { FailedItem, ShardHeartbeat } from '../../src/core/run.js';
import { bothSpent, NOTHING_SPENT, type Spent, spentOf } from '../../src/core/spent.js';
import { type CommitRow, type HeldMark, rowOf, type ShardCommit } from '../../src/io/runs/commit.js';
import type { Journal } from '../../src/io/runs/journal.js';
import type { SegmentPosition } from '../../src/io/stores/store.js';
import type { WorkItem } from './shard-run.js';

/** Failures that a shard tells about itself; all of them stand in the records. */
const MAX_FAILURES = 5;
/** Rows of the by-provider table in a result, which travels in the workflow's history. */
const MAX_PROVIDERS = 100;

/** What has become of a shard's items so far, those of earlier attempts included. */
export class ShardOutcome {
  /** Conversations torn down before they had a verdict. */
  abandoned = 0;
  private readonly segments: { key: string; bytes: number }[];
  private readonly segmentNumbers = new Map<string, number>();
  private readonly rows = new Map<number, CommitRow>();
  private readonly deferred = new Map<number, { attempt: number; failure: Failure }>();
  private readonly waiting = new Map<number, { attempt: number; dueAt: number }>();
  private readonly held = new Map<number, { attempt: number } & HeldMark>();
  private readonly counts = { passed: 0, failed: 0, errored: 0 };
  private readonly providers = new Map<string, [number, number, number]>();
  private readonly spent: { passed: Spent; others: Spent } = { passed: NOTHING_SPENT, others: NOTHING_SPENT };
  private readonly failures: FailedItem[] = [];

  constructor(journal: Journal) {
    this.segments = journal.segments.map((segment) => ({ ...segment }));
    for (const [number, { key }] of this.segments.entries()) this.segmentNumbers.set(key, number);
    for (const { row, record } of journal.finished.values()) this.count(record, row);
    for (const [index, entry] of journal.deferred) if (!this.rows.has(index)) this.deferred.set(index, entry);
    for (const [index, entry] of journal.waiting) if (!this.has(index)) this.waiting.set(index, entry);
    for (const [index, entry] of journal.held) if (!this.has(index)) this.held.set(index, entry);
  }

  has(index: number): boolean {
    return this.rows.has(index) || this.deferred.has(index) || this.waiting.has(index) || this.held.has(index);
  }

  finish(record: ConversationRecord, place: SegmentPosition): void {
    let segment = this.segmentNumbers.get(place.key);
    if (segment === undefined) {
      segment = this.segments.length;
      this.segmentNumbers.set(place.key, segment);
      this.segments.push({ key: place.key, bytes: 0 });
    }
    const known = this.segments[segment];
    if (known !== undefined) known.bytes = Math.max(known.bytes, place.offset + place.length + 1);
    this.count(record, rowOf(record, { segment, offset: place.offset, length: place.length }));
  }

  defer(work: WorkItem, failure: Failure): void {
    this.deferred.set(work.index, { attempt: work.attempt, failure });
  }

  wait(work: WorkItem, dueAt: number): void {
    this.waiting.set(work.index, { attempt: work.attempt, dueAt });
  }

  setAside(work: WorkItem, mark: HeldMark): void {
    this.held.set(work.index, { attempt: work.attempt, ...mark });
  }

  progress(): Omit<ShardHeartbeat, 'shard' | 'worker' | 'open'> {
    return {
      ...this.counts,
      done: this.rows.size,
      byProvider: Object.fromEntries([...this.providers].slice(0, MAX_PROVIDERS)),
      spent: bothSpent(this.spent.passed, this.spent.others),
      failures: this.failures,
      ...(this.held.size === 0 ? {} : { held: this.heldItems() }),
    };
  }

  /** `recovered`: providers that were held when the shard began, and have answered since. */
  commit(shard: number, notRun: number, recovered: string[] = []): ShardCommit {
    const deferred = [...this.deferred].map(([item, entry]) => ({ item, ...entry }));
    const waiting = [...this.waiting].map(([item, entry]) => ({ item, ...entry }));
    const dueAt = waiting.reduce((least, entry) => Math.min(least, entry.dueAt), Infinity);
    // Whoever was refused itself comes last: probes are to be made by those beyond doubt.
    const held = [...this.held]
      .map(([item, mark]) => ({ item, ...mark }))
      .sort((a, b) => (a.own ?? 0) - (b.own ?? 0) || a.item - b.item);
    return {
      schemaVersion: 1,
      segments: this.segments,
      rows: [...this.rows.values()].sort((a, b) => a.item - b.item),
      deferred,
      ...(waiting.length === 0 ? {} : { waiting }),
      ...(held.length === 0 ? {} : { held }),
      result: {
        shard,
        ...this.counts,
        deferred: deferred.length,
        ...(waiting.length === 0 ? {} : { waiting: { items: waiting.length, dueAt } }),
        ...(held.length === 0 ? {} : { held: this.heldItems() }),
        ...(recovered.length === 0 ? {} : { recovered }),
        retryAfterMs: deferred.reduce((most, { failure }) => Math.max(most, failure.retryAfterMs ?? 0), 0),
        attempt: deferred.reduce((most, { attempt }) => Math.max(most, attempt), 0),
        notRun,
        providers: Object.fromEntries([...this.providers].slice(0, MAX_PROVIDERS)),
        spent: { ...this.spent },
        failures: this.failures,
      },
    };
  }

  /** Items that wait, by provider. */
  private heldItems(): HeldItems[] {
    const byProvider = new Map<string, HeldItems>();
    for (const { provider, at, failure } of this.held.values()) {
      const row = byProvider.get(provider) ?? { provider, items: 0, since: at, failure: briefFailure(failure) };
      byProvider.set(provider, { ...row, items: row.items + 1, since: Math.min(row.since, at) });
    }
    return [...byProvider.values()];
  }

  private count(record: ConversationRecord, row: CommitRow): void {
    this.rows.set(record.index, row);
    this.counts[record.verdict] += 1;
    const tally = this.providers.get(record.provider) ?? [0, 0, 0];
    tally[record.verdict === 'passed' ? 0 : record.verdict === 'failed' ? 1 : 2] += 1;
    this.providers.set(record.provider, tally);
    const kind = record.verdict === 'passed' ? 'passed' : 'others';
    this.spent[kind] = bothSpent(this.spent[kind], spentOf(row));
    const failure = failedItemOf(record);
    if (failure !== undefined && this.failures.length < MAX_FAILURES) this.failures.push(failure);
  }
}
