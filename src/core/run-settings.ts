import type { JsonValue } from './conversation.js';
import type { Plan } from './plan.js';

/** Settings of a run after precedence is settled: every default filled in, every name resolved. */
export interface RunSettings {
  concurrency: number;
  /** Undefined: not written anywhere. Tries in place are on then, further dispatches are not. */
  maxRetries?: number;
  itemTimeoutMs: number;
  /** Undefined: each provider's own. */
  callTimeoutMs?: number;
  variables: { [name: string]: JsonValue };
  mockProvider: boolean;
  mockConfig?: string;
  formats: string[];
  failOn: string[];
  outputDir?: string;
}

/** `runs/<run>/plan`: written once, read by every shard. */
export interface PlanRecord {
  schemaVersion: 1;
  run: string;
  job: string;
  bundle: { name: string; digest: string; source: string };
  retryOf?: string;
  plan: Plan;
  settings: RunSettings;
  warnings: string[];
  /** Milliseconds since the epoch. */
  startedAt: number;
}

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
  maxRetries: number;
  bundle: { name: string; digest: string; source: string };
  job: string;
  /** False where the namespace does not know our search attributes. */
  searchAttributes: boolean;
}
