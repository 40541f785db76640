/** The worker processes of a run, or others that are kept up like them: as many as asked for, each started again when it dies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { programs } from './programs.js';

/**
 * Answers live as long as a call of the next conversation takes. With the usual 16 MiB most of them are copied to the old
 * generation first and collected there, which costs a busy worker a tenth of its time. With 64 MiB a worker that has had
 * much to do is 60 MB larger, for hardly more speed.
 */
const NODE_OPTIONS = ['--max-semi-space-size=32'];

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;
/** A worker that lived this long did not die of its start. */
const HEALTHY_AFTER_MS = 20_000;

export class WorkerProcesses {
  private readonly slots: { child: ChildProcess | undefined; deaths: number }[] = [];
  private stopping = false;

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly logFile: (worker: number) => string,
    private readonly onChange: (pids: number[]) => void,
    /** Program and its arguments. Default: a worker. */
    private readonly command: readonly string[] = [programs.worker()],
  ) {}

  start(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.slots.push({ child: undefined, deaths: 0 });
      this.launch(index);
    }
  }

  /** SIGTERM to all, SIGKILL to those that still live after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    const living = this.slots.flatMap(({ child }) => (child !== undefined && isRunning(child) ? [child] : []));
    const ends = living.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of living) child.kill('SIGTERM');
    const timer = setTimeout(() => {
      for (const child of living) child.kill('SIGKILL');
    }, graceMs);
    await Promise.all(ends);
    clearTimeout(timer);
  }

  private launch(index: number): void {
    const slot = this.slots[index];
    if (slot === undefined || this.stopping) return;
    const log = openSync(this.logFile(index + 1), 'a');
    // With the channel a worker notices when this process dies, so that it does not outlive the run alone.
    const child = spawn(process.execPath, [...NODE_OPTIONS, ...this.command], {
      env: this.env,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    slot.child = child;
    const startedAt = Date.now();
    this.onChange(this.pids());
    const ended = (): void => {
      slot.child = undefined;
      this.onChange(this.pids());
      slot.deaths = Date.now() - startedAt > HEALTHY_AFTER_MS ? 0 : slot.deaths + 1;
      const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** slot.deaths);
      if (!this.stopping) setTimeout(() => this.launch(index), delay);
    };
    child.once('error', ended);
    child.once('exit', ended);
  }

  private pids(): number[] {
    return this.slots.flatMap(({ child }) => (child?.pid === undefined ? [] : [child.pid]));
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
