import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { RunSummary } from '../../src/core/run.js';
import { waitFor } from './wait-for.js';

const MAIN = resolve('dist/src/cli/main.js');

export interface Outcome {
  /** Exit code, or null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command of the built product that is under way. */
export class RunningCommand {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Outcome>;

  constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString('utf8');
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString('utf8');
    });
    this.ended = once(child, 'close').then(() => ({
      code: child.exitCode,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until stdout and stderr together hold what fits; gives the match. */
  async says(expression: RegExp): Promise<RegExpMatchArray> {
    return waitFor(
      `${expression} in the output`,
      () => `${this.stdout}\n${this.stderr}`.match(expression) ?? undefined,
    );
  }
}

/** A user of the command: a folder to work in, with data and cache folders of its own, all removed at the end. */
export class ArenaUser {
  readonly folder = mkdtempSync(join(tmpdir(), 'arena-user-'));

  /** @param main File of the command. Default: that of the checkout. */
  constructor(private readonly main = MAIN) {}

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  /** Writes files below the working folder. */
  write(texts: { [path: string]: string }): void {
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  start(args: readonly string[], env: { [name: string]: string } = {}): RunningCommand {
    const { PATH, HOME, ARENA_TEMPORAL_BIN } = process.env;
    const own = { ARENA_DATA_DIR: this.dataDir, ARENA_CACHE_DIR: join(this.folder, 'cache'), NO_COLOR: '1' };
    const child = spawn(process.execPath, [this.main, ...args], {
      cwd: this.folder,
      env: { PATH, HOME, ARENA_TEMPORAL_BIN, ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new RunningCommand(child);
  }

  arena(args: readonly string[], env: { [name: string]: string } = {}): Promise<Outcome> {
    return this.start(args, env).ended;
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** The contents of all files of the data folder, the engine's included. */
  stored(): string[] {
    const entries = readdirSync(this.dataDir, { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) =>
      entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), 'latin1')] : [],
    );
  }

  results(out = 'out'): ConversationRecord[] {
    const lines = this.read(`${out}/results.jsonl`).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as ConversationRecord);
  }

  summary(out = 'out'): RunSummary {
    return JSON.parse(this.read(`${out}/summary.json`)) as RunSummary;
  }

  /** Command lines of the living processes that work for this user, by process id. */
  processes(): Map<number, string> {
    const found = new Map<number, string>();
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      const [line, env] = ['cmdline', 'environ'].map((file) => readProc(`/proc/${name}/${file}`));
      if (`${line}${env}`.includes(this.folder)) found.set(Number(name), (line ?? '').replaceAll('\0', ' '));
    }
    return found;
  }

  /** Waits until none of this user's processes is left. */
  async nothingRuns(): Promise<void> {
    await waitFor('the end of all processes', () => (this.processes().size === 0 ? true : undefined));
  }

  /** Ends what is left and removes all files. */
  async remove(): Promise<void> {
    // Hosts start their workers again, so what is found is ended until nothing is found.
    await waitFor('the end of all processes', () => {
      const pids = [...this.processes().keys()];
      for (const pid of pids) killQuietly(pid);
      return pids.length === 0 ? true : undefined;
    });
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Empty for a process that has ended meanwhile, or that is not ours. */
function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
