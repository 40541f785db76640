import { type NativeConnection, Worker } from '@temporalio/worker';
import { LIMITER_QUEUE } from './core/limiter-messages.js';
import { WORKFLOW_BUNDLE } from './workflow-bundle.js';

/**
 * Limiters that were run by a process which died are taken up by another one after this time; without it, that of
 * Temporal's own, no limiter would answer for ten seconds.
 */
const TAKE_UP_AFTER = '1 second';

/** Runs limiters in this process, from the first call of a provider with limits on: runs without any pay nothing. */
export class LimiterWorker {
  private worker: Promise<Worker> | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly connection: NativeConnection,
    private readonly namespace: string,
  ) {}

  /** Resolves when it runs. A later call after a failure tries again. */
  async start(): Promise<void> {
    this.worker ??= this.create();
    try {
      await this.worker;
    } catch (error) {
      this.worker = undefined;
      throw error;
    }
  }

  /** To be called when the process shuts down. */
  async stop(): Promise<void> {
    const worker = await this.worker?.catch(() => undefined);
    if (worker?.getState() === 'RUNNING') worker.shutdown();
    await this.running;
  }

  private async create(): Promise<Worker> {
    const { connection, namespace } = this;
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: LIMITER_QUEUE,
      workflowBundle: WORKFLOW_BUNDLE,
      stickyQueueScheduleToStartTimeout: TAKE_UP_AFTER,
    });
    this.running = worker.run().catch(() => {
      // The other workers of this process end for the same reason and say so; the next ask starts a new one.
      this.worker = undefined;
    });
    return worker;
  }
}
