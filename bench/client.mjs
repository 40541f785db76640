/**
 * Measures what a call costs in CPU: with a bare undici loop, with our client and with the vendor's own SDK, for each
 * wire format, plain and as a stream of 64 pieces. The three take turns, so that a noisy machine is noisy for all.
 */
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const LOOP = fileURLToPath(new URL('client-loop.mjs', import.meta.url));
const SERVER = fileURLToPath(new URL('wire-server.mjs', import.meta.url));
const FORMATS = ['openai', 'anthropic', 'gemini'];
const MODES = ['plain', 'stream'];
const CLIENTS = ['bare', 'ours', 'sdk'];
const ROUNDS = 3;
/** Ours costs so many times the bare loop at most, and the SDK so many times ours at least. */
const TARGET = { overBare: 2, belowSdk: 4 };

/** @param {{ calls: number }} options @param {(line: string) => void} print */
export async function benchClient({ calls }, print) {
  const { url, stop } = await startServer();
  try {
    const rows = [];
    for (const format of FORMATS) for (const mode of MODES) rows.push(await compare(url, format, mode, calls, print));
    return { target: TARGET, rows, passed: rows.every(({ passed }) => passed) };
  } finally {
    stop();
  }
}

/** @param {string} url @param {string} format @param {string} mode @param {number} calls @param {(line: string) => void} print */
async function compare(url, format, mode, calls, print) {
  /** @type {Record<string, number[]>} */
  const measured = Object.fromEntries(CLIENTS.map((client) => [client, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const client of CLIENTS) measured[client]?.push(await cpuMicros([client, format, mode, url, String(calls)]));
  }
  const [bare = 0, ours = 0, sdk = 0] = CLIENTS.map((client) => median(measured[client] ?? []));
  const [overBare, belowSdk] = [ours / bare, sdk / ours];
  const passed = overBare <= TARGET.overBare && belowSdk >= TARGET.belowSdk;
  const name = `${format} ${mode}`.padEnd(17);
  print(
    `${name} bare ${micros(bare)}   ours ${micros(ours)} = ${overBare.toFixed(2)} x bare   sdk ${micros(sdk)} = ${belowSdk.toFixed(1)} x ours`,
  );
  return {
    format,
    mode,
    bareMicros: round(bare),
    oursMicros: round(ours),
    sdkMicros: round(sdk),
    overBare: round(overBare),
    belowSdk: round(belowSdk),
    passed,
  };
}

/** @param {string[]} args */
async function cpuMicros(args) {
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', LOOP, ...args]);
  return Number(JSON.parse(stdout).cpuMicros);
}

function startServer() {
  const child = spawn(process.execPath, [SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout.setEncoding('utf8').once('data', (text) => {
      resolve({ url: String(text).trim(), stop: () => child.kill() });
    });
  });
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** @param {number} value */
const micros = (value) => `${value.toFixed(0).padStart(5)} us`;

/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;
