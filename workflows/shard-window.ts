import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.js';
import type { Control } from '../src/core/control.js';
import { nextWakeAt, settleHeld, standingsOf, tryHeld, wakeHeld } from '../src/core/held-providers.js';
import type { ProviderStanding } from '../src/core/hold.js';
import { enterShard, type PermitState, releasePermits, spreadPermits } from '../src/core/permits.js';
import { addResult, hasWork, type RunState, retryFailed, takeWork, wakeDeferred } from '../src/core/run-state.js';
import { SHARD_SLOTS, type ShardResult, type ShardWork } from '../src/core/shard.js';
import { retryDelayMs, SHARD } from './activity-options.js';
import { awaitDeadline, isHistoryLong, type RunWindow, type WindowEnd, type WindowOptions } from './run-window.js';

/** Shards in flight at most, whatever the number of workers: well below what a workflow may have pending. */
const MAX_WINDOW = 400;

/** Keeps as many shards in flight as the workers have slots, until no work is left. */
export class ShardWindow implements RunWindow {
  private readonly permits: PermitState;
  private readonly scope = new CancellationScope();
  private readonly inFlight = new Set<number>();
  private stopping: 'cancelled' | 'deadline' | undefined;
  private fault: unknown;
  private changed = false;

  constructor(
    private readonly run: string,
    readonly state: RunState,
    private readonly options: WindowOptions,
  ) {
    this.permits = { limit: 0, grants: {} };
  }

  get shardsInFlight(): number {
    return this.inFlight.size;
  }

  get control(): Control {
    return {
      grants: this.permits.grants,
      limit: this.permits.limit,
      standings: standingsOf(this.state),
      ...(this.state.paused ? { paused: true } : {}),
    };
  }

  /** Something changed from outside, for example by an update. */
  wake(): void {
    this.changed = true;
  }

  pause(): void {
    this.state.paused = true;
    this.wake();
  }

  resume(): void {
    delete this.state.paused;
    this.wake();
  }

  setWorkers(workers: number): void {
    this.state.workers = workers;
    this.permits.limit = this.limit;
    this.wake();
  }

  /** Runs failed items again; returns how many of shards that have ended. Those of shards in flight follow them. */
  retryFailed(): number {
    this.wake();
    // Runs that were asked before this was told went on without those in flight.
    return retryFailed(this.state, patched('retry-in-flight') ? this.inFlight : []);
  }

  /** Asks the providers that are down at once; returns how many there are. */
  tryHeld(): number {
    this.wake();
    return tryHeld(this.state, Date.now());
  }

  async end(cancelRequested: Promise<never>): Promise<WindowEnd> {
    this.permits.limit = this.limit;
    cancelRequested.catch(() => this.stop('cancelled'));
    const noDeadline = awaitDeadline(this.state, () => this.stop('deadline'));
    const end = await this.slide();
    noDeadline();
    if (this.fault !== undefined) throw this.fault;
    return end;
  }

  private async slide(): Promise<WindowEnd> {
    for (;;) {
      this.changed = false;
      if (!this.state.paused) {
        wakeDeferred(this.state, Date.now());
        wakeHeld(this.state, Date.now());
      }
      this.fill();
      this.options.onChange();
      if (this.inFlight.size === 0) {
        if (this.fault !== undefined) return 'completed';
        if (this.stopping !== undefined) return this.stopping;
        if (this.mustContinueAsNew) return 'continue';
        if (!hasWork(this.state)) return 'completed';
      }
      await this.somethingHappens();
    }
  }

  private fill(): void {
    const added: { shard: number; work: ShardWork; items: number }[] = [];
    while (this.inFlight.size < this.size) {
      const next = takeWork(this.state);
      if (next === undefined) break;
      this.inFlight.add(next.shard);
      enterShard(this.permits, next.shard);
      added.push(next);
    }
    spreadPermits(this.permits);
    for (const next of added) void this.dispatch(next);
  }

  /** Shards that may be in flight now. With few permits few: a slot full of shards without permits helps nobody. */
  private get size(): number {
    if (this.stopping !== undefined || this.fault !== undefined || this.mustContinueAsNew) return 0;
    if (this.state.paused) return 0;
    const slots = this.workers * SHARD_SLOTS;
    return Math.min(MAX_WINDOW, slots, Math.max(SHARD_SLOTS, this.permits.limit));
  }

  private get workers(): number {
    return this.state.workers ?? this.state.plan.workers ?? this.options.workers;
  }

  /** Calls in flight that the run may have. */
  private get limit(): number {
    const { concurrency, concurrencyPerWorker } = this.state.plan;
    return concurrencyPerWorker === undefined ? concurrency : concurrencyPerWorker * this.workers;
  }

  private async dispatch({ shard, work, items }: { shard: number; work: ShardWork; items: number }): Promise<void> {
    const again = work.kind === 'range' ? '' : ', again';
    const { runShard } = proxyActivities<Activities>({
      ...SHARD,
      activityId: `shard-${shard}`,
      taskQueue: this.state.plan.shardQueue ?? `${workflowInfo().taskQueue}-shards`,
      summary: `shard ${shard}: ${items} conversation${items === 1 ? '' : 's'}${again}`,
    });
    const grant = this.permits.grants[shard] ?? 0;
    const standings = standingsOf(this.state);
    const told = standings.length === 0 ? {} : { standings };
    try {
      this.settle(await this.scope.run(() => runShard({ run: this.run, shard, work, grant, ...told })), standings);
    } catch (error) {
      // A shard that was cancelled before any worker took it has run nothing.
      if (!isCancellation(error)) this.fault ??= error;
      releasePermits(this.permits, shard, {});
    }
    if (this.fault !== undefined) this.scope.cancel();
    this.inFlight.delete(shard);
    this.wake();
  }

  private settle(result: ShardResult, told: readonly ProviderStanding[]): void {
    const now = Date.now();
    releasePermits(this.permits, result.shard, result.permits.moved);
    addResult(this.state, result, now + retryDelayMs(result.attempt, result.retryAfterMs));
    const delayMs = (failedProbes: number, retryAfterMs: number) => retryDelayMs(failedProbes + 1, retryAfterMs);
    settleHeld(this.state, result, told, { now, delayMs });
  }

  private stop(why: 'cancelled' | 'deadline'): void {
    if (this.stopping !== undefined) return;
    this.stopping = why;
    this.scope.cancel();
    this.wake();
  }

  private get mustContinueAsNew(): boolean {
    return isHistoryLong(this.options.historyLimit);
  }

  /** Waits for a shard to end, a message, or the moment when deferred items are due or a provider is to be asked. */
  private async somethingHappens(): Promise<void> {
    const wakeAt = this.stopping === undefined ? nextWakeAt(this.state) : undefined;
    const due = Math.min(...this.state.deferred.map((entry) => entry.dueAt), wakeAt ?? Infinity);
    const dueAt = this.state.paused ? Infinity : due;
    if (Number.isFinite(dueAt)) await condition(() => this.changed, Math.max(1, dueAt - Date.now()));
    else await condition(() => this.changed);
  }
}
