/**
 * Program: keeps one run of this machine going, detached from the command that started it. Arguments: data folder, run,
 * and, for a run with an engine of its own, the `temporal` binary. Holds the engine and the workers, and takes both down
 * when the workflow has closed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArenaRun } from '../arena-run.js';
import { readEnv } from '../config.js';
import { ArenaError, toFailure } from '../core/errors.js';
import { createStore, PATIENT } from '../store.js';
import { engineAddress, NAMESPACE, readEngineState } from './engine-state.js';
import { type HostedEngine, hostEngine } from './host-engine.js';
import { tryLock } from './lock.js';
import { isAlive } from './process-identity.js';
import { HOST_LOCK, HOST_STATE_FILE, withoutTemporal } from './run-processes.js';
import { LocalRuns, type RunRecord } from './run-record.js';
import { WorkerProcesses } from './worker-processes.js';

const WORKER_GRACE_MS = 5000;

const [dataDir = '', run = '', binary = ''] = process.argv.slice(2);
process.title = `arena run ${run}`;
const store = createStore(readEnv({ ...process.env, ARENA_DATA_DIR: dataDir }), process.env, PATIENT);
const local = new LocalRuns(dataDir, store);
const folder = local.folder(run);

const record = await local.read(run);
const lock = await tryLock(folder, HOST_LOCK);
// Without a record there is nothing to keep going; without the lock another host does it.
if (record === undefined || lock === undefined) process.exit(0);

let engine: HostedEngine | undefined;
let workers: WorkerProcesses | undefined;
let ending: Promise<void> | undefined;
let began = true;

function end(code: number): Promise<void> {
  ending ??= (async () => {
    await workers?.stop(WORKER_GRACE_MS);
    // Killed rather than asked: nobody uses it any more, and its file is safe.
    await engine?.stop(0);
    await lock?.release();
    if (!began) await local.remove(run);
    else if (record?.engine.kind === 'private') await local.removeOldEngines(record.job);
    process.exit(code);
  })();
  return ending;
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => void end(0));

try {
  if (record.engine.kind === 'private') engine = await hostEngine(local.engineFolder(record), binary);
  const env = await workerEnv(record);
  workers = new WorkerProcesses(
    env,
    (worker) => join(folder, `worker-${worker}.log`),
    (pids) => writeFileSync(join(folder, HOST_STATE_FILE), `${JSON.stringify({ workers: pids })}\n`),
  );
  // The workers take longer to load than the engine to start: they wait for it rather than the other way round.
  workers.start(record.workers);
  await engine?.ready;
  began = await workflowEnd(record, env);
  await end(0);
} catch (error) {
  console.error(error instanceof ArenaError ? error.message : error);
  await end(1);
}

async function workerEnv(of: RunRecord): Promise<NodeJS.ProcessEnv> {
  const own = {
    ...logSettings(of),
    ...process.env,
    ...permissions(of),
    ARENA_DATA_DIR: dataDir,
    ARENA_TASK_QUEUE: of.taskQueue,
  };
  if (of.engine.kind === 'external') return own;
  const state = engine ?? (await readEngineState(local.engineFolder(of)));
  if (state === undefined) throw new Error(`the engine of ${of.run} is not up`);
  return { ...withoutTemporal(own), TEMPORAL_ADDRESS: engineAddress(state), TEMPORAL_NAMESPACE: NAMESPACE };
}

/** Whoever starts a bundle of this machine may as well start its programs; exec tools take a word of their own. */
function permissions({ allowExec }: RunRecord): NodeJS.ProcessEnv {
  const exec = allowExec === true ? { ARENA_ALLOW_EXEC: '1' } : {};
  return { ARENA_ALLOW_STDIO_MCP: '1', ARENA_BUNDLE_ENV: '*', ARENA_BUNDLE_CLOUDS: '*', ...exec };
}

/** A level that the user has set counts more than the wish for many words. */
function logSettings({ input }: RunRecord): NodeJS.ProcessEnv {
  return input.verbose === true ? { ARENA_LOG_LEVEL: 'debug' } : {};
}

/**
 * Settles when the workflow has closed, or can no longer begin because the command that was to start it is gone; then
 * with false.
 */
async function workflowEnd(of: RunRecord, env: NodeJS.ProcessEnv): Promise<boolean> {
  // Loaded only now: the workers are on their way meanwhile.
  const { ArenaClient } = await import('../client.js');
  const client = await ArenaClient.connect({ env });
  const handle = client.run(of.run);
  for (;;) {
    const starterLives = isAlive(of.starter);
    const open = await isOpen(handle);
    if (open === undefined && !starterLives) return false;
    if (open !== undefined) {
      const failure = await handle.result().then(() => undefined, toFailure);
      // Any failure while the run is open is one of the way to the server, and the next look tells.
      const closed = (await isOpen(handle)) === false;
      if (closed && failure !== undefined) await local.writeFailure(of.run, failure);
      if (closed) return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Undefined when there is no such workflow. While the server cannot be asked, nothing has ended. */
async function isOpen(handle: ArenaRun): Promise<boolean | undefined> {
  try {
    return (await handle.describe()).open;
  } catch (error) {
    return error instanceof ArenaError && error.code === 'invalid_input' ? undefined : true;
  }
}
