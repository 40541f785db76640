import type { ConversationRecord } from '../../core/conversation.js';
import type { Failure } from '../../core/errors.js';
import { causeOf } from '../../core/failure-cause.js';
import type { ShardResult } from '../../core/shard.js';
import { commitKey } from '../../core/store-keys.js';
import type { Contribution } from '../../core/summarize.js';
import { type TrialCheck, trialPartOf } from '../../core/trials.js';
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

/** Why and since when a conversation waits for a provider that is down. */
export interface HeldMark {
  provider: string;
  failure: Failure;
  /** When it was handed back, milliseconds since the epoch. */
  at: number;
  /** What the conversation had waited until then, in milliseconds. */
  waitedMs: number;
  /**
   * In how many dispatches on end, probes left out, a call of its own had failed: it may be the conversation rather than
   * the provider.
   */
  own?: number;
}

/** The end of a shard: only what a commit names is counted. Written once, by whichever attempt comes first. */
export interface ShardCommit {
  schemaVersion: 1;
  segments: { key: string; bytes: number }[];
  rows: CommitRow[];
  deferred: { item: number; attempt: number; failure: Failure }[];
  /** Handed back until a moment, in milliseconds since the epoch; the dispatch goes on under its number. */
  waiting?: { item: number; attempt: number; dueAt: number }[];
  /** Handed back because a provider is down; the dispatch goes on under its number. */
  held?: ({ item: number; attempt: number } & HeldMark)[];
  /** What the workflow is told, but for the permits, which are an attempt's own affair. */
  result: Omit<ShardResult, 'permits'>;
}

/** A commit as it is stored: the same few checks stand in most rows, so rows hold their numbers in a list. */
interface StoredCommit extends Omit<ShardCommit, 'rows'> {
  checks?: TrialCheck[];
  rows: (Omit<CommitRow, 'checks'> & { checks?: number[] })[];
}

export function readCommit(store: Store, run: string, shard: number | 'reused'): Promise<ShardCommit | undefined> {
  return readCommitAt(store, commitKey(run, shard));
}

export async function readCommitAt(store: Store, key: string): Promise<ShardCommit | undefined> {
  const stored = await readJson<StoredCommit>(store, key);
  if (stored === undefined) return undefined;
  const { checks: known = [], rows, ...rest } = stored;
  const unpacked = rows.map(({ checks, ...row }) =>
    checks === undefined ? row : { ...row, checks: checks.flatMap((number) => known[number] ?? []) },
  );
  return { ...rest, rows: unpacked };
}

function packed({ rows, ...rest }: ShardCommit): StoredCommit {
  const numbers = new Map<string, number>();
  const known: TrialCheck[] = [];
  const numberOf = (check: TrialCheck): number => {
    const key = JSON.stringify(check);
    let number = numbers.get(key);
    if (number === undefined) {
      number = known.push(check) - 1;
      numbers.set(key, number);
    }
    return number;
  };
  const stored = rows.map(({ checks, ...row }) =>
    checks === undefined ? row : { ...row, checks: checks.map(numberOf) },
  );
  return { ...rest, ...(known.length === 0 ? {} : { checks: known }), rows: stored };
}

/** Commits, or returns the commit of the attempt that was faster. */
export async function writeCommit(
  store: Store,
  run: string,
  shard: number | 'reused',
  commit: ShardCommit,
): Promise<ShardCommit> {
  const wrote = await store.putIfAbsent(commitKey(run, shard), Buffer.from(JSON.stringify(packed(commit))));
  return wrote ? commit : ((await readCommit(store, run, shard)) ?? commit);
}

/** Row of a record that stands at the given place. */
export function rowOf(record: ConversationRecord, place: Pick<CommitRow, 'segment' | 'offset' | 'length'>): CommitRow {
  const { inputTokens, outputTokens, cachedTokens } = record.usage;
  const latenciesMs: number[] = [];
  for (const message of record.messages) {
    const wasCalled = message.role === 'assistant' && !message.cached;
    if (wasCalled && message.latencyMs !== undefined) latenciesMs.push(message.latencyMs);
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
    ...(record.cached === undefined ? {} : { cached: record.cached }),
    latenciesMs,
    ...trialPartOf(record),
  };
}
