import { type DatasetFigures, figuresOfSet } from '../core/datagen/dataset-summary.js';
import type { HeldRow } from '../core/hold.js';
import type { LiveProgress } from '../core/live-progress.js';
import { endFigures } from '../core/load/end-figures.js';
import type { LoadFigures } from '../core/load/load-summary.js';
import type { Counts, Phase } from '../core/run.js';
import { runningEngine } from '../local/engine.js';
import { runHost } from '../local/run-processes.js';
import type { RunRecord } from '../local/run-record.js';
import type { CliContext } from './context.js';
import { exitCodeOf } from './exit-codes.js';
import { connectRun, findForeignRun } from './live-run.js';
import { finalSummary } from './run-store.js';

export interface RunStatus {
  run: string;
  /** `Interrupted`: it has not ended, and none of its processes lives. `Unknown`: it was started elsewhere, and cannot be asked. */
  phase: Phase | 'Interrupted' | 'Unknown';
  counts?: Counts;
  /** Of a load test: as it stands, or as it ended. */
  load?: LoadFigures;
  /** Of the generation of data: what there is, as of the last round that is over. */
  dataset?: DatasetFigures;
  /** Providers that are down, whose conversations wait; absent: none. */
  held?: HeldRow[];
  /** Milliseconds since the epoch. */
  startedAt?: number;
  endedAt?: number;
  exitCode?: number;
  message?: string;
}

/** How a run stands. Only looks: starts nothing. */
export async function statusOf(context: CliContext, run: string): Promise<RunStatus> {
  const ended = await endedStatus(context, run);
  if (ended !== undefined) return ended;
  const record = await context.local.read(run);
  if (record === undefined) return foreignStatus(context, run);
  const known = { run, startedAt: record.createdAt };
  const failure = await context.local.failure(run);
  if (failure !== undefined)
    return { ...known, phase: 'Failed', exitCode: exitCodeOf(failure.code), message: failure.message };
  if ((await runHost(context.local, run)) === undefined) {
    return { ...known, phase: 'Interrupted', message: `it goes on with: arena wait ${run}` };
  }
  const live = await liveProgress(context, record);
  if (live !== undefined) return { ...known, phase: 'Running', ...standOf(live) };
  // It may have ended while it was asked.
  return (await endedStatus(context, run)) ?? { ...known, phase: 'Pending' };
}

async function endedStatus(context: CliContext, run: string): Promise<RunStatus | undefined> {
  const summary = await finalSummary(context, run);
  if (summary === undefined) return undefined;
  const { phase, counts, load, startedAt, endedAt, exitCode, message } = summary;
  const figures = load === undefined ? figuresOf(summary) : { load: endFigures(load) };
  return { run, phase, counts, ...figures, startedAt, endedAt, exitCode, message };
}

async function foreignStatus(context: CliContext, run: string): Promise<RunStatus> {
  const found = await findForeignRun(context, run);
  const progress = await found?.handle.progressNow().catch(() => undefined);
  if (progress === undefined) return { run, phase: 'Unknown', message: 'it was started elsewhere: look at it there' };
  return { run, phase: progress.phase, ...standOf(progress), startedAt: progress.startedAt };
}

function standOf(live: LiveProgress): Pick<RunStatus, 'counts' | 'held' | 'load' | 'dataset'> {
  const { counts, held, load } = live;
  return {
    counts,
    ...(held.length === 0 ? {} : { held }),
    ...(load === undefined ? {} : { load }),
    ...figuresOf(live),
  };
}

/** The summary has tables besides. */
function figuresOf({ dataset }: { dataset?: DatasetFigures }): Pick<RunStatus, 'dataset'> {
  return dataset === undefined ? {} : { dataset: figuresOfSet(dataset) };
}

/** Undefined when nobody answers yet. */
async function liveProgress(context: CliContext, record: RunRecord): Promise<LiveProgress | undefined> {
  const folder = context.local.engineFolder(record);
  const state = record.engine.kind === 'external' ? undefined : await runningEngine(folder);
  if (state === undefined && record.engine.kind !== 'external') return undefined;
  const client = await connectRun(context, record, state).catch((error: unknown) => {
    if (record.engine.kind === 'external') throw error;
    // An engine of the run's own ends with it.
    return undefined;
  });
  if (client === undefined) return undefined;
  try {
    return await client.run(record.run).progressNow();
  } catch {
    // It ends this very moment, or has not begun.
    return undefined;
  } finally {
    await client.close();
  }
}
