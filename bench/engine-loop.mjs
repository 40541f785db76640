/**
 * Holds every conversation of a bundle in this process, without anything durable around the engine, as often as it is
 * told. Prints one JSON line. A process of its own, so that its memory is its own.
 *
 *     node bench/engine-loop.mjs FOLDER CONVERSATIONS
 */
import { loadBundleFromDisk } from '../dist/src/bundle/load-bundle.js';
import { planMatrix } from '../dist/src/bundle/matrix.js';
import { PlanIndex } from '../dist/src/core/plan.js';
import { directPorts } from '../dist/src/engine/direct-ports.js';
import { holdConversation } from '../dist/src/engine/hold-conversation.js';
import { prepare } from '../dist/src/engine/prepare.js';
import { createOutsideServices } from '../dist/src/io/outside-services.js';
import { createProviders } from '../dist/src/io/providers/create.js';
import { createTool } from '../dist/src/io/tools/create-tool.js';
import { warmUp } from '../dist/src/warm-up.js';

const [folder = '', conversations = '1000'] = process.argv.slice(2);

// As a worker does before it takes its first shard.
await warmUp();
const loadedAt = performance.now();
const { bundle, faults } = loadBundleFromDisk(folder);
if (bundle === undefined) throw new Error(JSON.stringify(faults));
const { cells, regions } = planMatrix(bundle);
const index = new PlanIndex({ schemaVersion: 1, bundle: bundle.digest, cells, regions });
const providers = createProviders(bundle, { env: {} });
const prepared = prepare(bundle, { variables: {} }, { createTool, services: createOutsideServices() });
const ports = directPorts(providers, new AbortController().signal);

const startedAt = performance.now();
let passed = 0;
for (let item = 0; item < Number(conversations); item += 1) {
  const record = await holdConversation(prepared, index.at(item % index.size), ports);
  if (record.verdict === 'passed') passed += 1;
}
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(
  `${JSON.stringify({
    passed,
    seconds,
    loadSeconds: (startedAt - loadedAt) / 1000,
    maxRssMb: process.resourceUsage().maxRSS / 1024,
  })}\n`,
);
