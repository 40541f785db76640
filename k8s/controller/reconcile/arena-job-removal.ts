import { jobScheduleId, runName } from '../../../src/cluster/run-names.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import type { KubeObject, Outcome, ReconcilerDeps } from '../ports.js';
import { isOver, nextNumber } from './arena-job-runs.js';

/** Time that open runs of a deleted job have to report what has finished, in milliseconds. */
const REPORT_MS = 60_000;

/** Temporal may be away that long before a deleted job is let go without it; what is left there ends when it is back. */
const LET_GO_MS = 30_000;

const LOOK_MS = 1_000;

/** A job that is being deleted: its runs are cancelled and waited for, but never for long. */
export class JobRemoval {
  constructor(private readonly deps: ReconcilerDeps) {}

  async reconcile(object: KubeObject): Promise<Outcome> {
    const { cluster, now } = this.deps;
    const sinceMs = now() - Date.parse(object.metadata.deletionTimestamp ?? '');
    try {
      const open = await this.end(object);
      if (open.length > 0 && sinceMs < REPORT_MS) return { afterMs: LOOK_MS };
      if (open.length > 0) this.letGo(object, `not waited for any longer: ${open.join(', ')}`);
    } catch (error) {
      if (sinceMs < LET_GO_MS) throw error;
      const left = mayBeOpen(object).join(', ');
      this.letGo(object, `Temporal could not be asked to cancel ${left}: it is tried again (${String(error)})`);
    }
    await cluster.setFinalizer(object, false);
    return {};
  }

  /** Takes the schedule away, asks the runs to end, and says which are still open. */
  private async end(object: KubeObject): Promise<string[]> {
    const { engine } = this.deps;
    const { namespace, name, uid } = object.metadata;
    const id = jobScheduleId({ namespace, name, uid });
    const schedule = await engine.schedule(id);
    if (schedule !== undefined) await engine.deleteSchedule(id);
    const open: string[] = [];
    for (const runId of new Set([...everStarted(object), ...(schedule?.running ?? [])])) {
      const state = await engine.state(runId);
      if (!state?.open) continue;
      await engine.cancel(runId);
      open.push(runId);
    }
    return open;
  }

  private letGo(object: KubeObject, message: string): void {
    this.deps.cluster.event(object, 'Warning', 'LetGo', message);
  }
}

/** With the one that would be next: it may have been started without a status that tells of it. */
function everStarted({ metadata, status }: KubeObject): string[] {
  const { runs = [], run } = (status ?? {}) as ArenaJobStatus;
  const ids = [...(run === undefined ? [] : [run]), ...runs.map(({ id }) => id)];
  return [...ids, runName(metadata, nextNumber(runs))];
}

function mayBeOpen(object: KubeObject): string[] {
  const { runs = [], run } = (object.status ?? {}) as ArenaJobStatus;
  const open = runs.filter((one) => !isOver(one)).map(({ id }) => id);
  return open.length > 0 ? open : [run ?? runName(object.metadata, 1)];
}
