/** A server of another project, started as it is, with its words kept in a file. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface ServerOptions {
  program: string;
  args: readonly string[];
  /** Takes stdout and stderr; grows over restarts. */
  log: string;
  /** Added to PATH and HOME. */
  env?: { [name: string]: string };
  cwd?: string;
  /** Numbers of another user to run as; only root can. */
  user?: { uid: number; gid: number };
}

export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly options: ServerOptions,
  ) {}

  static start(options: ServerOptions): ServerProcess {
    const { program, args, env, cwd, user } = options;
    const { PATH, HOME } = process.env;
    const log = openSync(options.log, 'a');
    const [command = program, ...rest] = tied([program, ...args]);
    const child = spawn(command, rest, {
      cwd,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', log, log],
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
    closeSync(log);
    // Told by `ready`, which sees that the process is not there.
    child.on('error', () => undefined);
    return new ServerProcess(child, options);
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get runs(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until the look gives something. Fails with the server's last words when it ends before. */
  async ready<T>(look: () => Promise<T | undefined>, timeoutMs = 60_000): Promise<T> {
    for (const deadline = Date.now() + timeoutMs; ; ) {
      const found = await look().catch(() => undefined);
      if (found !== undefined) return found;
      if (!this.runs) throw new Error(`${this.options.program} ended: ${this.lastWords()}`);
      if (Date.now() > deadline) {
        throw new Error(`${this.options.program} is not ready after ${timeoutMs / 1000} s: ${this.lastWords()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.runs) return;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
  }

  private lastWords(): string {
    return readFileSync(this.options.log, 'utf8').trimEnd().split('\n').slice(-12).join('\n');
  }
}

let canTie: boolean | undefined;

/** A command that ends with this process, however this process ends, where the system has a way to say so. */
export function tied(command: readonly string[]): string[] {
  canTie ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  return canTie ? ['setpriv', '--pdeathsig', 'KILL', '--', ...command] : [...command];
}
