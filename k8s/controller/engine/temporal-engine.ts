import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { ArenaError } from '../../../src/core/errors.js';
import { addHeartbeats, type LiveProgress, newsOfPending } from '../../../src/core/live-progress.js';
import type { Progress } from '../../../src/core/run.js';
import type { Engine, ScheduleRequest, ScheduleState, StartRequest, WorkflowState } from '../ports.js';
import { TemporalSchedules } from './temporal-schedules.js';
import { endOf } from './workflow-end.js';

/** Time for one request, tries of the connection included: a reconciler must not hang on a service that is away. */
const REQUEST_MS = 10_000;

/** A worker answers a query at once or is not there. */
const QUERY_MS = 3000;

/** Names a run in the Temporal UI; longer ones are cut there anyway. */
const MAX_SUMMARY = 200;

/** Temporal, as the controller sees it. */
export class TemporalEngine implements Engine {
  private readonly schedules: TemporalSchedules;

  /** @param taskQueue of the workers that take workflows */
  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
  ) {
    this.schedules = new TemporalSchedules(client, taskQueue);
  }

  start({ workflow, id, args, memo, summary }: StartRequest): Promise<boolean> {
    return this.within(REQUEST_MS, async () => {
      try {
        await this.client.workflow.start(workflow, {
          workflowId: id,
          taskQueue: this.taskQueue,
          args,
          memo: { ...memo },
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: summary.slice(0, MAX_SUMMARY),
        });
        return true;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        throw error;
      }
    });
  }

  state(workflowId: string): Promise<WorkflowState | undefined> {
    return this.known(async () => {
      const { status, runId, startTime, closeTime } = await this.handle(workflowId).describe();
      const startedAt = startTime.getTime();
      if (closeTime === undefined || status.name === 'RUNNING' || status.name === 'PAUSED') {
        return { open: true, startedAt };
      }
      const end = await endOf(this.client, { workflowId, runId, closedAt: closeTime.getTime() });
      return { open: false, startedAt, ...end };
    });
  }

  /** What is committed and what running shards have told since; undefined when no worker answers in time. */
  async progress(workflowId: string): Promise<LiveProgress | undefined> {
    const handle = this.handle(workflowId);
    try {
      return await this.within(QUERY_MS, async () => {
        // Asked in this order: a shard that ends in between is then missing for a moment rather than counted twice.
        const progress = await handle.query<Progress>('progress');
        const { raw } = await handle.describe();
        const decode = defaultPayloadConverter.fromPayload.bind(defaultPayloadConverter);
        const { heartbeats, troubles } = newsOfPending(raw.pendingActivities ?? [], decode);
        return addHeartbeats(progress, heartbeats, [], troubles);
      });
    } catch {
      return undefined;
    }
  }

  /** Throws `invalid_input` where the run refuses or has ended. */
  async update(workflowId: string, name: Parameters<Engine['update']>[1], args: unknown[]): Promise<unknown> {
    try {
      const handle = this.handle(workflowId);
      const [first, ...rest] = args;
      return await this.within(REQUEST_MS, () =>
        args.length === 0 ? handle.executeUpdate(name) : handle.executeUpdate(name, { args: [first, ...rest] }),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) {
        throw new ArenaError({ code: 'invalid_input', message: `the run ${workflowId} has ended` }, { cause: error });
      }
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      const message = error.cause?.message ?? error.message;
      throw new ArenaError({ code: 'invalid_input', message }, { cause: error });
    }
  }

  async cancel(workflowId: string): Promise<void> {
    await this.known(() => this.handle(workflowId).cancel());
  }

  ensureSchedule(request: ScheduleRequest): Promise<void> {
    return this.within(REQUEST_MS, () => this.schedules.ensure(request));
  }

  triggerSchedule(id: string): Promise<void> {
    return this.within(REQUEST_MS, () => this.schedules.trigger(id));
  }

  schedule(id: string): Promise<ScheduleState | undefined> {
    return this.within(REQUEST_MS, () => this.schedules.state(id));
  }

  deleteSchedule(id: string): Promise<void> {
    return this.within(REQUEST_MS, () => this.schedules.delete(id));
  }

  private handle(workflowId: string): WorkflowHandle {
    return this.client.workflow.getHandle(workflowId);
  }

  private within<T>(ms: number, request: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + ms, request);
  }

  /** Undefined when Temporal knows no such workflow, or cannot be asked about it any more because it has ended. */
  private async known<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.within(REQUEST_MS, request);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }
}
