import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));

/**
 * Runs the bundle with the command that users have, on an engine and a data folder of its own.
 * @param {{ folder: string, concurrency: number, workers: number }} options
 * @param {(pid: number) => void} onStart
 */
export async function runJob({ folder, concurrency, workers }, onStart) {
  const args = ['run', join(folder, 'bundle'), '-o', join(folder, 'out'), '--formats', 'jsonl'];
  args.push('--concurrency', String(concurrency), '--workers', String(workers), '--output', 'json');
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: folder,
    env: { ...process.env, ARENA_DATA_DIR: join(folder, 'data'), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.pid !== undefined) onStart(child.pid);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return readResult(stdout, code);
}

/** @param {string} stdout @param {number} code */
function readResult(stdout, code) {
  try {
    const { startedAt, endedAt, counts, message } = JSON.parse(stdout);
    return { startedAt, endedAt, seconds: (endedAt - startedAt) / 1000, passed: counts.passed, message };
  } catch {
    throw new Error(`arena run ended with code ${code} and without a result: ${stdout.slice(0, 500)}`);
  }
}
