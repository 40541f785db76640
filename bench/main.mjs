/**
 * Measures the product against itself: runs a bundle of one-turn conversations as a user would, against a mock server
 * with a known latency, and compares the time with the least that is possible. The last line of stdout is one JSON
 * object.
 *
 *     npm run bench -- --calls 2000 --latency 200 --concurrency 100 [--workers 2] [--base-url URL]
 *     npm run bench -- --engine [--concurrency 100] [--workers 1]
 *     npm run bench -- --client [--calls 2000]
 *     npm run bench -- --load [--workers 1] [--seconds 10]
 *     npm run bench -- --datagen [--count 10000] [--workers 1]
 *
 * With --engine nothing is called: conversations on the mock provider show what the engine and the storing cost. With
 * --client the provider clients alone are compared with a bare HTTP loop and with the vendors' SDKs, in CPU per call.
 * With --load a closed-model load test is compared with a bare HTTP loop, and with --datagen records are generated on
 * the mock provider.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeBundle } from './bundle.mjs';
import { benchClient } from './client.mjs';
import { benchDatagen } from './datagen.mjs';
import { benchEngine } from './engine.mjs';
import { evaluation, runJob } from './job.mjs';
import { benchLoad } from './load.mjs';
import { ProcessWatch } from './process-watch.mjs';
import { bareLoop, readStats, resetStats, startServer } from './server.mjs';

const options = readOptions();
const folder = await mkdtemp(join(tmpdir(), 'arena-bench-'));
try {
  const result = await benchOther();
  if (result !== undefined) {
    print(JSON.stringify(result));
    if (!result.passed) process.exitCode = 1;
  } else await benchCalls();
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Undefined when nothing else is asked for than calls against the ideal. */
async function benchOther() {
  if (options.client) return benchClient(options, print);
  if (options.engine) return benchEngine(folder, { ...options, workers: options.workers ?? 1 }, print);
  if (options.load) return benchLoad(folder, options, print);
  if (options.datagen) return benchDatagen(folder, options, print);
  return undefined;
}

async function benchCalls() {
  const server = options.baseUrl === undefined ? await startServer(options.latency) : undefined;
  try {
    const baseUrl = options.baseUrl ?? server.url;
    const calls = await writeBundle(join(folder, 'bundle'), { calls: options.calls, baseUrl });
    const idealSeconds = (calls * options.latency) / 1000 / options.concurrency;
    print(
      `${calls} calls of ${options.latency} ms, ${options.concurrency} at once: ${idealSeconds.toFixed(2)} s at best`,
    );

    const bare = await bareLoop(baseUrl, calls, options.concurrency);
    print(`bare HTTP loop: ${bare.seconds.toFixed(2)} s, ${bare.cpuSeconds.toFixed(2)} s of CPU`);

    await resetStats(baseUrl);
    const watch = new ProcessWatch(folder, server === undefined ? [] : [server.pid]);
    const spawnedAt = Date.now();
    const job = await runJob(evaluation(folder, { ...options, workers: options.workers ?? 1 }), (pid) =>
      watch.start(pid),
    );
    const wallSeconds = (Date.now() - spawnedAt) / 1000;
    const processes = watch.sums();
    watch.stop();
    const stats = await readStats(baseUrl);

    if (job.passed !== calls) print(`NOT ALL PASSED: ${job.passed} of ${calls}; ${job.message}`);
    for (const { name, cpuSeconds, maxRssMb } of processes) {
      print(`${name.padEnd(12)} ${cpuSeconds.toFixed(2).padStart(7)} s CPU ${maxRssMb.toFixed(0).padStart(6)} MB`);
    }
    const phases = stats === undefined ? undefined : phasesOf(job, stats);
    if (phases !== undefined) {
      const { beforeCalls, calls: during, afterCalls } = phases;
      print(`job: ${beforeCalls} s to the first call, ${during} s of calls, ${afterCalls} s after the last answer`);
    }
    const result = {
      idealSeconds: round(idealSeconds),
      jobSeconds: round(job.seconds),
      wallSeconds: round(wallSeconds),
      efficiency: round(idealSeconds / job.seconds),
      peakInFlight: stats?.peakInFlight ?? null,
      calls: stats?.calls ?? null,
      passed: job.passed,
      firstCallSeconds: stats?.firstCallAt === undefined ? null : round((stats.firstCallAt - spawnedAt) / 1000),
      phases: phases ?? null,
      bareSeconds: round(bare.seconds),
      bareRatio: round(bare.seconds / job.seconds),
      processes: processes.map((each) => ({
        ...each,
        cpuSeconds: round(each.cpuSeconds),
        maxRssMb: round(each.maxRssMb),
      })),
    };
    print(JSON.stringify(result));
    if (job.passed !== calls) process.exitCode = 1;
  } finally {
    await server?.stop();
  }
}

/**
 * Where the job's time went, in seconds, by the server's clock.
 * @param {{ startedAt: number, endedAt: number }} job
 * @param {{ firstCallAt?: number, lastCallAt?: number }} stats
 */
function phasesOf({ startedAt, endedAt }, { firstCallAt = startedAt, lastCallAt = startedAt }) {
  const lastAnswerAt = lastCallAt + options.latency;
  return {
    beforeCalls: round((firstCallAt - startedAt) / 1000),
    calls: round((lastAnswerAt - firstCallAt) / 1000),
    afterCalls: round((endedAt - lastAnswerAt) / 1000),
  };
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '2000' },
      latency: { type: 'string', default: '200' },
      concurrency: { type: 'string', default: '100' },
      workers: { type: 'string' },
      'base-url': { type: 'string' },
      engine: { type: 'boolean', default: false },
      client: { type: 'boolean', default: false },
      load: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '10' },
      datagen: { type: 'boolean', default: false },
      count: { type: 'string', default: '10000' },
    },
  });
  return {
    calls: wholeNumber('calls', values.calls, 1),
    latency: wholeNumber('latency', values.latency, 0),
    concurrency: wholeNumber('concurrency', values.concurrency, 1),
    // A load test is measured with one and with two where nothing is said.
    workers: values.workers === undefined ? undefined : wholeNumber('workers', values.workers, 1),
    seconds: wholeNumber('seconds', values.seconds, 1),
    count: wholeNumber('count', values.count, 1),
    baseUrl: values['base-url'],
    engine: values.engine,
    client: values.client,
    load: values.load,
    datagen: values.datagen,
  };
}

/** @param {string} name @param {string} text @param {number} min */
function wholeNumber(name, text, min) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min) return value;
  process.stderr.write(`bench: --${name} must be a whole number from ${min}\n`);
  process.exit(2);
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 1000) / 1000;
}
