import { jobScheduleId } from '../../../src/cluster/run-names.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import type { KubeObject, Outcome, ReconcilerDeps } from '../ports.js';

/** Time that open runs of a deleted job have to report what has finished, in milliseconds. */
const REPORT_MS = 60_000;

/** Temporal may be away that long before a deleted job is let go without it. */
const LET_GO_MS = 30_000;

const LOOK_MS = 1_000;

/** A job that is being deleted: its runs are cancelled and waited for, but never for long. */
export class JobRemoval {
  constructor(private readonly deps: ReconcilerDeps) {}

  async reconcile(object: KubeObject): Promise<Outcome> {
    const { cluster, now } = this.deps;
    const sinceMs = now() - Date.parse(object.metadata.deletionTimestamp ?? '');
    let open: string[];
    try {
      open = await this.end(object);
      if (open.length > 0 && sinceMs < REPORT_MS) return { afterMs: LOOK_MS };
    } catch (error) {
      if (sinceMs < LET_GO_MS) throw error;
      this.letGo(object, `Temporal could not be asked to cancel the runs (${String(error)}): cancel them there`);
      open = [];
    }
    if (open.length > 0) this.letGo(object, `not waited for any longer: ${open.join(', ')}`);
    await cluster.setFinalizer(object, false);
    return {};
  }

  /** Takes the schedule away, asks the runs to end, and says which are still open. */
  private async end({ metadata, status }: KubeObject): Promise<string[]> {
    const { engine } = this.deps;
    const { namespace, name, uid } = metadata;
    const id = jobScheduleId({ namespace, name, uid });
    const schedule = await engine.schedule(id);
    if (schedule !== undefined) await engine.deleteSchedule(id);
    const { runs = [], run } = (status ?? {}) as ArenaJobStatus;
    const ids = new Set([
      ...(run === undefined ? [] : [run]),
      ...runs.map((one) => one.id),
      ...(schedule?.running ?? []),
    ]);
    const open: string[] = [];
    for (const runId of ids) {
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
