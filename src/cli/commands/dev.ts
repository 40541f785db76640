import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ArenaError } from '../../core/errors.js';
import { spawnDetached } from '../../local/detached.js';
import { ensureEngine, runningEngine, stopEngine } from '../../local/engine.js';
import { type EngineState, engineAddress, engineUi, NAMESPACE } from '../../local/engine-state.js';
import { type Lock, lockHolder, tryLock } from '../../local/lock.js';
import { stopProcess } from '../../local/process-identity.js';
import { programs } from '../../local/programs.js';
import { withoutTemporal } from '../../local/run-processes.js';
import { WorkerProcesses } from '../../local/worker-processes.js';
import { type CliContext, type GlobalOptions, openContext, temporalProgram } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { runsOnSharedEngine } from '../shared-engine-runs.js';
import { untilInterrupted } from '../until-interrupted.js';

export interface DevOptions extends GlobalOptions {
  workers: number;
  detach?: boolean;
  stop?: boolean;
  force?: boolean;
}

/** Held by the `arena dev` of a data folder. */
const DEV_LOCK = 'dev';

const WORKER_GRACE_MS = 5000;
const DETACH_TIMEOUT_MS = 30_000;

export async function dev(options: DevOptions): Promise<number> {
  const context = openContext(options);
  if (options.stop) return stop(context, options.force === true);
  if (options.detach) return detach(context, options);
  const folder = context.local.sharedEngineFolder;
  const lock = await tryLock(folder, DEV_LOCK);
  if (lock === undefined) {
    await tellWhere(context, await startEngine(context));
    context.terminal.say('dev      is up already in another process; stop it with: arena dev --stop');
    return EXIT.ok;
  }
  return stayUp(context, options.workers, lock);
}

async function stayUp(context: CliContext, count: number, lock: Lock): Promise<number> {
  const { terminal, config, local } = context;
  const state = await startEngine(context);
  const logs = join(config.dataDir, 'dev');
  await mkdir(logs, { recursive: true });
  const env = {
    ...withoutTemporal(context.env),
    ARENA_DATA_DIR: config.dataDir,
    ARENA_TASK_QUEUE: config.taskQueue,
    TEMPORAL_ADDRESS: engineAddress(state),
    TEMPORAL_NAMESPACE: NAMESPACE,
  };
  const workers = new WorkerProcesses(
    env,
    (worker) => join(logs, `worker-${worker}.log`),
    () => undefined,
  );
  workers.start(count);
  await tellWhere(context, state);
  terminal.say(`logs     ${logs}`);
  terminal.say('dev      stays up until Ctrl-C');
  await untilInterrupted();
  await workers.stop(WORKER_GRACE_MS);
  const runs = await runsOnSharedEngine(context);
  if (runs.length === 0) await stopEngine(local.sharedEngineFolder);
  else terminal.complain(`engine   stays up for ${runs.join(', ')}; stop it later with: arena dev --stop`);
  await lock.release();
  return EXIT.ok;
}

function startEngine(context: CliContext): Promise<EngineState> {
  return ensureEngine(context.local.sharedEngineFolder, () => temporalProgram(context));
}

async function tellWhere({ terminal, config }: CliContext, state: EngineState): Promise<void> {
  terminal.out(`TEMPORAL_ADDRESS=${engineAddress(state)}`);
  terminal.out(`TEMPORAL_NAMESPACE=${NAMESPACE}`);
  terminal.out(`ARENA_TASK_QUEUE=${config.taskQueue}`);
  terminal.say(`ui       ${engineUi(state)}`);
}

/** The same, in the background. */
async function detach(context: CliContext, { workers }: DevOptions): Promise<number> {
  const { local, config, terminal } = context;
  const folder = local.sharedEngineFolder;
  // Found here, where somebody can read how it goes.
  await startEngine(context);
  const args = ['dev', '--workers', String(workers), '--data-dir', config.dataDir];
  const child = spawnDetached(programs.cli(), args, join(config.dataDir, 'dev', 'dev.log'));
  const deadline = Date.now() + DETACH_TIMEOUT_MS;
  while ((await lockHolder(folder, DEV_LOCK)) === undefined) {
    if (child.failed() || Date.now() > deadline) {
      const message = `arena dev did not start; see ${join(config.dataDir, 'dev', 'dev.log')}`;
      throw new ArenaError({ code: 'connection_failed', message, hint: 'run it without --detach' });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await tellWhere(context, await startEngine(context));
  terminal.say('dev      stays up in the background; stop it with: arena dev --stop');
  return EXIT.ok;
}

async function stop(context: CliContext, force: boolean): Promise<number> {
  const { local, terminal } = context;
  const folder = local.sharedEngineFolder;
  const runs = (await runningEngine(folder)) === undefined ? [] : await runsOnSharedEngine(context);
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
