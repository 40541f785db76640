/** Child processes that end with this one, however it ends, and take all their own children along. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export interface ProgramCall {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Working folder. */
  folder?: string;
}

/**
 * The program leads a process group of its own. Beside it in the group a shell reads from a pipe whose other end only
 * this process holds: when it breaks, by whatever kind of death, the shell kills the group.
 */
const GUARD = '{ read -r _ <&3; sleep 1; kill -KILL 0; } >/dev/null 2>&1 & exec 3<&-; exec "$@"';

/** What the shell says when it finds no program of that name, or one that it may not run. */
const NOT_STARTED = new Set([126, 127]);

export class GuardedProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the program has ended, with its exit code; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>;
  private readonly child: ChildProcess;

  constructor(private readonly call: ProgramCall) {
    const { command, args, env, folder: cwd } = call;
    const child = spawn('/bin/sh', ['-c', GUARD, 'sh', command, ...args], {
      env,
      cwd,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    const [stdin, stdout, stderr, guard] = child.stdio;
    if (stdin === null || stdout === null || stderr === null) throw new Error('the program has no streams');
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    // A program may end without reading what it is sent.
    stdin.on('error', () => undefined);
    guard?.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve(undefined));
      child.once('exit', (code) => resolve(code ?? undefined));
    });
    // What is left of the group, the guard and children that were left behind, has no business any more.
    void this.ended.then(() => this.kill());
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Ends the program and its children at once. */
  kill(): void {
    this.signal('SIGKILL');
  }

  /** Lets the program end by itself once its input is over; asks after `patienceMs`, kills after as long again. */
  async end(patienceMs: number): Promise<void> {
    this.stdin.end();
    if (await this.endsWithin(patienceMs)) return;
    this.signal('SIGTERM');
    if (await this.endsWithin(patienceMs)) return;
    this.kill();
    await this.ended;
  }

  /** Why the program ended, in words. */
  reasonOf(code: number | undefined): string {
    if (code === undefined) return `${this.call.command} was ended by a signal or could not be started`;
    if (NOT_STARTED.has(code)) return `${this.call.command} cannot be started (exit code ${code})`;
    return `${this.call.command} ended with exit code ${code}`;
  }

  private async endsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    });
    try {
      return await Promise.race([this.ended.then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private signal(name: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // The whole group is gone.
    }
  }
}
