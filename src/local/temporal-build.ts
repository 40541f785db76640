import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isErrno } from './errno.js';
import { TEMPORAL_CLI_VERSION } from './temporal-release.js';

const MODULE = 'github.com/temporalio/cli/cmd/temporal';

/** A cold build takes three minutes on two cores; slow machines and lines get much more. */
const BUILD_TIMEOUT_MS = 30 * 60_000;
const PROGRESS_EVERY_MS = 5000;

/** Builds the pinned `temporal` into the folder with the user's Go toolchain. Throws with Go's own words. */
export async function buildTemporal(folder: string, say: (line: string) => void): Promise<void> {
  const started = Date.now();
  let modules = 0;
  const lastWords: string[] = [];
  const report = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    say(`building the Temporal dev server with Go: ${seconds} s, ${modules} modules downloaded (about 3 min, once)`);
  }, PROGRESS_EVERY_MS);
  try {
    const child = spawn('go', ['install', '-ldflags=-s -w', `${MODULE}@v${TEMPORAL_CLI_VERSION}`], {
      cwd: folder,
      env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: BUILD_TIMEOUT_MS,
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
    if (code !== 0) throw new Error(`go install failed: ${lastWords.join(' / ') || 'no reason given'}`);
  } finally {
    clearInterval(report);
  }
}
