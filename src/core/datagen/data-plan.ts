/** What a set of generated records is to be: settings with every default filled in, and the plan of its conversations. */
import type { JsonValue } from '../conversation.js';

/** Settings of the generation of data as a run holds them. */
export interface DataGenSettings {
  count: number;
  format: 'jsonl' | 'json' | 'csv';
  seed: number;
  keep: 'all' | 'passed';
  /** Part of the scenarios among the records, above 0, 1 where none is given; absent: each its turn. */
  weights?: { [scenario: string]: number };
  record: { schema?: { [key: string]: JsonValue }; template?: JsonValue };
  /** Conversations for each record of `count` at most. */
  attempts: number;
  dedupe: { exact: boolean; near?: number };
  /** Part of the records that goes into the validation set. */
  validation?: number;
  partRecords: number;
}

/** Part of a plan whose conversations become records. Which conversation an item is does not depend on `items`. */
export interface DataPlan {
  /** Conversations planned so far; further rounds add some. */
  items: number;
  /** `items` never exceeds it. */
  limit: number;
  seed: number;
  /** As in the settings. */
  weights?: { [scenario: string]: number };
}
