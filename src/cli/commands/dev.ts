import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import { DevCluster } from '../../dev-cluster.js';
import { spawnDetached } from '../../local/detached.js';
import { ensureEngine, runningEngine, stopEngine } from '../../local/engine.js';
import { type EngineState, engineAddress, engineUi, NAMESPACE } from '../../local/engine-state.js';
import { type Lock, lockHolder, tryLock } from '../../local/lock.js';
import { stopProcess } from '../../local/process-identity.js';
import { manifestsFolder, programs } from '../../local/programs.js';
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
  /** Work on the cluster of a kubeconfig. */
  kube?: boolean;
  kubeconfig?: string;
  context?: string;
  namespaces?: string[];
  installCrds?: boolean;
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
/** It gives its Lease back. */
const CONTROLLER_GRACE_MS = 10_000;
const DETACH_TIMEOUT_MS = 30_000;

export async function dev(options: DevOptions): Promise<number> {
  const context = openContext(options);
  refuseWithoutKube(options);
  const place = await placeOf(context, options.run);
  if (options.stop) return stop(context, place, options);
  if (options.detach) return detach(context, place, options);
  const lock = await tryLock(place.folder, DEV_LOCK);
  if (lock === undefined && options.kube) {
    throw new ArenaError({
      code: 'invalid_input',
      message: 'arena dev is up already in another process, and works on no cluster or on another one',
      hint: 'stop it first: arena dev --stop',
    });
  }
  if (lock === undefined) {
    tellWhere(context, place, await startEngine(context, place));
    context.terminal.say(`dev      is up already in another process; stop it with: ${stopCommand(options.run)}`);
    return EXIT.ok;
  }
  return stayUp(context, place, options, lock);
}

function refuseWithoutKube({ kube, kubeconfig, context, namespaces, installCrds }: DevOptions): void {
  if (kube || [kubeconfig, context, namespaces, installCrds].every((value) => value === undefined)) return;
  throw new ArenaError({
    code: 'invalid_input',
    message: '--kubeconfig, --context, --namespaces and --install-crds say which cluster is worked on',
    hint: 'add --kube',
  });
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

async function stayUp(context: CliContext, place: Place, options: DevOptions, lock: Lock): Promise<number> {
  const { terminal, config } = context;
  const { folder, taskQueue, logs } = place;
  // Before the engine: what is wrong with a cluster is told at once.
  const cluster = options.kube ? await openDevCluster(context, place, options) : undefined;
  const state = await startEngine(context, place).catch(async (error: unknown) => {
    await cluster?.close();
    throw error;
  });
  await mkdir(logs, { recursive: true });
  const env = {
    ...withoutTemporal(context.env),
    ARENA_DATA_DIR: config.dataDir,
    ARENA_TASK_QUEUE: taskQueue,
    TEMPORAL_ADDRESS: engineAddress(state),
    TEMPORAL_NAMESPACE: NAMESPACE,
  };
  const workers = new WorkerProcesses(
    { ...env, ...cluster?.workerEnv },
    (worker) => join(logs, `dev-worker-${worker}.log`),
    () => undefined,
  );
  workers.start(options.workers);
  const controller = cluster && startController(env, logs, options);
  tellWhere(context, place, state);
  terminal.say(`logs     ${logs}`);
  if (cluster !== undefined) terminal.say(`cluster  ${cluster.server}: apply ArenaSources and ArenaJobs with kubectl`);
  terminal.say('dev      stays up until Ctrl-C');
  await untilInterrupted();
  await Promise.all([controller?.stop(CONTROLLER_GRACE_MS), workers.stop(WORKER_GRACE_MS)]);
  await cluster?.close();
  const runs = await runsInEngine(context, folder);
  if (runs.length === 0) await stopEngine(folder);
  else terminal.complain(`engine   stays up for ${runs.join(', ')}; stop it later with: arena dev --stop`);
  await lock.release();
  return EXIT.ok;
}

function openDevCluster({ env, terminal }: CliContext, { folder }: Place, options: DevOptions): Promise<DevCluster> {
  const { kubeconfig, context, namespaces, installCrds } = options;
  return DevCluster.open({
    ...{ env, kubeconfig, context, namespaces },
    accountFolder: join(folder, 'cluster-account'),
    manifests: manifestsFolder(),
    install: installCrds === true,
    say: (line) => terminal.say(`cluster  ${line}`),
  });
}

/** A process of its own: what it has to say stands in a log, and a fault of it ends nothing else. */
function startController(env: NodeJS.ProcessEnv, logs: string, options: DevOptions): WorkerProcesses {
  const { kubeconfig, context, namespaces } = options;
  const args = ['controller', '--port', '0'];
  if (kubeconfig !== undefined) args.push('--kubeconfig', kubeconfig);
  if (context !== undefined) args.push('--context', context);
  if (namespaces !== undefined) args.push('--namespaces', namespaces.join(','));
  const log = (): string => join(logs, 'dev-controller.log');
  const controller = new WorkerProcesses(env, log, () => undefined, [programs.cli(), ...args]);
  controller.start(1);
  return controller;
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
