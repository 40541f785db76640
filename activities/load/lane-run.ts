import type { LaneEnd, LaneHeartbeat } from '../../src/core/load/lane.js';
import type { LoadControl } from '../../src/core/load/load-control.js';
import type { LoadPlan } from '../../src/core/load/load-plan.js';
import { ScenarioMix } from '../../src/core/load/scenario-mix.js';
import { seededRandom } from '../../src/core/seeded-random.js';
import type { LoadSamples } from '../../src/io/runs/load-samples.js';
import type { SliceSegments } from '../../src/io/runs/load-slices.js';
import type { Lease } from '../shard/lease.js';
import { ClosedLane } from './closed-lane.js';
import { LaneClock } from './lane-clock.js';
import { LaneConversations, type LaneConversationsOptions } from './lane-conversations.js';
import type { LaneFigures } from './lane-figures.js';
import type { LaneLink } from './lane-link.js';
import type { LaneStop } from './lane-stop.js';
import { LoadMeter } from './load-meter.js';
import { OpenLane } from './open-lane.js';
import { SliceWriter } from './slice-writer.js';
import { WorkLeases } from './work-leases.js';

/** Time that calls in flight have to end where another process waits for the lane, in milliseconds. */
const HAND_OVER_MS = 2_000;
/** Time that conversations which were cut off have to end, whatever they do, in milliseconds. */
const CUT_OFF_MS = 5_000;

export interface LaneRunOptions
  extends Omit<
    LaneConversationsOptions,
    'meter' | 'budget' | 'thinkMs' | 'draining' | 'onRecord' | 'onFault' | 'lease'
  > {
  worker: string;
  plan: LoadPlan;
  control: LoadControl;
  lease: Lease;
  link: LaneLink;
  stop: LaneStop;
  slices: SliceSegments;
  samples: LoadSamples;
  figures: LaneFigures;
}

/** One attempt of a lane from the beginning of its load to the end of its last conversation. */
export class LaneRun {
  private readonly clock: LaneClock;
  private readonly meter = new LoadMeter(0);
  private readonly leases: WorkLeases;
  private readonly conversations: LaneConversations;
  private readonly lane: OpenLane | ClosedLane;
  private readonly writer: SliceWriter;

  constructor(private readonly options: LaneRunOptions) {
    const { plan, control, lease, link, stop, slices, samples, figures, lane } = options;
    const random = seededRandom(plan.seed + 7_919 * lane);
    const { min, max } = plan.thinkMs ?? { min: 0, max: 0 };
    this.clock = new LaneClock(control);
    this.leases = new WorkLeases({
      lane,
      ask: (ask) => link.leaseWork(ask),
      bounded: { budget: plan.budget !== undefined, conversations: plan.conversations !== undefined },
      paused: () => this.clock.paused,
    });
    const onFault = (error: unknown): void => stop.stop('broken', asError(error));
    this.conversations = new LaneConversations({
      ...options,
      meter: this.meter,
      budget: plan.budget === undefined ? undefined : this.leases,
      thinkMs: () => min + random() * (max - min),
      draining: () => stop.current?.error,
      onRecord: (record) => samples.offer(record),
      onFault,
    });
    this.lane = plan.model === 'open' ? this.openLane(random) : this.closedLane();
    this.writer = new SliceWriter({
      meter: this.meter,
      append: (slice) => slices.append(slice),
      startedAt: control.startedAt,
      settledMs: () => this.lane.settledMs,
      stalled: () => !lease.fresh,
      onSlice: (slice) => figures.add(slice),
      onFailure: onFault,
    });
  }

  learn(control: LoadControl): void {
    this.clock.learn(control);
  }

  heartbeat(): LaneHeartbeat {
    const { figures, lane, worker } = this.options;
    return figures.heartbeat(lane, worker, this.clock.now, this.meter);
  }

  /** Numbers of conversations that it was given and did not begin. */
  get left(): { from: number; to: number } | undefined {
    return this.leases.left;
  }

  /** Makes its load to the end, or until it is stopped. Rejects when what it counted could not be written. */
  async run(): Promise<LaneEnd> {
    const { stop } = this.options;
    this.leases.refill();
    this.writer.start();
    try {
      const running = this.lane.run();
      const ended = await Promise.race([running, stop.told]);
      this.lane.stop();
      // Nothing is asked for any more where nothing is left: what waits for budget is cut off.
      this.leases.close(new Error('the budget of the test is used up'));
      await this.drain();
      await running;
      await this.writer.end();
      await this.leases.settle().catch(() => undefined);
      return typeof ended === 'string' ? ended : 'cancelled';
    } finally {
      this.writer.stop();
    }
  }

  /** Lets conversations end as long as they may, then cuts them off. */
  private async drain(): Promise<void> {
    const { plan, stop } = this.options;
    const drained = this.lane.drained();
    const isDrained = async (ms: number): Promise<boolean> => {
      const timer = deferred(ms);
      const first = await Promise.race([drained.then(() => true), stop.told.then(() => false), timer.over]);
      timer.clear();
      return first;
    };
    if (stop.current === undefined && (await isDrained(plan.gracefulStopMs))) return;
    if (stop.current?.kind === 'draining') {
      const timer = deferred(HAND_OVER_MS);
      await Promise.race([drained, timer.over]);
      timer.clear();
    }
    this.conversations.cut(stop.current?.error ?? new Error('the test is over'));
    const timer = deferred(CUT_OFF_MS);
    await Promise.race([drained, timer.over]);
    timer.clear();
  }

  private openLane(random: () => number): OpenLane {
    const { plan, lease, lane } = this.options;
    const lanesNow = (): number => this.clock.at(this.clock.now)?.lanes.length || 1;
    return new OpenLane({
      lane,
      clock: this.clock,
      kind: plan.arrivals,
      random,
      mix: new ScenarioMix(plan.cells.map(({ weight }) => weight)),
      expected: plan.cells.map(({ requests }) => requests),
      get maxOpen() {
        return Math.ceil(plan.maxInFlight / lanesNow());
      },
      meter: this.meter,
      ready: () => lease.fresh && this.leases.open,
      hold: this.conversations.hold,
    });
  }

  private closedLane(): ClosedLane {
    const { plan, lane } = this.options;
    const mix = new ScenarioMix(plan.cells.map(({ weight }) => weight));
    let begun = 0;
    return new ClosedLane({
      lane,
      clock: this.clock,
      maxUsers: plan.usersPerWorker ?? Infinity,
      meter: this.meter,
      next: async () => {
        if (plan.conversations === undefined) {
          begun += 1;
          return { number: begun - 1, cell: mix.at(begun - 1) };
        }
        const number = await this.leases.next();
        return number === undefined ? undefined : { number, cell: this.conversations.cellOf(number) };
      },
      hold: this.conversations.hold,
    });
  }
}

function deferred(ms: number): { over: Promise<false>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return { over, clear: () => clearTimeout(timer) };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
