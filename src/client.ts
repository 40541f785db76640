/** Starting and steering runs from other programs. Works against any Temporal service that has Arena workers. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ArenaRun } from './arena-run.js';
import { checkJobInput } from './bundle/check-job-input.js';
import { DEFAULT_TASK_QUEUE, type Environment } from './config.js';
import { ArenaError } from './core/errors.js';
import type { JobInput } from './schema/job.js';
import { connectTemporal, temporalSettings } from './temporal.js';

const WORKFLOW_TYPE = 'arenaJob';

/** Numbers of temporal.api.enums.v1.TaskQueueType. */
const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;

/** Time between two looks for pollers, in milliseconds. */
const POLLER_LOOK_MS = 30;

export interface ArenaClientOptions {
  /** A client of yours; it is not closed by `close`. Default: one made from `env`. */
  client?: Client;
  /** The standard Temporal settings (TEMPORAL_ADDRESS, …), Default: `process.env`. */
  env?: Environment;
  /** Task queue of the Arena workers. Default: `arena`. */
  taskQueue?: string;
}

export interface StartOptions {
  /** Workflow id and the run's key in the store. The same id gives the same run, also when it has ended. */
  id: string;
  /** Refuse when there is a run with this id. Default: false. */
  mustBeNew?: boolean;
}

export class ArenaClient {
  private readonly looks = new Set<Promise<unknown>>();

  private constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    private readonly ownsConnection: boolean,
  ) {}

  static async connect(options: ArenaClientOptions = {}): Promise<ArenaClient> {
    const { taskQueue = DEFAULT_TASK_QUEUE, env = process.env } = options;
    const client = options.client ?? (await connectTemporal(temporalSettings(env)));
    return new ArenaClient(client, taskQueue, options.client === undefined);
  }

  /**
   * Waits until workers poll for workflows and for shards, at most `timeoutMs` milliseconds. A run may be started
   * without it: it then begins when a worker comes.
   */
  async workersReady(timeoutMs = 15_000): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    const queues = [
      { name: this.taskQueue, type: WORKFLOW_QUEUE },
      { name: `${this.taskQueue}-shards`, type: ACTIVITY_QUEUE },
    ];
    while (Date.now() < deadline) {
      const polled = await Promise.all(queues.map(({ name, type }) => this.isPolled(name, type)));
      if (polled.every(Boolean)) return true;
      await new Promise((resolve) => setTimeout(resolve, POLLER_LOOK_MS));
    }
    return false;
  }

  private async isPolled(name: string, taskQueueType: number): Promise<boolean> {
    const { workflowService, options } = this.client;
    const { namespace } = options;
    const { pollers } = await workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType });
    return (pollers ?? []).length > 0;
  }

  /** Starts a run, or finds the one that has this id. */
  async start(input: JobInput, options: StartOptions): Promise<ArenaRun> {
    checkJobInput(input);
    try {
      const handle = await this.client.workflow.start(WORKFLOW_TYPE, {
        workflowId: options.id,
        taskQueue: this.taskQueue,
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `${input.type ?? 'evaluation'} ${input.name ?? options.id}`,
      });
      return new ArenaRun(this.client, handle, this.looks);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (!options.mustBeNew) return this.run(options.id);
      throw new ArenaError({
        code: 'invalid_input',
        message: `There is a run ${options.id} already`,
        hint: 'choose another name',
      });
    }
  }

  /** A run that was started before. */
  run(id: string): ArenaRun {
    return new ArenaRun(this.client, this.client.workflow.getHandle(id), this.looks);
  }

  /** Ends the connection; calls to runs that are under way must have settled. */
  async close(): Promise<void> {
    // The SDK's own retry of a call would throw where nobody can catch it when its connection is gone.
    await Promise.allSettled(this.looks);
    if (this.ownsConnection) await this.client.connection.close();
  }
}
