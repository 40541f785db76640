import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

const COMMAND = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));

/** Starts `arena mock`. @param {number} latencyMs @param {string[]} more */
export async function startServer(latencyMs, more = []) {
  const args = [COMMAND, 'mock', '--port', '0', '--latency', String(latencyMs), '--quiet', ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await firstLine(child);
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill();
    });
  return { url, pid: child.pid ?? 0, stop };
}

/** Runs the same calls with nothing but an HTTP client, in a process of its own. @param {string} baseUrl @param {number} calls @param {number} concurrency */
export async function bareLoop(baseUrl, calls, concurrency) {
  const program = fileURLToPath(new URL('bare-loop.mjs', import.meta.url));
  const args = [program, baseUrl, String(calls), String(concurrency)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { seconds, cpuSeconds } = JSON.parse(await firstLine(child));
  return { seconds, cpuSeconds };
}

/** The server's own account; undefined when it keeps none. @param {string} baseUrl */
export async function readStats(baseUrl) {
  try {
    const { statusCode, body } = await request(new URL('/stats', baseUrl));
    const stats = JSON.parse(await body.text());
    return statusCode === 200 ? stats : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} baseUrl */
export async function resetStats(baseUrl) {
  const { body } = await request(new URL('/stats/reset', baseUrl), { method: 'POST' });
  await body.dump();
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<string>} */
function firstLine(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end !== -1) resolve(text.slice(0, end));
    });
    child.once('error', reject).once('close', (code) => reject(new Error(`a process of the bench ended with ${code}`)));
  });
}
