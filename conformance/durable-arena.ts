/** Arena as a user has it, for the time of this command: an engine, workers and a client, in a folder that goes with it. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { untilInterrupted } from '../src/cli/until-interrupted.js';
import { ArenaClient } from '../src/client.js';
import { type Environment, readEnv } from '../src/config.js';
import { engineAddress, NAMESPACE } from '../src/local/engine-state.js';
import { type HostedEngine, hostEngine } from '../src/local/host-engine.js';
import { findTemporal } from '../src/local/temporal-binary.js';
import { WorkerProcesses } from '../src/local/worker-processes.js';
import { connectTemporal, temporalSettings } from '../src/temporal.js';

/** As many as make the death of one leave another. */
export const WORKERS = 2;
const WORKER_GRACE_MS = 5000;
const KILL_LOOK_MS = 10;

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Runs `use` with an Arena that is up; leaves no process and no file behind, also when it is interrupted. */
export async function withArena<T>(
  env: Environment,
  say: (line: string) => void,
  use: (arena: DurableArena) => Promise<T>,
): Promise<T> {
  const arena = new DurableArena(env, say);
  const interruption = untilInterrupted().then(() => {
    throw new Interrupted('interrupted');
  });
  const work = arena.start().then(() => use(arena));
  try {
    return await Promise.race([work, interruption]);
  } finally {
    await arena.stop();
  }
}

export class DurableArena {
  private folder: string | undefined;
  private engine: Promise<HostedEngine | undefined> | undefined;
  private workers: WorkerProcesses | undefined;
  private temporal: Client | undefined;
  private arena: ArenaClient | undefined;
  private pids: readonly number[] = [];
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly env: Environment,
    private readonly say: (line: string) => void,
  ) {}

  /** Settles when workers poll. Whether it does or not, `stop` ends everything that has begun. */
  async start(): Promise<void> {
    const { temporalBin, cacheDir } = readEnv(this.env);
    const { say } = this;
    const binary = await findTemporal({ given: temporalBin, searchPath: this.env.PATH, cacheDir, say });
    if (this.stopped !== undefined) return;
    this.folder = await mkdtemp(join(tmpdir(), 'arena-conformance-'));
    const { folder } = this;
    await mkdir(join(folder, 'logs'));
    if (this.stopped !== undefined) return;
    this.engine = hostEngine(join(folder, 'engine'), binary.path);
    const engine = await this.engine;
    if (engine === undefined) throw new Error(`another process runs an engine in ${folder}`);
    const env = this.workerEnv(engine);
    if (this.stopped !== undefined) return;
    this.workers = new WorkerProcesses(
      env,
      (worker) => join(folder, 'logs', `worker-${worker}.log`),
      (pids) => {
        this.pids = pids;
      },
    );
    this.workers.start(WORKERS);
    await engine.ready;
    this.temporal = await connectTemporal(temporalSettings(env));
    this.arena = await ArenaClient.connect({ client: this.temporal });
    if (!(await this.arena.workersReady())) throw new Error('no worker has come up');
  }

  get client(): ArenaClient {
    if (this.arena === undefined) throw new Error('the engine is not up');
    return this.arena;
  }

  /** Ends all processes and removes the folder. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  /**
   * Kills the worker that holds a shard of the run, as soon as one does. Gives its process id, or undefined when the
   * run has ended before.
   */
  async killWorkerOf(run: string): Promise<number | undefined> {
    const handle = this.temporal?.workflow.getHandle(run);
    while (handle !== undefined && this.stopped === undefined) {
      const { status, raw } = await handle.describe();
      if (status.name !== 'RUNNING') return undefined;
      const holders = (raw.pendingActivities ?? [])
        .filter(({ activityType }) => activityType?.name === 'runShard')
        .map(({ lastWorkerIdentity }) => lastWorkerIdentity);
      const pid = this.pids.find((one) => holders.includes(`${one}@${hostname()}`));
      if (pid !== undefined) {
        process.kill(pid, 'SIGKILL');
        return pid;
      }
      await new Promise((resolve) => setTimeout(resolve, KILL_LOOK_MS));
    }
    return undefined;
  }

  private async end(): Promise<void> {
    await this.arena?.close();
    await this.workers?.stop(WORKER_GRACE_MS);
    // Only now: a start that was under way may have begun the server meanwhile.
    const engine = await this.engine?.catch(() => undefined);
    await engine?.stop(0);
    await engine?.ready.catch(() => undefined);
    await this.temporal?.connection.close();
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  /** No key of the user's: a bundle that would need one differs here for everybody alike. */
  private workerEnv({ ports }: HostedEngine): NodeJS.ProcessEnv {
    const { PATH, HOME } = this.env;
    return {
      PATH,
      HOME,
      ARENA_DATA_DIR: this.folder,
      ARENA_LOG_LEVEL: 'warn',
      TEMPORAL_ADDRESS: engineAddress({ ports }),
      TEMPORAL_NAMESPACE: NAMESPACE,
    };
  }
}
