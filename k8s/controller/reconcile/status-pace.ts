import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';

/** Figures alone are written no more often, in milliseconds. */
const INTERVAL_MS = 2_000;

/** Keeps a job that runs fast from being written with every figure; what people wait for is written at once. */
export class StatusPace {
  private readonly writtenAt = new Map<string, number>();

  constructor(private readonly now: () => number) {}

  /** How long to wait before `after` is written; undefined: write it now. */
  waitMs(uid: string, before: ArenaJobStatus, after: ArenaJobStatus): number | undefined {
    const now = this.now();
    const waitMs = (this.writtenAt.get(uid) ?? 0) + INTERVAL_MS - now;
    if (waitMs > 0 && stateOf(before) === stateOf(after)) return waitMs;
    this.writtenAt.set(uid, now);
    return undefined;
  }

  forget(uid: string): void {
    this.writtenAt.delete(uid);
  }
}

/** All but figures and texts. */
function stateOf(status: ArenaJobStatus): string {
  const { phase, run, conditions = [], observedGeneration, lastHandledRetry, lastScheduleTime, activeWorkers } = status;
  const aspects = conditions.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`);
  return JSON.stringify([phase, run, observedGeneration, lastHandledRetry, lastScheduleTime, activeWorkers, aspects]);
}
