import { createHash } from 'node:crypto';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleOptions,
} from '@temporalio/client';
import { ArenaError } from '../../../src/core/errors.js';
import type { ScheduleRequest, ScheduleState } from '../ports.js';
import { type Times, timesOf } from './schedule-times.js';

/** A firing that Temporal could not carry out in time is made up for as long, in milliseconds: an hour, as late is better than not. */
const CATCH_UP_MS = 60 * 60_000;

/** Temporal takes none that is shorter. */
const MIN_CATCH_UP_MS = 10_000;

/**
 * Key of the action's memo that tells what the schedule was made from. The server turns cron expressions into calendars
 * of its own, so what it answers cannot be compared with what was asked.
 */
const MADE_FROM = 'arenaSchedule';

interface MadeFrom {
  digest: string;
  /** Our wish. People may pause a schedule in the Temporal UI: that holds until the wish changes. */
  paused: boolean;
}

/** Schedules of Temporal by which sources are polled and jobs recur. */
export class TemporalSchedules {
  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
  ) {}

  /** Throws `invalid_input` when Temporal cannot read the times. */
  async ensure(request: ScheduleRequest): Promise<void> {
    const wish: MadeFrom = { digest: digestOf(request), paused: request.paused };
    const handle = this.handle(request.id);
    const found = await describe(handle);
    const made = madeFrom(found);
    if (found !== undefined && made?.digest === wish.digest && made.paused === wish.paused) return;
    const options = this.optionsOf(request, wish);
    try {
      if (found === undefined) {
        await this.client.schedule.create(options);
        return;
      }
      const { spec, action, policies } = options;
      await handle.update((before) => {
        // Between looking and changing somebody may have paused it.
        const keeps = madeFrom(before)?.paused === wish.paused;
        const state = keeps ? before.state : { paused: request.paused, note: request.note };
        return { spec, action, policies, state };
      });
    } catch (error) {
      // Made by another controller a moment ago: the next look compares.
      if (error instanceof ScheduleAlreadyRunning) return;
      if (!(error instanceof TypeError)) throw error;
      throw new ArenaError({ code: 'invalid_input', message: error.message }, { cause: error });
    }
  }

  async trigger(id: string): Promise<void> {
    const { namespace } = this.client.options;
    // Not through the handle: it would leave the overlap policy of the schedule aside.
    const patch = { triggerImmediately: {} };
    await this.client.workflowService.patchSchedule({ namespace, scheduleId: id, patch });
  }

  async state(id: string): Promise<ScheduleState | undefined> {
    const found = await describe(this.handle(id));
    if (found === undefined) return undefined;
    const { recentActions, runningActions, nextActionTimes } = found.info;
    // Temporal itself follows only firings that may not overlap.
    const running = new Set(runningActions.map(({ workflow }) => workflow.workflowId));
    const query = `TemporalScheduledById = '${id}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId } of this.client.workflow.list({ query, pageSize: 100 })) running.add(workflowId);
    const nextAt = nextActionTimes[0]?.getTime();
    return {
      paused: found.state.paused,
      recent: recentActions.map(({ scheduledAt, action }) => {
        return { workflowId: action.workflow.workflowId, dueAt: scheduledAt.getTime() };
      }),
      running: [...running],
      ...(nextAt === undefined || found.state.paused ? {} : { nextAt }),
    };
  }

  async delete(id: string): Promise<void> {
    try {
      await this.handle(id).delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }

  private handle(id: string): ScheduleHandle {
    return this.client.schedule.getHandle(id);
  }

  private optionsOf({ id, every, overlap, paused, note, action }: ScheduleRequest, wish: MadeFrom): ScheduleOptions {
    const times = timesOf(every);
    return {
      scheduleId: id,
      spec:
        'calendars' in times
          ? { calendars: times.calendars, timezone: times.timezone }
          : { intervals: [{ every: times.everyMs, offset: offsetOf(id, times.everyMs) }] },
      action: {
        type: 'startWorkflow',
        workflowType: action.workflow,
        workflowId: action.id,
        taskQueue: this.taskQueue,
        args: action.args,
        memo: { ...action.memo, [MADE_FROM]: wish },
        staticSummary: action.summary,
      },
      policies: { overlap, catchupWindow: catchUpMs(times, overlap) },
      state: { paused, note },
    };
  }
}

function catchUpMs(times: Times, overlap: ScheduleRequest['overlap']): number {
  // Of many firings that were missed one is enough. Where a run skips the others they need not be kept from starting.
  if ('calendars' in times && overlap === 'SKIP') return CATCH_UP_MS;
  const gapMs = 'calendars' in times ? times.leastGapMs : times.everyMs;
  return Math.min(CATCH_UP_MS, Math.max(MIN_CATCH_UP_MS, gapMs));
}

/** Spreads schedules of one interval over it: else all of them would fire in the same second. */
function offsetOf(id: string, everyMs: number): number {
  return createHash('sha256').update(id).digest().readUInt32BE() % everyMs;
}

function digestOf({ every, overlap, action }: ScheduleRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([every, overlap, action]))
    .digest('hex')
    .slice(0, 16);
}

async function describe(handle: ScheduleHandle): Promise<ScheduleDescription | undefined> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

function madeFrom(found: ScheduleDescription | undefined): MadeFrom | undefined {
  const made: unknown = found?.action.memo?.[MADE_FROM];
  if (typeof made !== 'object' || made === null || !('digest' in made) || !('paused' in made)) return undefined;
  return typeof made.digest === 'string' && typeof made.paused === 'boolean'
    ? { digest: made.digest, paused: made.paused }
    : undefined;
}
