import { type Client, ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import type { ObjectKey } from '../../../src/cluster/cluster-reader.js';
import { type Clock, pause } from '../clock.js';
import type { Reconciler, ReconcilerDeps } from '../ports.js';
import { ownerOf } from './workflow-owner.js';

/** Time between two looks, and until the next one when Temporal or the API server gave no answer, in milliseconds. */
const EVERY_MS = 60_000;
const AGAIN_MS = 5_000;

/** Workflows told in one answer of the service. */
const PAGE_SIZE = 500;

const SCHEDULE = /^(arena-job|arena-source)\/([^/]+)\/([^/]+)\/([^/]+)$/;

/**
 * Ends what goes on in Temporal for objects that are gone: a job that is deleted while Temporal cannot be reached is let
 * go after a time, and people may take finalizers away. Whatever is of another task queue belongs to another installation.
 */
export class Orphans {
  private waking = new AbortController();

  /** @param isGone whether there is no object whose uid begins so; throws where nobody can tell */
  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    private readonly deps: { clock: Clock; log: ReconcilerDeps['log'] },
    private readonly isGone: (kind: Reconciler['kind'], key: ObjectKey, uid: string) => Promise<boolean>,
  ) {}

  /** Temporal is back after a time away. */
  soon(): void {
    this.waking.abort();
  }

  /** Until the signal; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.waking = new AbortController();
      let waitMs = EVERY_MS;
      try {
        await this.client.withAbortSignal(signal, () => this.look());
      } catch (error) {
        waitMs = AGAIN_MS;
        this.deps.log.debug({ why: String(error) }, 'what goes on for deleted objects could not be looked for');
      }
      await pause(this.deps.clock, waitMs, AbortSignal.any([signal, this.waking.signal]));
    }
  }

  /** One look. */
  async look(): Promise<void> {
    // Schedules first: they would start the next run.
    for await (const { scheduleId } of this.client.schedule.list({ pageSize: PAGE_SIZE })) {
      const [, what, namespace = '', name = '', uid = ''] = SCHEDULE.exec(scheduleId) ?? [];
      if (what === undefined) continue;
      const kind = what === 'arena-job' ? 'ArenaJob' : 'ArenaSource';
      if (await this.surelyGone(kind, { namespace, name }, uid)) await this.deleteSchedule(scheduleId);
    }
    const query = `WorkflowType = 'arenaJob' AND ExecutionStatus = 'Running' AND TaskQueue = '${this.taskQueue}'`;
    for await (const { workflowId, memo } of this.client.workflow.list({ query, pageSize: PAGE_SIZE })) {
      const owner = ownerOf(memo);
      if (owner?.kind !== 'ArenaJob' || !(await this.surelyGone(owner.kind, owner, owner.uid))) continue;
      await this.client.workflow
        .getHandle(workflowId)
        .cancel()
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
      this.deps.log.info({ run: workflowId }, 'a run of a job that is gone was cancelled');
    }
  }

  private async surelyGone(...object: Parameters<typeof this.isGone>): Promise<boolean> {
    try {
      return await this.isGone(...object);
    } catch (error) {
      // It may be in a namespace that is not ours to look into.
      this.deps.log.debug({ object, why: String(error) }, 'it cannot be told whether the object is gone');
      return false;
    }
  }

  private async deleteSchedule(id: string): Promise<void> {
    const handle = this.client.schedule.getHandle(id);
    try {
      if ((await handle.describe()).action.taskQueue !== this.taskQueue) return;
      await handle.delete();
      this.deps.log.info({ schedule: id }, 'a schedule of an object that is gone was deleted');
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }
}
