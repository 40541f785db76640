/**
 * Measures the engine on answers that cost nothing: conversations of three turns with one check each, 100 scenarios by
 * 10 mock providers. First in one process without anything durable, then as a user would run them, with every record
 * stored; and ten times as many, for the memory.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluation, runJob } from './job.mjs';
import { ProcessWatch } from './process-watch.mjs';

const SCENARIOS = 100;
const PROVIDERS = 10;
const MATRIX = SCENARIOS * PROVIDERS;
/** Ten times the items may take so much memory: the factor, and megabytes on top. */
const MEMORY_BOUND = { factor: 1.2, extraMb: 50 };

const LOOP = fileURLToPath(new URL('./engine-loop.mjs', import.meta.url));

/**
 * @param {string} folder
 * @param {{ concurrency: number, workers: number }} options
 * @param {(line: string) => void} print
 */
export async function benchEngine(folder, { concurrency, workers }, print) {
  await writeMockBundle(join(folder, 'bundle'), 1);
  await writeMockBundle(join(folder, 'ten', 'bundle'), 10);

  const engine = JSON.parse(
    execFileSync(process.execPath, [LOOP, join(folder, 'bundle'), String(10 * MATRIX)], { encoding: 'utf8' }),
  );
  print(
    `engine only: ${10 * MATRIX} conversations in ${engine.seconds.toFixed(2)} s, ${engine.maxRssMb.toFixed(0)} MB`,
  );

  const one = await endToEnd(folder, MATRIX, { concurrency, workers });
  print(`end to end:  ${MATRIX} conversations in ${one.seconds.toFixed(2)} s, worker ${one.workerMb.toFixed(0)} MB`);
  const ten = await endToEnd(join(folder, 'ten'), 10 * MATRIX, { concurrency, workers });
  print(
    `end to end:  ${10 * MATRIX} conversations in ${ten.seconds.toFixed(2)} s, worker ${ten.workerMb.toFixed(0)} MB`,
  );
  const boundMb = one.workerMb * MEMORY_BOUND.factor + MEMORY_BOUND.extraMb;
  return {
    engineConversationsPerSecond: Math.round((10 * MATRIX) / engine.seconds),
    endToEndConversationsPerSecond: Math.round(MATRIX / one.seconds),
    endToEndConversationsPerSecondOfTenTimes: Math.round((10 * MATRIX) / ten.seconds),
    maxRssMb: Math.round(one.workerMb),
    maxRssMbOfTenTimes: Math.round(ten.workerMb),
    memoryBoundMb: Math.round(boundMb),
    passed: engine.passed === 10 * MATRIX && one.passed === MATRIX && ten.passed === 10 * MATRIX,
  };
}

/** @param {string} folder @param {number} conversations @param {{ concurrency: number, workers: number }} options */
async function endToEnd(folder, conversations, options) {
  const watch = new ProcessWatch(folder, []);
  const job = await runJob(evaluation(folder, options), (pid) => watch.start(pid));
  const workers = watch.sums().filter(({ name }) => name === 'worker');
  watch.stop();
  if (job.passed !== conversations) throw new Error(`${job.passed} of ${conversations} passed: ${job.message}`);
  return { ...job, workerMb: Math.max(0, ...workers.map(({ maxRssMb }) => maxRssMb)) };
}

/** @param {string} folder @param {number} trials */
async function writeMockBundle(folder, trials) {
  const turn = (/** @type {number} */ number) => ({
    role: 'user',
    content: `Question ${number}: where is my order?`,
    assertions: [{ type: 'content_includes', params: { patterns: ['order'] } }],
  });
  const scenario = (/** @type {number} */ index) => ({
    task_type: 'shop',
    description: `Customer ${index}`,
    trials,
    turns: [turn(1), turn(2), turn(3)],
  });
  const provider = { type: 'mock', model: 'mock', additional_config: { mock_config: 'mock.yaml' } };
  const spec = {
    prompt_specs: {
      shop: { task_type: 'shop', version: 'v1', description: 'Answers.', system_template: 'You answer customers.' },
    },
    provider_specs: named('p', PROVIDERS, () => provider),
    scenario_specs: named('s', SCENARIOS, scenario),
  };
  await mkdir(folder, { recursive: true });
  const arena = { apiVersion: 'promptkit.altairalabs.ai/v1alpha1', kind: 'Arena', metadata: { name: 'bench' }, spec };
  // JSON is YAML.
  await writeFile(join(folder, 'config.arena.yaml'), JSON.stringify(arena, null, 2));
  await writeFile(join(folder, 'mock.yaml'), JSON.stringify({ defaultResponse: 'Your order is on its way.' }));
}

/** @param {string} prefix @param {number} count @param {(index: number) => object} make */
function named(prefix, count, make) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, make(index)]));
}
