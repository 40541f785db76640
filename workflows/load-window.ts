import { CancellationScope, condition, isCancellation, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.js';
import type { Control } from '../src/core/control.js';
import type { LaneReady, WorkAsk, WorkLease } from '../src/core/load/lane.js';
import { announce, begin, courseEnd, dismissLanes, leave, settleLanes, sharing } from '../src/core/load/lane-shares.js';
import { budgetFigures, refusedRaise } from '../src/core/load/load-budget.js';
import type { LoadControl } from '../src/core/load/load-control.js';
import type { LoadOutline } from '../src/core/load/load-outline.js';
import { clockOf, controlOf, type LoadState, type LoadStop, newLoad } from '../src/core/load/load-state.js';
import {
  abandonLoad,
  addBudget,
  goOn,
  hold,
  refusedRate,
  refusedSteering,
  setRate,
  stopLoad,
} from '../src/core/load/load-steering.js';
import { readingPause, takeReading } from '../src/core/load/load-watch.js';
import { giveBack, leaseWork } from '../src/core/load/load-work.js';
import { settleSpares, takeSpare } from '../src/core/load/spare-lanes.js';
import type { LoadOutcome } from '../src/core/load/summarize-load.js';
import type { RunState } from '../src/core/run-state.js';
import { LANE, READING } from './activity-options.js';
import type { BudgetRaise, RateChange } from './messages.js';
import { awaitDeadline, isHistoryLong, type RunWindow, type WindowEnd, type WindowOptions } from './run-window.js';

/** For so long a test waits for all of its lanes before it begins with those that are there, in milliseconds. */
const WAIT_FOR_LANES_MS = 10_000;

/** Has a load test made by lanes, one for each worker, watches what they measure, and passes on how it is steered. */
export class LoadWindow implements RunWindow {
  private readonly lanes = new CancellationScope();
  private readonly inFlight = new Map<number, CancellationScope>();
  private stopping: 'cancelled' | 'deadline' | undefined;
  private isPatient = true;
  private isDismissed = false;
  private isOver = false;
  private fault: unknown;

  constructor(
    private readonly run: string,
    private readonly state: RunState,
    private readonly options: WindowOptions,
  ) {}

  get control(): Control {
    return { grants: {}, limit: 0, load: controlOf(this.load, Date.now()) };
  }

  /** How the test was left, for those who sum it up. */
  get outcome(): LoadOutcome & { stop?: LoadStop } {
    const { startedAt, events, lanesAtMost, stop } = this.load;
    const budget = budgetFigures(this.load);
    return {
      ...(startedAt === undefined ? {} : { control: controlOf(this.load, Date.now()) }),
      events,
      lanes: lanesAtMost,
      ...(budget === undefined ? {} : { budget }),
      ...(stop === undefined ? {} : { stop }),
    };
  }

  pause(): void {
    if (this.state.paused) return;
    this.state.paused = true;
    hold(this.load, 'paused', 'paused', Date.now());
    this.options.onChange();
  }

  resume(): void {
    if (!this.state.paused) return;
    delete this.state.paused;
    // The budget may hold it as well.
    if (this.load.budget?.reached !== true) goOn(this.load, Date.now());
    this.options.onChange();
  }

  setWorkers(workers: number): void {
    this.state.workers = workers;
    // Before the first lanes and after the last ones there is nothing to settle.
    if (this.inFlight.size > 0 && !this.isEnding) this.settleLanes();
  }

  setRate(change: RateChange): void {
    setRate(this.load, this.outline, change, Date.now());
    this.options.onChange();
  }

  stopEarly(): void {
    delete this.state.paused;
    stopLoad(this.load, 'stopped', 'stopped on request', Date.now());
    this.options.onChange();
  }

  addBudget(raise: BudgetRaise): BudgetRaise {
    const budget = addBudget(this.load, raise, this.state.paused === true, Date.now());
    this.options.onChange();
    return budget;
  }

  /** Why a message cannot be followed now, if so. */
  refusedRate = (change: RateChange): string | undefined => refusedRate(this.load, this.outline, change, Date.now());
  refusedStop = (): string | undefined => refusedSteering(this.load, this.outline, Date.now());
  refusedRaise = (raise: BudgetRaise): string | undefined =>
    refusedRaise(this.load.budget, raise) ?? refusedSteering(this.load, this.outline, Date.now());

  laneReady(ready: LaneReady): LoadControl {
    takeSpare(this.load, ready.lane, ready.worker, Date.now());
    announce(this.load, this.outline, ready, Date.now());
    this.beginWhenReady();
    this.settleSpares();
    return controlOf(this.load, Date.now());
  }

  leaseWork(ask: WorkAsk): WorkLease {
    return leaseWork(this.load, this.outline, ask, Date.now());
  }

  async end(cancelRequested: Promise<never>): Promise<WindowEnd> {
    cancelRequested.catch(() => this.stop('cancelled'));
    const noDeadline = awaitDeadline(this.state, () => this.stop('deadline'));
    this.settleLanes();
    const watching = Promise.all([this.losePatience(), this.watch()]).catch((error: unknown) => this.fail(error));
    await condition(() => this.inFlight.size === 0);
    this.isOver = true;
    // Two readings at a time would write the same picture.
    await watching;
    noDeadline();
    if (this.fault !== undefined) throw this.fault;
    if (this.isDismissed && this.stopping === undefined && this.load.stop === undefined) return 'continue';
    if (this.load.startedAt !== undefined) await this.read({ final: true });
    return this.stopping ?? 'completed';
  }

  private get load(): LoadState {
    this.state.load ??= newLoad(this.outline);
    return this.state.load;
  }

  private get outline(): LoadOutline {
    const { load } = this.state.plan;
    if (load === undefined) throw new Error('the run is no load test');
    return load;
  }

  private get isEnding(): boolean {
    return this.stopping !== undefined || this.isDismissed || this.fault !== undefined || this.load.stop !== undefined;
  }

  private settleLanes(): void {
    const wanted = this.state.workers ?? this.state.plan.workers ?? this.options.workers;
    for (const lane of settleLanes(this.load, this.outline, wanted, Date.now())) void this.dispatch({ lane });
    this.settleSpares();
  }

  /** To be called whenever it may have changed who makes what. */
  private settleSpares(): void {
    const { made, dropped } = settleSpares(this.load, this.outline, Date.now());
    for (const lane of made) void this.dispatch({ lane, spare: true });
    for (const lane of dropped) this.inFlight.get(lane)?.cancel();
    this.options.onChange();
  }

  private async dispatch(input: { lane: number; spare?: true }): Promise<void> {
    const { lane } = input;
    const scope = new CancellationScope({ cancellable: true, parent: this.lanes });
    this.inFlight.set(lane, scope);
    const { runLane } = proxyActivities<Activities>({
      ...LANE,
      activityId: `lane-${lane}`,
      taskQueue: this.state.plan.shardQueue ?? `${workflowInfo().taskQueue}-shards`,
      summary: `lane ${lane} of the load${input.spare ? ', for a worker that joins' : ''}`,
    });
    try {
      const control = controlOf(this.load, Date.now());
      const { left } = await scope.run(() => runLane({ run: this.run, ...input, control }));
      giveBack(this.load, left);
    } catch (error) {
      // A lane that was cancelled before any worker took it has made no load; nor has one whose worker was lost before it
      // could obey.
      if (!isCancellation(error) && !scope.consideredCancelled) this.fail(error);
    }
    const wasMissed = leave(this.load, this.outline, lane, Date.now());
    // Taken for lost it was told to go, and was alive: another one takes its place.
    if (wasMissed && !this.isEnding) this.settleLanes();
    this.inFlight.delete(lane);
    this.settleSpares();
  }

  private beginWhenReady(): void {
    const { startedAt, lanes } = this.load;
    const ready = sharing(this.load).length;
    if (startedAt !== undefined || ready === 0 || (this.isPatient && ready < lanes.length)) return;
    begin(this.load, this.outline, Date.now());
    this.options.onChange();
  }

  private async losePatience(): Promise<void> {
    const isDone = () => this.isOver || this.load.startedAt !== undefined;
    if (await condition(isDone, WAIT_FOR_LANES_MS)) return;
    this.isPatient = false;
    this.beginWhenReady();
  }

  /** Reads again and again what the lanes have written, until they have ended. */
  private async watch(): Promise<void> {
    await condition(() => this.isOver || this.load.startedAt !== undefined);
    while (!this.isOver) {
      const { conversations } = this.outline;
      const endMs = conversations === undefined ? courseEnd(this.load, this.outline) : undefined;
      if (await condition(() => this.isOver, readingPause(clockOf(this.load, Date.now()), endMs))) return;
      await this.read({});
      if (isHistoryLong(this.options.historyLimit) && !this.isEnding) this.dismiss();
    }
  }

  private async read(how: { final?: true }): Promise<void> {
    const { readLoad } = proxyActivities<Activities>({ ...READING, summary: 'read what the lanes measured' });
    const askedAt = Date.now();
    const reading = await readLoad({ run: this.run, control: controlOf(this.load, askedAt), ...how });
    takeReading(this.load, this.outline, reading, askedAt, Date.now());
    this.settleSpares();
  }

  /** Lanes cannot be handed to a fresh history: they end, and others begin there. */
  private dismiss(): void {
    this.isDismissed = true;
    dismissLanes(this.load, Date.now());
  }

  private stop(why: 'cancelled' | 'deadline'): void {
    if (this.stopping !== undefined) return;
    this.stopping = why;
    abandonLoad(this.load, Date.now());
    this.lanes.cancel();
  }

  private fail(fault: unknown): void {
    this.fault ??= fault;
    this.lanes.cancel();
  }
}
