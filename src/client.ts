/** Starting and steering runs from other programs. Works against any Temporal service that has Arena workers. */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  defaultPayloadConverter,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { DEFAULT_TASK_QUEUE, type Environment } from './config.js';
import { ArenaError, ERROR_CODES, type ErrorCode, type Failure } from './core/errors.js';
import { addHeartbeats, type LiveProgress } from './core/live-progress.js';
import type { FailedItem, JobResult, Progress, ShardHeartbeat } from './core/run.js';
import { type JobInput, jobInputSchema } from './schema/job.js';
import { connectTemporal, temporalSettings } from './temporal.js';

const WORKFLOW_TYPE = 'arenaJob';

/** Numbers of temporal.api.enums.v1.TaskQueueType. */
const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;

/** Time between two looks for pollers, in milliseconds. */
const POLLER_LOOK_MS = 30;
const LOOK_TIMEOUT_MS = 5000;

export interface ArenaClientOptions {
  /** A client of yours; it is not closed by `close`. Default: one made from `env`. */
  client?: Client;
  /** The standard Temporal settings (TEMPORAL_ADDRESS, …), usually `process.env`. Default: localhost:7233. */
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

export interface ProgressOptions {
  /** Time between two looks, in milliseconds. Default: 1000. */
  intervalMs?: number;
  /** Ends the iteration quietly. */
  signal?: AbortSignal;
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
      await pause(POLLER_LOOK_MS, undefined);
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
    const checked = jobInputSchema.safeParse(input);
    if (!checked.success) {
      const faults = checked.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
      throw new ArenaError({
        code: 'invalid_input',
        message: faults.join('\n'),
        hint: 'the schema of the input: arena schema job',
      });
    }
    try {
      const handle = await this.client.workflow.start(WORKFLOW_TYPE, {
        workflowId: options.id,
        taskQueue: this.taskQueue,
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `evaluation ${input.name ?? options.id}`,
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
  async *progress({ intervalMs = 1000, signal }: ProgressOptions = {}): AsyncIterable<LiveProgress> {
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
      throw readable(error, this.id);
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

  /** Where the run stands in Temporal: its first execution's id, and whether it is open. */
  async describe(): Promise<{ open: boolean; runId: string; startedAt: number }> {
    try {
      const { status, runId, startTime } = await this.handle.describe();
      return { open: status.name === 'RUNNING', runId, startedAt: startTime.getTime() };
    } catch (error) {
      throw readable(error, this.id);
    }
  }

  /** Without a worker a query waits for one; it does so no longer than this. */
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
    const [progress, failures] = await Promise.all([
      this.handle.query<Progress>('progress').catch(() => undefined),
      this.failures().catch(() => []),
    ]);
    const description = await this.handle.describe();
    const pending = description.raw.pendingActivities ?? [];
    const troubles = pending.flatMap(({ activityType, attempt, lastFailure }) =>
      lastFailure?.message && attempt
        ? [`${activityType?.name} failed and is tried again: ${lastFailure.message}`]
        : [],
    );
    const heartbeats = pending.flatMap((activity) => {
      const payload = activity.heartbeatDetails?.payloads?.[0];
      const beat: unknown = payload == null ? undefined : defaultPayloadConverter.fromPayload(payload);
      return isHeartbeat(beat) ? [beat] : [];
    });
    return {
      progress: progress && addHeartbeats(progress, heartbeats, failures, troubles),
      closed: description.status.name !== 'RUNNING',
    };
  }
}

/** Other activities beat too, with details of their own. */
function isHeartbeat(value: unknown): value is ShardHeartbeat {
  return (
    typeof value === 'object' && value !== null && 'shard' in value && 'byProvider' in value && 'failures' in value
  );
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

/** The failure that a workflow ended with, without Temporal's wrapping. */
function readable(error: unknown, id: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new ArenaError({
      code: 'invalid_input',
      message: `There is no run ${id}`,
      hint: 'arena status lists the runs',
    });
  }
  if (!(error instanceof WorkflowFailedError)) return error;
  let cause: Error | undefined = error.cause;
  while (cause !== undefined && !(cause instanceof ApplicationFailure) && cause.cause instanceof Error)
    cause = cause.cause;
  if (cause instanceof ApplicationFailure) return new ArenaError(failureOf(cause), { cause: error });
  const how =
    cause instanceof TerminatedFailure
      ? 'was terminated'
      : cause instanceof CancelledFailure
        ? 'was cancelled before it could report'
        : cause instanceof TimeoutFailure
          ? 'ran out of time'
          : 'failed';
  const message = `The run ${id} ${how}${cause?.message ? `: ${cause.message}` : ''}`;
  return new ArenaError({ code: 'internal', message }, { cause: error });
}

function failureOf(failure: ApplicationFailure): Failure {
  const details: unknown = failure.details?.[0];
  const hint = typeof details === 'object' && details !== null && 'hint' in details ? details.hint : undefined;
  const message = typeof details === 'object' && details !== null && 'message' in details ? details.message : undefined;
  return {
    code: isErrorCode(failure.type) ? failure.type : 'internal',
    message: typeof message === 'string' ? message : failure.message,
    ...(typeof hint === 'string' ? { hint } : {}),
  };
}

function isErrorCode(type: string | undefined | null): type is ErrorCode {
  return typeof type === 'string' && Object.hasOwn(ERROR_CODES, type);
}
