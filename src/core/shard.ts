/** Cutting a plan into shards, and what a shard reports back. */
import type { HeldItems } from './hold.js';
import type { FailedItem } from './run.js';
import type { Spent } from './spent.js';

/** Slots for shards in one worker process: two that work and one that is ready when one of them ends. */
export const SHARD_SLOTS = 3;

/** A shard never holds more: its index of results is read and written whole. */
const MAX_SHARD_ITEMS = 1000;

/** Length of a shard we aim at, in seconds, with a call taken as one second. */
const TARGET_SECONDS = 30;

/**
 * Items per shard. Small enough that every slot of every worker gets several (so that a late one does not hold up the
 * end), and that a crash or a continue-as-new waits for about half a minute of work at most.
 */
export function shardSize(items: number, concurrency: number, workers: number, callsPerItem: number): number {
  const forBalance = Math.ceil(items / (workers * SHARD_SLOTS * 3));
  const forLength = Math.floor((TARGET_SECONDS * concurrency) / Math.max(1, callsPerItem));
  return Math.max(1, Math.min(MAX_SHARD_ITEMS, forBalance, Math.max(1, forLength)));
}

/** Which items a shard holds: a part of what is to run, or what earlier shards left over, by reference to their commits. */
export type ShardWork =
  /** Items `from` ≤ i < `to` of the run's work list; without a list, of the plan. */
  | { kind: 'range'; from: number; to: number }
  /** Items that the named shards handed back after failures that pass by themselves. */
  | { kind: 'deferred'; sources: number[] }
  /** Items that the named shards handed back until a moment that has come now. */
  | { kind: 'waiting'; sources: number[] }
  /**
   * Items that the named shards handed back because this provider was down: of each shard those from number `from` to
   * before `to` among its items of that kind. `probe`: nobody knows yet whether the provider answers again.
   */
  | { kind: 'held'; provider: string; sources: HeldSource[]; probe?: true }
  /** Items that ended failed or errored in the named shards and are to run again. */
  | { kind: 'failed'; sources: number[] };

/** A part of the items that a shard handed back for a provider. A tuple: there may be thousands. */
export type HeldSource = [shard: number, from: number, to: number];

/** Result of the shard activity: small at any size of the shard. */
export interface ShardResult {
  shard: number;
  passed: number;
  failed: number;
  errored: number;
  /** Items handed back for a later dispatch. */
  deferred: number;
  /** Items handed back until a moment, and the first of these, in milliseconds since the epoch. */
  waiting?: { items: number; dueAt: number };
  /** Items handed back because their provider is down. */
  held?: HeldItems[];
  /** Providers that were held when the shard was dispatched, and that have answered its process since. */
  recovered?: string[];
  /** Longest wait that a provider asked for on behalf of a deferred item, in milliseconds. */
  retryAfterMs: number;
  /** Highest dispatch number among the deferred items. */
  attempt: number;
  /** Items not run because the shard was told to stop. */
  notRun: number;
  /** By provider; at most 100 rows. */
  providers: { [provider: string]: [passed: number, failed: number, errored: number] };
  /** What the conversations that passed took, and what the others did; absent = unknown. */
  spent?: { passed: Spent; others: Spent };
  /** At most 5. */
  failures: FailedItem[];
  /** Permits that go back to the workflow, and those that stay with another shard of the same process. */
  permits: { returned: number; moved: { [shard: string]: number } };
}
