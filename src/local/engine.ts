/** The engine of a folder, from the side of those who use it. */
import { readFile } from 'node:fs/promises';
import { ArenaError } from '../core/errors.js';
import { type DetachedProcess, spawnDetached } from './detached.js';
import { ENGINE_LOCK, type EngineState, engineLogFile, readEngineState } from './engine-state.js';
import { lockHolder } from './lock.js';
import { isAlive, stopProcess } from './process-identity.js';
import { programs } from './programs.js';

const START_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 15;

/** The engine of the folder when its host and its server live. */
export async function runningEngine(folder: string): Promise<EngineState | undefined> {
  const [holder, state] = await Promise.all([lockHolder(folder, ENGINE_LOCK), readEngineState(folder)]);
  if (holder === undefined || state === undefined || !isAlive(state.server)) return undefined;
  // A new host first ends the server that a dead one left, which still lives for a moment.
  return holder.pid === state.host.pid && holder.started === state.host.started ? state : undefined;
}

/** The shared engine of the folder; started, detached from this process and its terminal, when it is not up. */
export async function ensureEngine(folder: string, findBinary: () => Promise<string>): Promise<EngineState> {
  const running = await runningEngine(folder);
  if (running !== undefined) return running;
  // A host that lives is still starting, or starts its server again.
  const hosted = (await lockHolder(folder, ENGINE_LOCK)) !== undefined;
  const host = hosted
    ? undefined
    : spawnDetached(programs.engineHost(), [folder, await findBinary()], engineLogFile(folder));
  return engineWhenUp(folder, host);
}

/** The engine of the folder as soon as it answers; `host` is the process that is to bring it up. */
export async function engineWhenUp(folder: string, host: DetachedProcess | undefined): Promise<EngineState> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const state = await runningEngine(folder);
    if (state !== undefined) return state;
    if (host?.failed() || Date.now() > deadline) throw await startFailure(folder);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** False when it was not up. */
export async function stopEngine(folder: string): Promise<boolean> {
  const host = await lockHolder(folder, ENGINE_LOCK);
  const state = await readEngineState(folder);
  if (host !== undefined) await stopProcess(host, 5000);
  // Left over when its host was killed.
  const leftOver = state !== undefined && isAlive(state.server);
  if (leftOver) await stopProcess(state.server, 3000);
  return host !== undefined || leftOver;
}

async function startFailure(folder: string): Promise<ArenaError> {
  const file = engineLogFile(folder);
  const log = await readFile(file, 'utf8').catch(() => '');
  return new ArenaError({
    code: 'connection_failed',
    message: `The Temporal dev server did not start. The end of ${file}:\n${log.trimEnd().split('\n').slice(-5).join('\n')}`,
    hint: 'run `arena doctor`, or set TEMPORAL_ADDRESS to use a Temporal service of your own',
  });
}
