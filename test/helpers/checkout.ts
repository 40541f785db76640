import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** A block of a page that begins with "```sh run", with the exit code that the text promises. */
export interface Snippet {
  commands: string;
  exitCode: number;
}

export function snippetsOf(page: string): Snippet[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```sh run(?: exit=(\d+))?\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, exit, commands = '']) => ({ commands: commands.trim(), exitCode: Number(exit ?? 0) }));
}

/**
 * A copy of the checkout as a fresh clone would be, built, with the installed packages linked in: what a user has after
 * `npm ci`. Commands run there with data and cache folders of their own.
 */
export class Checkout {
  readonly folder = mkdtempSync(join(tmpdir(), 'arena-checkout-'));
  private readonly home = mkdtempSync(join(tmpdir(), 'arena-home-'));

  constructor() {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' }).split('\n');
    for (const file of files.filter((name) => name !== '' && existsSync(name))) {
      const target = join(this.folder, file);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(file, target);
    }
    // What was built for these tests, so of the same files.
    cpSync('dist', join(this.folder, 'dist'), { recursive: true, preserveTimestamps: true });
    symlinkSync(join(process.cwd(), 'node_modules'), join(this.folder, 'node_modules'));
  }

  private get env(): NodeJS.ProcessEnv {
    const { PATH = '', HOME, ARENA_TEMPORAL_BIN } = process.env;
    const data = { ARENA_DATA_DIR: join(this.home, 'data'), ARENA_CACHE_DIR: join(this.home, 'cache') };
    // The command of the dev server doubles as the `temporal` that examples call.
    const search = ARENA_TEMPORAL_BIN === undefined ? PATH : [dirname(ARENA_TEMPORAL_BIN), PATH].join(delimiter);
    return { PATH: search, HOME, ARENA_TEMPORAL_BIN, NO_COLOR: '1', ...data };
  }

  /** Runs lines as a shell user would, up to the first that fails. Throws unless they exit as expected. */
  async shell(lines: string, exitCode: number): Promise<string> {
    const child = this.start(lines);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    if (code !== exitCode) throw new Error(`${lines}\nended with ${code}, not ${exitCode}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Starts lines that stay up; the caller ends them. */
  start(lines: string) {
    // No standard input: a shell that reads from a socket believes that it was called from afar and loads its profile.
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    return spawn('bash', ['-euo', 'pipefail', '-c', lines], { cwd: this.folder, env: this.env, stdio });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }
}
