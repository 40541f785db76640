import type { Client, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { addHeartbeats, type LiveProgress, newsOfPending } from './core/live-progress.js';
import type { FailedItem, JobResult, Progress } from './core/run.js';
import { endWithoutResult } from './run-failure.js';
import { type BudgetAmount, orderRun, type RateChange } from './run-orders.js';

/** A query waits for a worker no longer than this. */
const LOOK_TIMEOUT_MS = 5000;

export interface ProgressOptions {
  /** Time before the first look, in milliseconds. Default: 0. */
  firstAfterMs?: number;
  /** Time between two looks, in milliseconds. Default: 1000. */
  intervalMs?: number;
  /** Ends the iteration quietly. */
  signal?: AbortSignal;
}

/** One run of a job, wherever it was started. */
export class ArenaRun {
  constructor(
    private readonly client: Client,
    private readonly handle: WorkflowHandle,
    private readonly looks: Set<Promise<unknown>>,
  ) {}

  get id(): string {
    return this.handle.workflowId;
  }

  /** How the run stands, again and again until it has ended; a look that fails (no worker, no server) is left out. */
  async *progress({ intervalMs = 1000, firstAfterMs = 0, signal }: ProgressOptions = {}): AsyncIterable<LiveProgress> {
    await pause(firstAfterMs, signal);
    const nothing = { progress: undefined, closed: false };
    const aborted = new Promise<typeof nothing>((resolve) => {
      signal?.addEventListener('abort', () => resolve(nothing));
    });
    while (!signal?.aborted) {
      // A look that waits for its next try cannot be aborted, so nobody waits for it either.
      const { progress, closed } = await Promise.race([this.look().catch(() => nothing), aborted]);
      if (progress !== undefined) yield progress;
      if (closed) return;
      await pause(intervalMs, signal);
    }
  }

  /** How the run stands now; undefined when no worker answers. */
  async progressNow(): Promise<LiveProgress | undefined> {
    return (await this.look()).progress;
  }

  /** Waits for the end. A run that fails its checks has a result too; this throws only when there is none. */
  async result(): Promise<JobResult> {
    try {
      return await this.handle.result();
    } catch (error) {
      throw endWithoutResult(error, this.id);
    }
  }

  /** Ends the run early. What has finished by then is reported. */
  async cancel(): Promise<void> {
    await this.handle.cancel();
  }

  /** The first failed items, at most 20. */
  failures(): Promise<FailedItem[]> {
    return this.handle.query<FailedItem[]>('failures');
  }

  /** Runs the failed items of an open run again; how many there are. A run that has ended takes a new one with `retryOf`. */
  retryFailed(): Promise<number> {
    return this.handle.executeUpdate<number, []>('retryFailed');
  }

  /** Asks the providers that are down now, rather than when their time has come; how many there are. */
  tryHeld(): Promise<number> {
    return this.handle.executeUpdate<number, []>('tryHeld');
  }

  /** Lets calls in flight end and begins nothing new until `resume`; the clock of a load test stands. */
  pause(): Promise<void> {
    return orderRun(this.handle, 'pause');
  }

  /** Goes on after `pause`. */
  resume(): Promise<void> {
    return orderRun(this.handle, 'resume');
  }

  /** Steers a load test: from two seconds ahead on, until the test ends as planned. */
  setRate(change: RateChange): Promise<void> {
    return orderRun(this.handle, 'setRate', change);
  }

  /** Ends a load test before its time: nothing more begins, conversations in flight end, thresholds are judged. */
  stopEarly(): Promise<void> {
    return orderRun(this.handle, 'stopEarly');
  }

  /** Raises the budget of a load test, which goes on where it was held for it. Gives what the budget is now. */
  addBudget(raise: BudgetAmount): Promise<BudgetAmount> {
    return orderRun<BudgetAmount>(this.handle, 'addBudget', raise);
  }

  /** Where the run stands in Temporal: its first execution's id, and whether it is open. */
  async describe(): Promise<{ open: boolean; runId: string; startedAt: number }> {
    try {
      const { status, runId, startTime } = await this.handle.describe();
      return { open: status.name === 'RUNNING', runId, startedAt: startTime.getTime() };
    } catch (error) {
      throw endWithoutResult(error, this.id);
    }
  }

  private look(): Promise<{ progress: LiveProgress | undefined; closed: boolean }> {
    const look = this.client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, () => this.lookNow());
    this.looks.add(look);
    const settled = (): void => {
      this.looks.delete(look);
    };
    look.then(settled, settled);
    return look;
  }

  private async lookNow(): Promise<{ progress: LiveProgress | undefined; closed: boolean }> {
    // Asked in this order: a shard that ends in between is then missing for a moment rather than counted twice.
    const progress = await this.handle.query<Progress>('progress').catch(() => undefined);
    const anyFailed = progress !== undefined && progress.counts.failed + progress.counts.errored > 0;
    const failures = anyFailed ? await this.failures().catch(() => []) : [];
    const description = await this.handle.describe();
    const pending = description.raw.pendingActivities ?? [];
    const { heartbeats, lanes, troubles } = newsOfPending(pending, (payload) =>
      defaultPayloadConverter.fromPayload(payload),
    );
    return {
      progress: progress && addHeartbeats(progress, heartbeats, failures, troubles, lanes),
      closed: description.status.name !== 'RUNNING',
    };
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
