import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import { spawnDetached } from '../../local/detached.js';
import { ensureEngine, runningEngine, stopEngine } from '../../local/engine.js';
import { type EngineState, engineAddress, engineUi, NAMESPACE } from '../../local/engine-state.js';
import { type Lock, lockHolder, tryLock } from '../../local/lock.js';
import { stopProcess } from '../../local/process-identity.js';
import { programs } from '../../local/programs.js';
import { withoutTemporal } from '../../local/run-processes.js';
import { WorkerProcesses } from '../../local/worker-processes.js';
import { type CliContext, type GlobalOptions, openContext, temporalProgram } from '../context.js';
import { findRun } from '../find-run.js';
import { runsInEngine } from '../runs-in-engine.js';
import { untilInterrupted } from '../until-interrupted.js';

export interface DevOptions extends GlobalOptions {
  workers: number;
  detach?: boolean;
  stop?: boolean;
  force?: boolean;
  /** Instead of the shared engine: the one that this run had for itself. */
  run?: string;
}

/** What is kept up: an engine's folder, and the task queue that workers serve in it. */
interface Place {
  folder: string;
  taskQueue: string;
  logs: string;
}

/** Held by the `arena dev` of a data folder. */
const DEV_LOCK = 'dev';

const WORKER_GRACE_MS = 5000;
const DETACH_TIMEOUT_MS = 30_000;

export async function dev(options: DevOptions): Promise<number> {
  const context = openContext(options);
  const place = await placeOf(context, options.run);
  if (options.stop) return stop(context, place, options);
  if (options.detach) return detach(context, place, options);
  const lock = await tryLock(place.folder, DEV_LOCK);
  if (lock === undefined) {
    tellWhere(context, place, await startEngine(context, place));
    context.terminal.say(`dev      is up already in another process; stop it with: ${stopCommand(options.run)}`);
    return EXIT.ok;
  }
  return stayUp(context, place, options.workers, lock);
}

async function placeOf(context: CliContext, name: string | undefined): Promise<Place> {
  const { local, config } = context;
  const { taskQueue } = config;
  if (name === undefined) return { folder: local.sharedEngineFolder, taskQueue, logs: join(config.dataDir, 'dev') };
  const run = await findRun(context, name);
  const record = await local.read(run);
  if (record?.engine.kind === 'private') {
    return { folder: local.engineFolder(record), taskQueue: record.taskQueue, logs: local.folder(run) };
  }
  throw new ArenaError({
    code: 'invalid_input',
    message: `The run ${run} had no engine of its own on this machine`,
    hint: 'it stands in the shared one: arena dev',
  });
}

const stopCommand = (run: string | undefined): string => `arena dev --stop${run === undefined ? '' : ` --run ${run}`}`;

async function stayUp(context: CliContext, place: Place, count: number, lock: Lock): Promise<number> {
  const { terminal, config } = context;
  const { folder, taskQueue, logs } = place;
  const state = await startEngine(context, place);
  await mkdir(logs, { recursive: true });
  const env = {
    ...withoutTemporal(context.env),
    ARENA_DATA_DIR: config.dataDir,
    ARENA_TASK_QUEUE: taskQueue,
    TEMPORAL_ADDRESS: engineAddress(state),
    TEMPORAL_NAMESPACE: NAMESPACE,
  };
  const workers = new WorkerProcesses(
    env,
    (worker) => join(logs, `dev-worker-${worker}.log`),
    () => undefined,
  );
  workers.start(count);
  tellWhere(context, place, state);
  terminal.say(`logs     ${logs}`);
  terminal.say('dev      stays up until Ctrl-C');
  await untilInterrupted();
  await workers.stop(WORKER_GRACE_MS);
  const runs = await runsInEngine(context, folder);
  if (runs.length === 0) await stopEngine(folder);
  else terminal.complain(`engine   stays up for ${runs.join(', ')}; stop it later with: arena dev --stop`);
  await lock.release();
  return EXIT.ok;
}

function startEngine(context: CliContext, { folder }: Place): Promise<EngineState> {
  return ensureEngine(folder, () => temporalProgram(context));
}

function tellWhere({ terminal }: CliContext, { taskQueue }: Place, state: EngineState): void {
  terminal.out(`TEMPORAL_ADDRESS=${engineAddress(state)}`);
  terminal.out(`TEMPORAL_NAMESPACE=${NAMESPACE}`);
  terminal.out(`ARENA_TASK_QUEUE=${taskQueue}`);
  terminal.say(`ui       ${engineUi(state)}`);
}

/** The same, in the background. */
async function detach(context: CliContext, place: Place, { workers, run }: DevOptions): Promise<number> {
  const { config, terminal } = context;
  // Started here, where somebody can read how it goes.
  const state = await startEngine(context, place);
  const args = ['dev', '--workers', String(workers), '--data-dir', config.dataDir];
  if (run !== undefined) args.push('--run', run);
  const log = join(place.logs, 'dev.log');
  const child = spawnDetached(programs.cli(), args, log);
  const deadline = Date.now() + DETACH_TIMEOUT_MS;
  while ((await lockHolder(place.folder, DEV_LOCK)) === undefined) {
    if (child.failed() || Date.now() > deadline) {
      const message = `arena dev did not start; see ${log}`;
      throw new ArenaError({ code: 'connection_failed', message, hint: 'run it without --detach' });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  tellWhere(context, place, state);
  terminal.say(`dev      stays up in the background; stop it with: ${stopCommand(run)}`);
  return EXIT.ok;
}

async function stop(context: CliContext, { folder }: Place, { force }: DevOptions): Promise<number> {
  const { terminal } = context;
  const runs = (await runningEngine(folder)) === undefined ? [] : await runsInEngine(context, folder);
  if (runs.length > 0 && !force) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `Runs are going on in the engine: ${runs.join(', ')}`,
      hint: 'wait for them or cancel them; with --force they halt, and go on with arena wait NAME',
    });
  }
  const host = await lockHolder(folder, DEV_LOCK);
  if (host !== undefined) await stopProcess(host, 2 * WORKER_GRACE_MS);
  const wasUp = (await stopEngine(folder)) || host !== undefined;
  terminal.say(wasUp ? 'dev      stopped' : 'dev      was not up');
  return EXIT.ok;
}
