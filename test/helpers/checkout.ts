import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface ShellResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
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
    symlinkSync(join(process.cwd(), 'node_modules'), join(this.folder, 'node_modules'));
  }

  private get env(): NodeJS.ProcessEnv {
    const { PATH, HOME, ARENA_TEMPORAL_BIN } = process.env;
    const data = { ARENA_DATA_DIR: join(this.home, 'data'), ARENA_CACHE_DIR: join(this.home, 'cache') };
    return { PATH, HOME, ARENA_TEMPORAL_BIN, NO_COLOR: '1', ...data };
  }

  /** Runs lines as a shell user would, stopping at the first that fails. */
  async shell(lines: string): Promise<ShellResult> {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', lines], { cwd: this.folder, env: this.env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { exitCode, stdout, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }
}
