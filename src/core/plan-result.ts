import type { BundleIdentity } from './run.js';

/** What the workflow needs to know of a plan. */
export interface PlanResult {
  /** Items in the matrix. */
  total: number;
  /** Items to run: all, or those that a retry runs again. The rest is taken over. */
  toRun: number;
  /** Items taken over, by verdict. */
  reused: { passed: number; failed: number; errored: number };
  /** Number of the first shard that is free. */
  firstShard: number;
  shardSize: number;
  concurrency: number;
  bundle: BundleIdentity;
  job: string;
  /** The providers that are assistants in the matrix; absent where they are very many. */
  assistants?: string[];
  /** How long a provider may be down, in milliseconds. Default: `DEFAULT_HOLD_MS`. */
  holdMs?: number;
  /** False where the namespace does not know our search attributes. */
  searchAttributes: boolean;
}
