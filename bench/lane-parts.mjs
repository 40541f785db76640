import { LoadCalls } from '../dist/activities/load/load-calls.js';
import { LoadMeter } from '../dist/activities/load/load-meter.js';
import { RunPool } from '../dist/activities/shard/run-pool.js';
import { loadBundleFromDisk } from '../dist/src/bundle/load-bundle.js';
import { planMatrix } from '../dist/src/bundle/matrix.js';
import { PlanIndex } from '../dist/src/core/plan.js';
import { prepare } from '../dist/src/engine/prepare.js';
import { runItem } from '../dist/src/engine/run-item.js';
import { createOutsideServices } from '../dist/src/io/outside-services.js';
import { createProviders } from '../dist/src/io/providers/create.js';
import { createTool } from '../dist/src/io/tools/create-tool.js';
import { warmUp } from '../dist/src/warm-up.js';

/**
 * What a lane of a load test holds conversations with, without Temporal: conversation n is item n of the bundle's
 * plan, over and over.
 * @param {string} folder of the bundle
 */
export async function laneParts(folder) {
  // As a worker does before it takes its first work.
  await warmUp();
  const { bundle, faults } = loadBundleFromDisk(folder);
  if (bundle === undefined) throw new Error(JSON.stringify(faults));
  const { cells, regions } = planMatrix(bundle);
  const index = new PlanIndex({ schemaVersion: 1, bundle: bundle.digest, cells, regions });
  const providers = createProviders(bundle, { env: {} });
  const prepared = prepare(bundle, { variables: {} }, { createTool, services: createOutsideServices() });
  const { signal } = new AbortController();
  const meter = new LoadMeter(0);
  const pool = new RunPool();
  pool.add({ shard: 0, remaining: 0, begin: async () => {}, handBack() {}, pause() {} }, 1e6);
  const outside = {
    run: 'bench',
    providers,
    meter,
    thinkMs: () => 0,
    retryInPlace: false,
    pool,
    lease: { fresh: true, change: async () => {} },
    gates: [],
    draining: () => undefined,
  };
  const hold = async (/** @type {number} */ number, /** @type {number} */ cell, /** @type {number} */ dueAt) => {
    const item = index.at(number % index.size);
    const calls = new LoadCalls(outside, { item, cell, dueAt, signal });
    calls.close(await runItem(prepared, item, calls.ports(signal)));
    return calls.requests;
  };
  return { meter, hold };
}
