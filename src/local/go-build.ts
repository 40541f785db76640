import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isErrno } from './errno.js';

/** A cold build takes minutes on two cores; slow machines and lines get much more. */
const BUILD_TIMEOUT_MS = 30 * 60_000;
const PROGRESS_EVERY_MS = 5000;

export interface GoBuild {
  /** Arguments of `go`. */
  args: string[];
  /** Folder that it works in. */
  folder: string;
  env?: { [name: string]: string };
  /** What is built and how long that takes, for the line of progress. */
  what: { name: string; about: string };
  say: (line: string) => void;
}

/** Builds programs with the user's Go toolchain and without a C compiler. Throws with Go's own words. */
export async function runGo({ args, folder, env, what, say }: GoBuild): Promise<void> {
  const started = Date.now();
  let modules = 0;
  const lastWords: string[] = [];
  const report = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    say(`building ${what.name} with Go: ${seconds} s, ${modules} modules downloaded (${what.about}, once)`);
  }, PROGRESS_EVERY_MS);
  try {
    const child = spawn('go', args, {
      cwd: folder,
      env: { ...process.env, CGO_ENABLED: '0', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      // Not the option `timeout`: its timer outlives a program that could not be started, and holds this process.
      signal: AbortSignal.timeout(BUILD_TIMEOUT_MS),
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('go: downloading ')) modules += 1;
      else lastWords.push(line);
      if (lastWords.length > 5) lastWords.shift();
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', (error) => reject(isErrno(error, 'ENOENT') ? new Error('there is no `go` on PATH') : error));
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(`go ${args[0]} failed: ${lastWords.join(' / ') || 'no reason given'}`);
  } finally {
    clearInterval(report);
  }
}
