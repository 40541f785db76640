/**
 * Measures how fast records are generated on answers that cost nothing: conversations of one turn on the mock provider,
 * as a user would run them, with every record stored, checked and written; then ten times as many, for the memory.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runJob } from './job.mjs';
import { ProcessWatch } from './process-watch.mjs';

const SCENARIOS = 20;
/** Records a second, end to end. */
const TARGET = 1_000;
/** Ten times the records may take so much memory: the factor, and megabytes on top. */
const MEMORY_BOUND = { factor: 1.2, extraMb: 50 };

/**
 * @param {string} folder
 * @param {{ count: number, workers: number | undefined }} options
 * @param {(line: string) => void} print
 */
export async function benchDatagen(folder, { count, workers = 1 }, print) {
  const bundle = join(folder, 'bundle');
  await writeMockBundle(bundle);
  const rows = [];
  for (const records of [count, 10 * count]) {
    const row = await generate({ bundle, place: join(folder, String(records)), records, workers });
    const rate = records / row.seconds;
    print(`${records} records in ${row.seconds.toFixed(2)} s: ${rate.toFixed(0)} a second, worker ${row.workerMb} MB`);
    rows.push({ records, seconds: row.seconds, recordsPerSecond: Math.round(rate), maxRssMb: row.workerMb });
  }
  const boundMb = Math.round((rows[0]?.maxRssMb ?? 0) * MEMORY_BOUND.factor + MEMORY_BOUND.extraMb);
  const passed = rows.every(({ recordsPerSecond, maxRssMb }) => recordsPerSecond >= TARGET && maxRssMb <= boundMb);
  return { workers, target: TARGET, rows, memoryBoundMb: boundMb, passed };
}

/** @param {{ bundle: string, place: string, records: number, workers: number }} options */
async function generate({ bundle, place, records, workers }) {
  const watch = new ProcessWatch(place, []);
  const args = ['--count', records, '--workers', workers].map(String);
  const job = await runJob({ folder: place, bundle, verb: 'generate', args }, (pid) => watch.start(pid));
  const seen = watch.sums().filter(({ name }) => name === 'worker');
  watch.stop();
  if (job.dataset?.records !== records)
    throw new Error(`${job.dataset?.records} of ${records} records: ${job.message}`);
  return { seconds: job.seconds, workerMb: Math.round(Math.max(0, ...seen.map(({ maxRssMb }) => maxRssMb))) };
}

/** @param {string} folder */
async function writeMockBundle(folder) {
  const scenario = (/** @type {number} */ index) => ({
    task_type: 'shop',
    description: `Customer ${index}`,
    turns: [{ role: 'user', content: `Question ${index}: where is my order?` }],
  });
  const provider = { type: 'mock', model: 'mock', additional_config: { mock_config: 'mock.yaml' } };
  const spec = {
    prompt_specs: {
      shop: { task_type: 'shop', version: 'v1', description: 'Answers.', system_template: 'You answer customers.' },
    },
    provider_specs: { mock: provider },
    scenario_specs: Object.fromEntries(Array.from({ length: SCENARIOS }, (_, index) => [`s${index}`, scenario(index)])),
  };
  const arena = { apiVersion: 'promptkit.altairalabs.ai/v1alpha1', kind: 'Arena', metadata: { name: 'bench' }, spec };
  await mkdir(folder, { recursive: true });
  // JSON is YAML.
  await writeFile(join(folder, 'config.arena.yaml'), JSON.stringify(arena, null, 2));
  await writeFile(join(folder, 'mock.yaml'), JSON.stringify({ defaultResponse: 'Your order is on its way.' }));
}
