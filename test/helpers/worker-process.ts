import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

/** The API key of every worker in tests: it must never be found anywhere else. */
export const CANARY_KEY = 'canary-9d2c41f7e05b';

export interface WorkerOptions {
  dataDir: string;
  address: string;
  taskQueue: string;
  /** In place of the product's worker: a module that composes it differently. */
  entry?: string;
}

/** A worker of the built product as a process of its own. With `respawn` it is started again whenever it dies. */
export class WorkerProcess {
  private child: ChildProcess;
  private stopping = false;
  deaths = 0;

  constructor(
    private readonly options: WorkerOptions,
    private readonly respawn = false,
  ) {
    this.child = this.spawn();
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  private spawn(): ChildProcess {
    const { dataDir, address, taskQueue, entry = 'dist/src/worker.js' } = this.options;
    const child = spawn(process.execPath, [entry], {
      env: {
        ...process.env,
        ARENA_DATA_DIR: dataDir,
        ARENA_TASK_QUEUE: taskQueue,
        ARENA_LOG_LEVEL: 'warn',
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: 'default',
        OPENAI_API_KEY: CANARY_KEY,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.pipe(createWriteStream(join(dataDir, 'workers.log'), { flags: 'a' }));
    child.once('exit', () => {
      this.deaths += 1;
      if (this.respawn && !this.stopping) this.child = this.spawn();
    });
    return child;
  }
}
