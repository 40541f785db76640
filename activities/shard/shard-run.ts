import type { ConversationRecord } from '../../src/core/conversation.js';
import { isRetryable } from '../../src/core/errors.js';
import type { PlanItem } from '../../src/core/plan.js';
import type { Provider } from '../../src/core/provider.js';
import type { ShardHeartbeat } from '../../src/core/run.js';
import type { EnginePorts } from '../../src/engine/ports.js';
import type { ResponseCache } from '../../src/io/cache/response-cache.js';
import { type Journal, type RecordedCalls, splitRecordKey } from '../../src/io/runs/journal.js';
import {
  callLine,
  deferredLine,
  END_LINE,
  heldLine,
  itemPrefix,
  startLine,
  waitLine,
} from '../../src/io/runs/segment-lines.js';
import type { SegmentWriter } from '../../src/io/stores/store.js';
import type { CallGate } from './call-gate.js';
import { holdItem, LongWait, type OpenConversation, type SetAside } from './hold-item.js';
import { crashedRecord } from './item-end.js';
import type { Lease } from './lease.js';
import type { ProcessGate } from './process-gate.js';
import type { RunPool, ShardSource } from './run-pool.js';
import { ShardOutcome } from './shard-outcome.js';
import { endsInOrder, type Stop } from './stop.js';

/** Crashes with the item open, after which it runs alone. */
const CRASHES_BEFORE_ALONE = 3;

/** An item to run and the number of this dispatch, 1-based. */
export interface WorkItem {
  index: number;
  attempt: number;
  /**
   * It was handed back because a provider was down. `waitedMs`: what it has waited in all. `own`: in how many dispatches
   * on end its own calls failed. `probe`: nobody knows yet whether the provider is up again.
   */
  held?: { provider: string; waitedMs: number; own: number; probe: boolean };
}

export interface ShardRunOptions {
  run: string;
  shard: number;
  worker: string;
  work: WorkItem[];
  itemAt(index: number): PlanItem;
  hold(item: PlanItem, ports: EnginePorts): Promise<ConversationRecord>;
  providers: ReadonlyMap<string, Provider>;
  journal: Journal;
  /** Answers that earlier shards recorded for items that they handed back; they are in the journal as well. */
  inherited: Map<number, RecordedCalls>;
  /** Whether a side that gave recorded answers still remembers them. */
  isThere(side: string): boolean;
  segments: SegmentWriter;
  /** Absent: every answer is asked for. */
  cache?: ResponseCache;
  pool: RunPool;
  gate: ProcessGate;
  /** What calls of providers pass. */
  callGates: readonly CallGate[];
  lease: Lease;
  itemTimeoutMs: number;
  /** Another time for the conversations of a scenario, in milliseconds. */
  scenarioTimeoutMs?(scenario: string): number | undefined;
  /** Undefined: not written by the user. Tries in place are on then, further dispatches are not. */
  maxRetries: number | undefined;
}

/** One attempt of a shard: begins its conversations as the pool has room, and records what becomes of them. */
export class ShardRun implements ShardSource {
  readonly shard: number;
  readonly outcome: ShardOutcome;
  private readonly queue: WorkItem[];
  private readonly open = new Map<number, OpenConversation>();
  private stopped: Stop | undefined;
  /** Begun and torn down by a pause. */
  private readonly interrupted: WorkItem[] = [];
  private unsettled = 0;
  private finish: () => void = () => undefined;
  private fail: (error: unknown) => void = () => undefined;

  constructor(private readonly options: ShardRunOptions) {
    this.shard = options.shard;
    this.outcome = new ShardOutcome(options.journal);
    this.queue = options.work
      .filter(({ index }) => !this.outcome.has(index))
      // Items that were open at a crash come last: what is beyond doubt is finished before the process is risked again.
      .sort((a, b) => this.crashesOf(a.index) - this.crashesOf(b.index) || a.index - b.index);
  }

  get remaining(): number {
    return this.stopped === undefined ? this.queue.length : 0;
  }

  get notRun(): number {
    return this.queue.length + this.outcome.abandoned;
  }

  /** Runs to the end, or to `stop`. Rejects when a record could not be written. */
  async run(grant: number): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    this.options.pool.add(this, grant);
    this.checkEnd();
    await ended;
    if (this.stopped?.kind === 'paused') await this.setRestAside();
    // A shard that ran to its end gets a commit, which says as much and more.
    if (this.stopped !== undefined && this.stopped.kind !== 'lost') await this.options.segments.append(END_LINE);
  }

  /**
   * `cancelled` and `lost` end calls in flight. `draining` and `paused` let them end, so that their answers are
   * recorded; whoever waits for something else stops waiting, and nothing new begins.
   */
  stop(kind: Stop['kind'], error: Error): void {
    if (this.stopped !== undefined && !endsInOrder(this.stopped)) return;
    this.stopped = { kind, error };
    for (const { controller, outside } of this.open.values()) {
      if (!endsInOrder(this.stopped) || !outside?.inCall) controller.abort(error);
    }
    this.checkEnd();
  }

  handBack(): void {
    this.stop('draining', new Error('there are no permits here; the slot is for a shard that has some'));
  }

  pause(): void {
    if (this.stopped === undefined) this.stop('paused', new Error('the run is paused'));
  }

  get stopReason(): Stop | undefined {
    return this.stopped;
  }

  heartbeat(): ShardHeartbeat {
    return { shard: this.shard, worker: this.options.worker, open: this.open.size, ...this.outcome.progress() };
  }

  async begin(): Promise<void> {
    const work = this.queue.shift();
    if (work === undefined) return;
    this.unsettled += 1;
    await new Promise<void>((slotTaken) => {
      void this.runItem(work, slotTaken)
        .catch((error: unknown) => {
          if (this.stopped === undefined) this.fail(error);
          else if (this.stopped.kind === 'paused') this.interrupted.push(work);
          else this.outcome.abandoned += 1;
        })
        .finally(() => {
          slotTaken();
          this.unsettled -= 1;
          this.checkEnd();
        });
    });
  }

  private checkEnd(): void {
    if (this.unsettled === 0 && this.remaining === 0) this.finish();
  }

  private crashesOf(index: number): number {
    return this.options.journal.crashes.get(index)?.count ?? 0;
  }

  private async runItem(work: WorkItem, slotTaken: () => void): Promise<void> {
    const { segments, gate, pool, journal } = this.options;
    const item = this.options.itemAt(work.index);
    const crashes = journal.crashes.get(work.index);
    if (crashes?.alone) {
      await this.recordItem(work, crashedRecord(item, work.attempt, crashes.count));
      return;
    }
    const alone = (crashes?.count ?? 0) >= CRASHES_BEFORE_ALONE;
    if (!alone) await segments.append(startLine(work.index, work.attempt, false));
    await gate.enter(alone);
    let inside = true;
    const conversation: OpenConversation = { controller: new AbortController() };
    this.open.set(work.index, conversation);
    try {
      if (this.stopped !== undefined) throw this.stopped.error;
      // Only now is it alone: a mark written before would blame it for the crash of another suspect.
      if (alone) await segments.append(startLine(work.index, work.attempt, true));
      await pool.takeSlot(conversation.controller.signal);
      slotTaken();
      let record: ConversationRecord | SetAside;
      try {
        record = await holdItem(this.options, item, work, conversation, () => this.stopped);
      } finally {
        pool.releaseSlot();
        gate.leave(alone);
        inside = false;
      }
      if ('verdict' in record) await this.recordItem(work, record);
      else await this.recordSetAside(work, record);
    } finally {
      if (inside) gate.leave(alone);
      this.open.delete(work.index);
    }
  }

  /** What a pause leaves without a verdict goes on when the workflow wakes what waits, from the answers that it has. */
  private async setRestAside(): Promise<void> {
    const now = new LongWait(Date.now());
    const rest = [...this.queue.splice(0), ...this.interrupted.splice(0)];
    await Promise.all(rest.map((work) => this.recordSetAside(work, now)));
  }

  private async recordSetAside(work: WorkItem, reason: SetAside): Promise<void> {
    const { index, attempt } = work;
    const { segments } = this.options;
    await this.passOn(work);
    if (reason instanceof LongWait) {
      await segments.append(waitLine(index, attempt, reason.dueAt));
      this.outcome.wait(work, reason.dueAt);
    } else {
      await segments.append(heldLine(index, attempt, JSON.stringify(reason)));
      this.outcome.setAside(work, reason);
    }
  }

  /** Whoever takes the item up next reads what this shard has recorded: answers from before must stand there too. */
  private async passOn({ index }: WorkItem): Promise<void> {
    const { segments, inherited } = this.options;
    const lines = [...(inherited.get(index) ?? [])].map(([key, answer]) => {
      const { occurrence, hash } = splitRecordKey(key);
      return segments.append(callLine(index, occurrence, hash, JSON.stringify(answer)));
    });
    await Promise.all(lines);
  }

  private async recordItem(work: WorkItem, record: ConversationRecord): Promise<void> {
    const { segments, maxRetries } = this.options;
    if (record.verdict === 'errored') await this.passOn(work);
    if (record.error !== undefined && isRetryable(record.error) && work.attempt <= (maxRetries ?? 0)) {
      await segments.append(deferredLine(work.index, work.attempt, JSON.stringify(record.error)));
      this.outcome.defer(work, record.error);
      return;
    }
    const json = JSON.stringify(record);
    const prefix = itemPrefix(work.index, work.attempt);
    const place = await segments.append(prefix + json);
    this.outcome.finish(record, {
      key: place.key,
      offset: place.offset + prefix.length,
      length: place.length - prefix.length,
    });
  }
}
