import type { ConversationRecord } from '../../core/conversation.js';
import type { Failure } from '../../core/errors.js';
import { causeOf } from '../../core/failure-cause.js';
import type { CheckTally } from '../../core/run.js';
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
  made?: CheckTally[];
  rows: (Omit<CommitRow, 'checks' | 'made'> & { checks?: number[]; made?: number[] })[];
}

export function readCommit(store: Store, run: string, shard: number | 'reused'): Promise<ShardCommit | undefined> {
  return readCommitAt(store, commitKey(run, shard));
}

export async function readCommitAt(store: Store, key: string): Promise<ShardCommit | undefined> {
  const stored = await readJson<StoredCommit>(store, key);
  if (stored === undefined) return undefined;
  const { checks = [], made = [], rows, ...rest } = stored;
  const unpacked = rows.map((row) => ({
    ...row,
    ...(row.checks === undefined ? {} : { checks: row.checks.flatMap((number) => checks[number] ?? []) }),
    ...(row.made === undefined ? {} : { made: row.made.flatMap((number) => made[number] ?? []) }),
  }));
  return { ...rest, rows: unpacked as CommitRow[] };
}

/** Each value once, by numbers. */
class Numbered<T> {
  readonly values: T[] = [];
  private readonly numbers = new Map<string, number>();

  of(value: T): number {
    const key = JSON.stringify(value);
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      this.numbers.set(key, number);
    }
    return number;
  }
}

function packed({ rows, ...rest }: ShardCommit): StoredCommit {
  const checks = new Numbered<TrialCheck>();
  const made = new Numbered<CheckTally>();
  const stored = rows.map((row) => ({
    ...row,
    checks: row.checks?.map((check) => checks.of(check)),
    made: row.made?.map((tally) => made.of(tally)),
  }));
  return {
    ...rest,
    ...(checks.values.length === 0 ? {} : { checks: checks.values }),
    ...(made.values.length === 0 ? {} : { made: made.values }),
    rows: stored,
  };
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
    durationMs: record.timing.durationMs,
    ...madeOf(record),
    ...trialPartOf(record),
  };
}

/** Checks of a conversation by their type; those that were skipped say nothing. */
function madeOf({ assertions }: ConversationRecord): Pick<CommitRow, 'made'> {
  const made = new Map<string, CheckTally>();
  for (const { type, passed, skipped } of assertions) {
    if (skipped === true) continue;
    const tally = made.get(type) ?? { type, passed: 0, failed: 0 };
    tally[passed ? 'passed' : 'failed'] += 1;
    made.set(type, tally);
  }
  return made.size === 0 ? {} : { made: [...made.values()] };
}
