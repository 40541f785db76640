import type { LoadOutline } from './load/load-outline.js';
import type { BundleIdentity, JobType } from './run.js';
import type { Spent } from './spent.js';

/** What the workflow needs to know of a plan. */
export interface PlanResult {
  /** Items in the matrix. */
  total: number;
  /** Items to run: all, or those that a retry runs again. The rest is taken over. */
  toRun: number;
  /** Items taken over, by verdict. */
  reused: { passed: number; failed: number; errored: number; spent?: Spent };
  /** Number of the first shard that is free. */
  firstShard: number;
  shardSize: number;
  concurrency: number;
  bundle: BundleIdentity;
  job: string;
  /** Default: evaluation. */
  type?: JobType;
  /** Of a load test. */
  load?: LoadOutline;
  /** Conversations become records: rounds follow until there are enough. */
  dataGen?: true;
  /** The providers that are assistants in the matrix; absent where they are very many. */
  assistants?: string[];
  /** How long a provider may be down, in milliseconds. Default: `DEFAULT_HOLD_MS`. */
  holdMs?: number;
  /** False where the namespace does not know our search attributes. */
  searchAttributes: boolean;
  /** Worker processes to begin with. Default: those of the input, else 1. */
  workers?: number;
  /** Calls in flight of each worker; `concurrency` is then that of the workers to begin with. */
  concurrencyPerWorker?: number;
  /** Task queue of the shards where the run has workers of its own. */
  shardQueue?: string;
  /** Groups of measures that are to be told, where not all are. */
  metrics?: string[];
  /** The reports are copied to an output; `queue`: by the run's own workers, who alone can reach it. */
  delivery?: { queue?: string };
}
