/** The shared engine of a data folder, from the side of those who use it. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { ArenaError } from '../core/errors.js';
import { type EngineState, engineLogFile, readEngineState } from './engine-state.js';
import { ENGINE_LOCK } from './host-engine.js';
import { lockHolder } from './lock.js';
import { isAlive, stopProcess } from './process-identity.js';
import { programs } from './programs.js';

const START_TIMEOUT_MS = 60_000;

/** The engine of the folder when its host and its server live. */
export async function runningEngine(folder: string): Promise<EngineState | undefined> {
  const [host, state] = await Promise.all([lockHolder(folder, ENGINE_LOCK), readEngineState(folder)]);
  return host !== undefined && state !== undefined && isAlive(state.server) ? state : undefined;
}

/** The engine of the folder; started, detached from this process and its terminal, when it is not up. */
export async function ensureEngine(folder: string, findBinary: () => Promise<string>): Promise<EngineState> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let host: { failed: boolean } | undefined;
  for (;;) {
    const state = await runningEngine(folder);
    if (state !== undefined) return state;
    // A host that lives is still starting, or starts its server again.
    if (host?.failed || Date.now() > deadline) throw await startFailure(folder);
    if (host === undefined && (await lockHolder(folder, ENGINE_LOCK)) === undefined) {
      host = await startHost(folder, await findBinary());
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
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

async function startHost(folder: string, binary: string): Promise<{ failed: boolean }> {
  await mkdir(folder, { recursive: true });
  const log = openSync(engineLogFile(folder), 'a');
  const child = spawn(process.execPath, [programs.engineHost(), folder, binary], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const host = { failed: false };
  child.once('error', () => {
    host.failed = true;
  });
  child.once('exit', (code) => {
    if (code !== 0) host.failed = true;
  });
  return host;
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
