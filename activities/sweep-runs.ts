import { WorkflowNotFoundError } from '@temporalio/client';
import { firingName, isOwnRun, runsOfJob } from '../src/cluster/run-names.js';
import type { RunSummary } from '../src/core/run.js';
import type { RunSweepRequest, RunSweepResult } from '../src/core/run-sweep.js';
import { finalKey, planKey, runFolder, runOfUse, runUses } from '../src/core/store-keys.js';
import type { Store } from '../src/io/stores/store.js';
import { readJson } from '../src/io/stores/stored-json.js';
import type { ActivityDeps } from './deps.js';

/** Runs that one attempt removes: the workflow asks for the next ones. */
const MAX_REMOVED = 100;

/**
 * Removes the records of a job's runs that have had their time: plan, conversations, reports in the store. Reports that were
 * delivered elsewhere are the user's, and stay. A run stays while it is open, while it is to be kept, and while another run
 * that is still there has taken over results from it. Doing it again, or going on where it was broken off, changes nothing.
 */
export async function sweepRuns(
  deps: Pick<ActivityDeps, 'store' | 'client'>,
  { job, endedBefore, keep }: RunSweepRequest,
  cancelled: AbortSignal,
): Promise<RunSweepResult> {
  const kept = new Set(keep);
  const removed: string[] = [];
  const parts = await deps.store.folders(runFolder(runsOfJob(job)));
  const runs = parts.map((part) => `${runsOfJob(job)}/${decodeURIComponent(part)}`).filter((run) => isOwnRun(job, run));
  for (const run of newestFirst(runs)) {
    if (kept.has(run) || isDueAfter(run, firingName(job), endedBefore)) continue;
    cancelled.throwIfAborted();
    if (removed.length === MAX_REMOVED) return { removed, more: true };
    const endedAt = await endOf(deps, run);
    if (endedAt === undefined || endedAt > endedBefore) continue;
    if (await remove(deps.store, run)) removed.push(run);
  }
  return { removed, more: false };
}

/** Numbered runs before firings, and later ones first: a run has taken over from one before it, which it then sets free. */
function newestFirst(runs: readonly string[]): string[] {
  const number = (run: string): number => Number(run.slice(run.lastIndexOf('/') + 1)) || 0;
  return [...runs].sort((a, b) => number(b) - number(a) || (a < b ? 1 : -1));
}

/** A firing cannot have ended before it was due: its name tells when. */
function isDueAfter(run: string, firing: string, time: number): boolean {
  return run.startsWith(`${firing}-`) && Date.parse(run.slice(firing.length + 1)) > time;
}

/**
 * Undefined: it is not to be removed, as it is open, or the store has the only copy of reports that were to be delivered. A run
 * that nobody knows, and that left no end behind, has ended whenever.
 */
async function endOf(
  { store, client }: Pick<ActivityDeps, 'store' | 'client'>,
  run: string,
): Promise<number | undefined> {
  const closedAt = await closeOf(client, run);
  if (closedAt === 'open') return undefined;
  const final = await readJson<RunSummary>(store, finalKey(run));
  if (final?.undelivered !== undefined) return undefined;
  return Math.max(final?.endedAt ?? 0, closedAt ?? 0);
}

async function closeOf(client: ActivityDeps['client'], run: string): Promise<number | 'open' | undefined> {
  try {
    const { closeTime } = await client.workflow.getHandle(run).describe();
    return closeTime?.getTime() ?? 'open';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * False: another run needs it. The plan goes first: without it nobody takes over from the run. Who did in that very moment
 * has said so before he looked for the plan, so it is put back.
 */
async function remove(store: Store, run: string): Promise<boolean> {
  if (await isUsed(store, run)) return false;
  const plan = await store.get(planKey(run));
  await store.delete(planKey(run));
  if (plan !== undefined && (await isUsed(store, run))) {
    await store.put(planKey(run), plan);
    return false;
  }
  await store.deleteBelow(runFolder(run));
  return true;
}

async function isUsed(store: Store, run: string): Promise<boolean> {
  for (const { key } of await store.list(runUses(run))) {
    if ((await store.get(planKey(runOfUse(key)))) !== undefined) return true;
  }
  return false;
}
