/**
 * A closed-model lane alone, without Temporal: so many conversations, so many users. Prints one JSON line.
 *
 *     node bench/load-loop.mjs FOLDER CONVERSATIONS USERS
 */
import { ClosedLane } from '../dist/activities/load/closed-lane.js';
import { LaneClock } from '../dist/activities/load/lane-clock.js';
import { LoadCalls } from '../dist/activities/load/load-calls.js';
import { LoadMeter } from '../dist/activities/load/load-meter.js';
import { RunPool } from '../dist/activities/shard/run-pool.js';
import { loadBundleFromDisk } from '../dist/src/bundle/load-bundle.js';
import { planMatrix } from '../dist/src/bundle/matrix.js';
import { courseOf } from '../dist/src/core/load/course.js';
import { PlanIndex } from '../dist/src/core/plan.js';
import { prepare } from '../dist/src/engine/prepare.js';
import { runItem } from '../dist/src/engine/run-item.js';
import { createOutsideServices } from '../dist/src/io/outside-services.js';
import { createProviders } from '../dist/src/io/providers/create.js';
import { createTool } from '../dist/src/io/tools/create-tool.js';
import { warmUp } from '../dist/src/warm-up.js';

const [folder = '', conversations = '1000', users = '100'] = process.argv.slice(2);
await warmUp();
const { bundle, faults } = loadBundleFromDisk(folder);
if (bundle === undefined) throw new Error(JSON.stringify(faults));
const { cells, regions } = planMatrix(bundle);
const index = new PlanIndex({ schemaVersion: 1, bundle: bundle.digest, cells, regions });
const providers = createProviders(bundle, { env: {} });
const prepared = prepare(bundle, { variables: {} }, { createTool, services: createOutsideServices() });
const signal = new AbortController().signal;
const meter = new LoadMeter(0);
const pool = new RunPool();
pool.add({ shard: 0, remaining: 0, begin: async () => {}, handBack() {}, pause() {} }, 1e6);
const lease = { fresh: true, change: async () => {} };
const course = courseOf([{ durationMs: 0, target: Number(users) }, { durationMs: 1e9, target: Number(users) }]);
const clock = new LaneClock({ startedAt: Date.now(), changes: [{ atMs: 0, course, lanes: [0] }], pausedMs: 0 });
let number = 0;
const before = process.cpuUsage();
const startedAt = performance.now();
const lane = new ClosedLane({
  lane: 0,
  clock,
  maxUsers: 1e6,
  meter,
  next: async () => (number < Number(conversations) ? { number: number++, cell: 0 } : undefined),
  hold: async (n, cell, dueAt) => {
    const item = index.at(n % index.size);
    const calls = new LoadCalls({
      run: 'bench', item, cell, providers, meter, dueAt, thinkMs: () => 0, retryInPlace: false, signal,
      pool, lease, gates: [], draining: () => undefined,
    });
    const record = await runItem(prepared, item, calls.ports);
    calls.close(record);
    return calls.requests;
  },
});
await lane.run();
await lane.drained();
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(before);
const slice = meter.take(1);
const tally = Object.values(slice.cells)[0];
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, requests: tally.requests, conversations: tally.conversations, errors: tally.errors })}\n`);
process.exit(0);
