/** The processes of a run on this machine, from the side of the commands that start, watch and revive it. */
import { join } from 'node:path';
import { type DetachedProcess, spawnDetached } from './detached.js';
import { lockHolder } from './lock.js';
import { type ProcessIdentity, stopProcess, waitForEnd } from './process-identity.js';
import { programs } from './programs.js';
import type { LocalRuns, RunRecord } from './run-record.js';

/** Who holds this lock of a run's folder keeps the run going. */
export const HOST_LOCK = 'host';
/** In a run's folder: `{ workers: pids }`, for people and tests. */
export const HOST_STATE_FILE = 'host.json';

/** Time for workers to end, then the engine. */
const HOST_GRACE_MS = 10_000;

/** The environment without any settings for Temporal: those of a service elsewhere must not leak into a local engine. */
export function withoutTemporal(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

/** Starts the host of a run; harmless when it has one already. */
export function startRunHost(local: LocalRuns, dataDir: string, record: RunRecord, binary: string): DetachedProcess {
  const log = join(local.folder(record.run), 'host.log');
  return spawnDetached(programs.runHost(), [dataDir, record.run, binary], log);
}

export function runHost(local: LocalRuns, run: string): Promise<ProcessIdentity | undefined> {
  return lockHolder(local.folder(run), HOST_LOCK);
}

/** Waits until the processes of a run that has ended are gone, and helps when they do not go. */
export async function runProcessesEnd(local: LocalRuns, run: string): Promise<void> {
  const host = await runHost(local, run);
  if (host !== undefined && !(await waitForEnd(host, HOST_GRACE_MS))) await stopProcess(host, HOST_GRACE_MS);
}

/** Takes down the processes of a run that did not begin. */
export async function stopRunProcesses(local: LocalRuns, run: string): Promise<void> {
  const host = await runHost(local, run);
  if (host !== undefined) await stopProcess(host, HOST_GRACE_MS);
}
