import type { Client } from '@temporalio/client';
import type { Control } from '../../src/core/control.js';
import type { LaneReady, WorkAsk, WorkLease } from '../../src/core/load/lane.js';
import type { LoadControl } from '../../src/core/load/load-control.js';
import type { LaneStop } from './lane-stop.js';

/** Time between two looks at the workflow's `control` query, in milliseconds; before the test begins more often. */
const POLL_MS = { running: 1_000, waiting: 150 };
/** Longest wait for an answer of the workflow, in milliseconds. */
const ANSWER_MS = 10_000;
const ASK_AGAIN_MS = 500;

/** The way of one attempt of a lane to the workflow of its run. */
export class LaneLink {
  private asks = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param attempt names the attempt among all of the run */
  constructor(
    private readonly client: Client,
    private readonly run: string,
    private readonly attempt: string,
  ) {}

  /** Tells that the lane could begin, and waits until the test does; undefined when the lane is stopped before. */
  async begin(ready: LaneReady, stop: Pick<LaneStop, 'current' | 'told'>): Promise<LoadControl | undefined> {
    let control = await this.announce(ready, stop);
    while (control?.waiting && stop.current === undefined) {
      await Promise.race([pauseMs(POLL_MS.waiting), stop.told]);
      control = (await this.ask().catch(() => undefined)) ?? control;
    }
    return stop.current === undefined ? control : undefined;
  }

  /** Rejects when the workflow cannot be asked. What is asked again under the same number is answered once. */
  async leaseWork(ask: WorkAsk): Promise<WorkLease> {
    this.asks += 1;
    const id = `${this.attempt} ${this.asks}`;
    try {
      return await this.update<WorkLease, WorkAsk>('leaseWork', id, ask);
    } catch {
      // It may have been answered, and the answer lost: then this is given the same one.
      return this.update<WorkLease, WorkAsk>('leaseWork', id, ask);
    }
  }

  /** Tells the lane once a second what holds, until `stop`. */
  follow(lane: { learn(control: LoadControl): void }): void {
    this.timer = setTimeout(async () => {
      // A workflow that cannot be asked changes nothing: what is known stays true until the next look.
      const control = await this.ask().catch(() => undefined);
      if (this.timer === undefined) return;
      if (control !== undefined) lane.learn(control);
      this.follow(lane);
    }, POLL_MS.running);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async announce(ready: LaneReady, stop: Pick<LaneStop, 'current' | 'told'>): Promise<LoadControl | undefined> {
    while (stop.current === undefined) {
      try {
        return await this.update<LoadControl, LaneReady>('laneReady', `${this.attempt} ready`, ready);
      } catch {
        // The workflow is between workers, or the server is away; the lease of the lane ends what must end.
        await Promise.race([pauseMs(ASK_AGAIN_MS), stop.told]);
      }
    }
    return undefined;
  }

  private async ask(): Promise<LoadControl | undefined> {
    const { connection, workflow } = this.client;
    const control = await connection.withDeadline(Date.now() + ANSWER_MS, () =>
      workflow.getHandle(this.run).query<Control>('control'),
    );
    return control.load;
  }

  private update<Answer, Told>(name: string, updateId: string, told: Told): Promise<Answer> {
    return this.client.connection.withDeadline(Date.now() + ANSWER_MS, () =>
      this.client.workflow.getHandle(this.run).executeUpdate<Answer, [Told]>(name, { args: [told], updateId }),
    );
  }
}

const pauseMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
