/**
 * Measures load tests: a bare loop with undici, and a closed-model load test as a user would run it, its histograms
 * written every second, against one mock server that answers at once. Both are given the same number of users and of
 * processes, and both are measured when they have warmed up.
 *
 * Two figures are compared. CPU per request, of the processes that send, tells what a request costs whatever else the
 * machine does. Requests a second tell what comes out of this machine, where the mock server takes its part of the
 * processors from both alike, and Temporal its part from the load test.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeBundle } from './bundle.mjs';
import { runJob } from './job.mjs';
import { ProcessWatch } from './process-watch.mjs';
import { readStats, startServer } from './server.mjs';

const USERS = 64;
/** A process needs some ten thousand requests until its code is compiled; a load test runs for minutes. */
const WARM_UP_SECONDS = 10;
/** Of the bare loop, in both figures. */
const TARGET = 0.35;

const BARE = fileURLToPath(new URL('bare-users.mjs', import.meta.url));
const LANE = fileURLToPath(new URL('load-loop.mjs', import.meta.url));

/**
 * @param {string} folder
 * @param {{ workers: number | undefined, seconds: number }} options without a number of workers: one, then two
 * @param {(line: string) => void} print
 */
export async function benchLoad(folder, { workers, seconds }, print) {
  const server = await startServer(0, ['--no-repeats']);
  try {
    await writeBundle(join(folder, 'bundle'), { calls: 1, baseUrl: server.url });
    const rows = [];
    for (const count of workers === undefined ? [1, 2] : [workers]) {
      const place = join(folder, String(count));
      rows.push(await compare({ folder, place, server, workers: count, seconds }, print));
    }
    return { users: USERS, target: TARGET, rows, passed: rows.every(({ passed }) => passed) };
  } finally {
    await server.stop();
  }
}

/**
 * @typedef {{ callsPerSecond: number, cpuMicros: number }} Measured
 * @param {{ folder: string, place: string, server: { url: string, pid: number }, workers: number, seconds: number }} options
 * @param {(line: string) => void} print
 */
async function compare(options, print) {
  const { workers } = options;
  // Once before and once after, so that a machine that is slower for a while is so for both.
  const before = await bareUsers(options);
  print(`${workers} ${workers === 1 ? 'process ' : 'processes'}  bare loop      ${line(before)}`);
  const load = await loadTest(options);
  print(`             load test      ${line(load)}   Temporal ${load.engineMicros.toFixed(0)} us`);
  const lane = workers === 1 ? await laneAlone(options, load) : undefined;
  if (lane !== undefined) print(`             lane alone     ${line(lane)}`);
  const after = await bareUsers(options);
  print(`             bare loop      ${line(after)}`);
  const bare = {
    callsPerSecond: (before.callsPerSecond + after.callsPerSecond) / 2,
    cpuMicros: (before.cpuMicros + after.cpuMicros) / 2,
  };
  const ofRate = load.callsPerSecond / bare.callsPerSecond;
  const ofCpu = bare.cpuMicros / load.cpuMicros;
  print(`             of bare loop   ${percent(ofRate)} of the requests a second, ${percent(ofCpu)} for the CPU`);
  return {
    workers,
    bare: rounded(bare),
    load: rounded(load),
    ofRequestsPerSecond: round(ofRate),
    ofCpuPerRequest: round(ofCpu),
    passed: ofRate >= TARGET && ofCpu >= TARGET,
  };
}

/** @param {{ server: { url: string }, workers: number, seconds: number }} options @returns {Promise<Measured>} */
async function bareUsers({ server, workers, seconds }) {
  const args = [BARE, server.url, Math.ceil(USERS / workers), WARM_UP_SECONDS, seconds].map(String);
  const loops = await Promise.all(
    Array.from({ length: workers }, () => promisify(execFile)(process.execPath, ['--no-warnings', ...args])),
  );
  const measured = loops.map(({ stdout }) => JSON.parse(stdout));
  const calls = sum(measured.map((loop) => loop.calls));
  return {
    callsPerSecond: sum(measured.map((loop) => loop.calls / loop.seconds)),
    cpuMicros: (sum(measured.map((loop) => loop.cpuSeconds)) / calls) * 1e6,
  };
}

/**
 * What sends, without Temporal and without anything written: what the rest costs is what the load test takes more.
 * @param {{ folder: string, seconds: number }} options
 * @param {Measured} load
 * @returns {Promise<Measured>}
 */
async function laneAlone({ folder, seconds }, load) {
  const conversations = Math.ceil(load.callsPerSecond * seconds);
  const args = [LANE, join(folder, 'bundle'), conversations, USERS].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', ...args]);
  const lane = JSON.parse(stdout);
  const { ended } = lane.requests;
  return { callsPerSecond: ended / lane.seconds, cpuMicros: (lane.cpuSeconds / ended) * 1e6 };
}

/**
 * @param {{ folder: string, place: string, server: { url: string, pid: number }, workers: number, seconds: number }} options
 */
async function loadTest({ folder, place, server, workers, seconds }) {
  const before = await calls(server.url);
  const watch = new ProcessWatch(place, []);
  // Longer than what is measured: no worker stops while it is looked at.
  const args = ['--users', USERS, '--duration', `${seconds + WARM_UP_SECONDS + 3}s`, '--workers', workers];
  const bundle = join(folder, 'bundle');
  const job = runJob({ folder: place, bundle, args: args.map(String) }, (pid) => watch.start(pid));
  try {
    // Whatever goes wrong with the job ends the wait as well.
    await Promise.race([job, firstCall(server.url, before)]);
    await pause(WARM_UP_SECONDS);
    const from = await snapshot(server.url, watch);
    await pause(seconds);
    const to = await snapshot(server.url, watch);
    expectWhole(await job);
    const done = to.calls - from.calls;
    const micros = (/** @type {string} */ name) => (((to.cpu.get(name) ?? 0) - (from.cpu.get(name) ?? 0)) / done) * 1e6;
    const callsPerSecond = (done / (to.at - from.at)) * 1000;
    return { callsPerSecond, cpuMicros: micros('worker'), engineMicros: micros('engine') };
  } finally {
    watch.stop();
  }
}

/** @param {{ message: string, load?: { requests: { failed: number, unknown: number } } }} result */
function expectWhole({ message, load }) {
  if (load === undefined) throw new Error(`the load test has measured nothing: ${message}`);
  const { failed, unknown } = load.requests;
  if (failed > 0 || unknown > 0) throw new Error(`${failed} requests failed, ${unknown} are unknown: ${message}`);
}

/** @param {string} url @param {ProcessWatch} watch */
async function snapshot(url, watch) {
  const at = performance.now();
  return { at, calls: await calls(url), cpu: new Map(watch.sums().map(({ name, cpuSeconds }) => [name, cpuSeconds])) };
}

/** @param {string} url @returns {Promise<number>} */
async function calls(url) {
  const stats = await readStats(url);
  if (stats === undefined) throw new Error('the mock server tells no statistics');
  return stats.calls;
}

/** @param {string} url @param {number} before */
async function firstCall(url, before) {
  while ((await calls(url)) === before) await pause(0.1);
}

const pause = (/** @type {number} */ seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0);
const round = (/** @type {number} */ value) => Math.round(value * 1000) / 1000;
const rounded = (/** @type {Measured} */ { callsPerSecond, cpuMicros }) => ({
  requestsPerSecond: Math.round(callsPerSecond),
  cpuMicrosPerRequest: round(cpuMicros),
});
const percent = (/** @type {number} */ value) => `${(100 * value).toFixed(0)} %`;
const line = (/** @type {Measured} */ { callsPerSecond, cpuMicros }) =>
  `${callsPerSecond.toFixed(0).padStart(6)} requests/s ${cpuMicros.toFixed(0).padStart(5)} us of CPU each`;
