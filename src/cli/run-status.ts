import type { Counts, Phase } from '../core/run.js';
import { runningEngine } from '../local/engine.js';
import { runHost } from '../local/run-processes.js';
import type { RunRecord } from '../local/run-record.js';
import type { CliContext } from './context.js';
import { connectRun } from './live-run.js';
import { finalSummary } from './run-store.js';

export interface RunStatus {
  run: string;
  /** `Interrupted`: it has not ended, and none of its processes lives. */
  phase: Phase | 'Interrupted';
  counts?: Counts;
  /** Milliseconds since the epoch. */
  startedAt?: number;
  endedAt?: number;
  exitCode?: number;
  message?: string;
}

/** How a run stands. Only looks: starts nothing. */
export async function statusOf(context: CliContext, run: string): Promise<RunStatus> {
  const summary = await finalSummary(context, run);
  if (summary !== undefined) {
    const { phase, counts, startedAt, endedAt, exitCode, message } = summary;
    return { run, phase, counts, startedAt, endedAt, exitCode, message };
  }
  const record = await context.local.read(run);
  const known = { run, ...(record === undefined ? {} : { startedAt: record.createdAt }) };
  if (record === undefined || (await runHost(context.local, run)) === undefined) {
    return { ...known, phase: 'Interrupted', message: `it goes on with: arena wait ${run}` };
  }
  const live = await liveCounts(context, record);
  return { ...known, phase: live === undefined ? 'Pending' : 'Running', counts: live };
}

/** Undefined when nobody answers yet. */
async function liveCounts(context: CliContext, record: RunRecord): Promise<Counts | undefined> {
  const folder = context.local.engineFolder(record);
  const state = record.engine.kind === 'external' ? undefined : await runningEngine(folder);
  if (state === undefined && record.engine.kind !== 'external') return undefined;
  const client = await connectRun(context, record, state);
  try {
    return (await client.run(record.run).progressNow())?.counts;
  } catch {
    // It ends this very moment, or has not begun.
    return undefined;
  } finally {
    await client.close();
  }
}
