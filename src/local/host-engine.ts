import { mkdir } from 'node:fs/promises';
import { DevServer } from './dev-server.js';
import { ENGINE_LOCK, type EnginePorts, type EngineState, readEngineState, writeEngineState } from './engine-state.js';
import { tryLock } from './lock.js';
import { freePorts, isPortFree } from './ports.js';
import { ownIdentity, stopProcess } from './process-identity.js';

export interface HostedEngine {
  ports: EnginePorts;
  /** Rejects, with the engine stopped, when the server does not come up. */
  ready: Promise<EngineState>;
  stop(graceMs: number): Promise<void>;
}

/**
 * Runs the engine of a folder in a child process of this one, until `stop` or the end of this process. Undefined when
 * another process does so already. A server that was left over by a host that died is ended first.
 */
export async function hostEngine(folder: string, binary: string): Promise<HostedEngine | undefined> {
  await mkdir(folder, { recursive: true });
  const lock = await tryLock(folder, ENGINE_LOCK);
  if (lock === undefined) return undefined;
  const before = await readEngineState(folder);
  if (before !== undefined) await stopProcess(before.server, 2000);
  const ports = await choosePorts(before?.ports);
  const host = ownIdentity();
  let state: EngineState | undefined;
  const devServer = new DevServer(folder, binary, ports, (server) => {
    state = { ports, host, server, binary };
    return writeEngineState(folder, state);
  });
  const stop = async (graceMs: number): Promise<void> => {
    await devServer.stop(graceMs);
    await lock.release();
  };
  const start = async (): Promise<EngineState> => {
    try {
      await devServer.start();
      if (state === undefined) throw new Error('the Temporal dev server ended as soon as it was up');
      return state;
    } catch (error) {
      await stop(0);
      throw error;
    }
  };
  return { ports, ready: start(), stop };
}

/** The same as before where they are free: workers and links that know them stay right. */
async function choosePorts(before: EnginePorts | undefined): Promise<EnginePorts> {
  if (before !== undefined) {
    const free = await Promise.all([before.grpc, before.http, before.ui].map(isPortFree));
    if (free.every((one) => one)) return before;
  }
  const [grpc = 0, http = 0, ui = 0] = await freePorts(3);
  return { grpc, http, ui };
}
