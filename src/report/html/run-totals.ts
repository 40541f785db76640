import type { AssertionResult, ConversationRecord } from '../../core/conversation.js';
import { failedItemOf } from '../../core/failed-item.js';
import { record as addTo, emptyHistogram, type Histogram } from '../../core/histogram.js';
import type { FailedItem } from '../../core/run.js';
import { type FailureReason, failureReasons } from './failure-reasons.js';

/** Rows of each table that is kept: what a model or a tool says must not make it grow. */
const MAX_ROWS = 200;

/** Conversations that did not pass for the same reason. */
export interface FailureGroup {
  verdict: FailedItem['verdict'];
  reason: string;
  /** Those that a pass_threshold allows for included. */
  count: number;
  tolerated: number;
  /** What was found, and in which conversation: the first of them in the order of the plan. */
  example: FailureReason & { id: string };
}

/** How a check or an eval came out over all conversations. */
export interface CheckTotal {
  name: string;
  passed: number;
  failed: number;
  skipped: number;
  /** Sum of the scores, and how many there were. */
  scores: number;
  scored: number;
}

/** Times of single calls to one provider, in milliseconds. */
export interface CallTimes {
  provider: string;
  latency: Histogram;
  /** To the first token, of answers that were streamed. */
  ttft: Histogram;
}

/** Sums over the records of a run, for what its summary does not hold. Memory does not grow with their number. */
export class RunTotals {
  /** Conversations that did not pass. */
  notPassed = 0;
  /** A conversation counts at each check that it failed. */
  readonly failures = new Map<string, FailureGroup>();
  readonly checks = new Map<string, CheckTotal>();
  readonly evals = new Map<string, CheckTotal>();
  readonly guardrails = new Map<string, { name: string; fired: number }>();
  readonly times = new Map<string, CallTimes>();
  /** The conversation that was the first to end without passing, and when, in milliseconds since the epoch. */
  firstFailure: { item: FailedItem; at: number } | undefined;

  add(record: ConversationRecord): void {
    this.addFailure(record);
    for (const check of record.assertions) addCheck(this.checks, check.type, check);
    for (const check of record.evals ?? []) addCheck(this.evals, check.evalId ?? check.type, check);
    for (const { validator } of record.violations) {
      const row = rowOf(this.guardrails, validator, () => ({ name: validator, fired: 0 }));
      if (row) row.fired += 1;
    }
    this.addTimes(record);
  }

  private addFailure(record: ConversationRecord): void {
    const item = failedItemOf(record);
    if (item === undefined) return;
    const { id, verdict, tolerated } = item;
    this.notPassed += 1;
    for (const example of failureReasons(record)) {
      const { reason } = example;
      const start = (): FailureGroup => ({ verdict, reason, count: 0, tolerated: 0, example: { ...example, id } });
      const group = rowOf(this.failures, `${verdict} ${reason}`, start);
      if (group === undefined) continue;
      group.count += 1;
      if (tolerated) group.tolerated += 1;
    }
    const at = record.timing.startedAt + record.timing.durationMs;
    // What was taken over failed in another run.
    if (!record.reused && at < (this.firstFailure?.at ?? Number.POSITIVE_INFINITY)) this.firstFailure = { item, at };
  }

  private addTimes({ provider, messages }: ConversationRecord): void {
    for (const { role, latencyMs, ttftMs, cached } of messages) {
      if (role !== 'assistant' || latencyMs === undefined || cached) continue;
      const start = (): CallTimes => ({ provider, latency: emptyHistogram(), ttft: emptyHistogram() });
      const row = rowOf(this.times, provider, start);
      if (row === undefined) return;
      addTo(row.latency, latencyMs);
      if (ttftMs !== undefined) addTo(row.ttft, ttftMs);
    }
  }
}

function addCheck(rows: Map<string, CheckTotal>, name: string, check: AssertionResult): void {
  const row = rowOf(rows, name, () => ({ name, passed: 0, failed: 0, skipped: 0, scores: 0, scored: 0 }));
  if (row === undefined) return;
  if (check.skipped) {
    row.skipped += 1;
    return;
  }
  row[check.passed ? 'passed' : 'failed'] += 1;
  if (check.score === undefined) return;
  row.scores += check.score;
  row.scored += 1;
}

/** The row of this key, made when it is new; undefined when the table is full. */
function rowOf<Row>(rows: Map<string, Row>, key: string, make: () => Row): Row | undefined {
  const found = rows.get(key);
  if (found !== undefined || rows.size >= MAX_ROWS) return found;
  const row = make();
  rows.set(key, row);
  return row;
}
