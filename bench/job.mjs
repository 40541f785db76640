import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));

/**
 * @typedef {{ folder: string, bundle: string, verb?: string, args: string[] }} Job
 * @param {string} folder Holds the bundle.
 * @param {{ concurrency: number, workers: number }} options
 * @returns {Job}
 */
export function evaluation(folder, { concurrency, workers }) {
  const args = ['--formats', 'jsonl', '--concurrency', String(concurrency), '--workers', String(workers)];
  return { folder, bundle: join(folder, 'bundle'), args };
}

/**
 * Runs a bundle with the command that users have, on an engine and a data folder of its own. Gives the job's result.
 * @param {Job} job
 * @param {(pid: number) => void} onStart
 */
export async function runJob({ folder, bundle, verb = 'run', args }, onStart) {
  await mkdir(folder, { recursive: true });
  const all = [COMMAND, verb, bundle, '-o', join(folder, 'out'), '--output', 'json', ...args];
  const child = spawn(process.execPath, all, {
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
    const result = JSON.parse(stdout);
    const { startedAt, endedAt, counts } = result;
    return { ...result, seconds: (endedAt - startedAt) / 1000, passed: counts.passed };
  } catch {
    throw new Error(`arena run ended with code ${code} and without a result: ${stdout.slice(0, 500)}`);
  }
}
