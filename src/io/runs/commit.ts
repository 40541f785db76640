import type { ConversationRecord } from '../../core/conversation.js';
import type { Failure } from '../../core/errors.js';
import { causeOf } from '../../core/failure-cause.js';
import type { ShardResult } from '../../core/shard.js';
import { commitKey } from '../../core/store-keys.js';
import type { Contribution } from '../../core/summarize.js';
import type { Store } from '../stores/store.js';
import { readJson } from '../stores/stored-json.js';

/** What a finished conversation contributes to the tables, and where its record stands. */
export interface CommitRow extends Contribution {
  item: number;
  /** Index into `segments`. */
  segment: number;
  /** Bytes of the record's JSON within the segment. */
  offset: number;
  length: number;
  attempt: number;
}

/** The end of a shard: only what a commit names is counted. Written once, by whichever attempt comes first. */
export interface ShardCommit {
  schemaVersion: 1;
  segments: { key: string; bytes: number }[];
  rows: CommitRow[];
  deferred: { item: number; attempt: number; failure: Failure }[];
  /** What the workflow is told, but for the permits, which are an attempt's own affair. */
  result: Omit<ShardResult, 'permits'>;
}

export function readCommit(store: Store, run: string, shard: number | 'reused'): Promise<ShardCommit | undefined> {
  return readJson<ShardCommit>(store, commitKey(run, shard));
}

/** Commits, or returns the commit of the attempt that was faster. */
export async function writeCommit(
  store: Store,
  run: string,
  shard: number | 'reused',
  commit: ShardCommit,
): Promise<ShardCommit> {
  const wrote = await store.putIfAbsent(commitKey(run, shard), Buffer.from(JSON.stringify(commit)));
  return wrote ? commit : ((await readCommit(store, run, shard)) ?? commit);
}

/** Row of a record that stands at the given place. */
export function rowOf(record: ConversationRecord, place: Pick<CommitRow, 'segment' | 'offset' | 'length'>): CommitRow {
  const { inputTokens, outputTokens, cachedTokens } = record.usage;
  const latenciesMs: number[] = [];
  for (const message of record.messages) {
    if (message.role === 'assistant' && message.latencyMs !== undefined) latenciesMs.push(message.latencyMs);
  }
  return {
    item: record.index,
    ...place,
    verdict: record.verdict,
    cause: causeOf(record),
    attempt: record.attempt,
    calls: record.calls,
    inputTokens,
    outputTokens,
    cachedTokens,
    costUsd: record.costUsd,
    latenciesMs,
  };
}
