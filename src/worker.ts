/** A worker process: workflows and short activities on one task queue, shards on another. */
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.js';
import type { ProviderFactory } from '../activities/deps.js';
import { clusterDeps } from './cluster-jobs.js';
import { type Config, type Environment, readEnv } from './config.js';
import { SHARD_SLOTS } from './core/shard.js';
import { bundleEnvironment } from './io/bundle-environment.js';
import { createOutsideServices } from './io/outside-services.js';
import { createProviders } from './io/providers/create.js';
import { ClusterSecrets } from './io/secrets/cluster-secrets.js';
import { checkStore } from './io/stores/check-store.js';
import type { Store } from './io/stores/store.js';
import { LimiterWorker } from './limiter-worker.js';
import { createLog, type Log } from './log.js';
import { createStore, PATIENT } from './store.js';
import { supportOf } from './support.js';
import { type TemporalSettings, temporalSettings } from './temporal.js';
import { warmUp } from './warm-up.js';
import { serveHealth } from './worker-health.js';
import { WORKFLOW_BUNDLE } from './workflow-bundle.js';

/** Time that calls in flight have to end after a request to stop. */
const SHUTDOWN_FORCE_TIME = '60 seconds';

/** A task of a workflow waits so long for the worker that knows it. The usual 10 s would be lost whenever one dies. */
const STICKY_TIME = '3 seconds';

const CONNECT_TIMEOUT_MS = 30_000;

/**
 * What is alive of a run stays the same however many items it has, but V8 lets garbage that outlived its youth grow to
 * several times of that before it looks. As much again keeps a worker a quarter smaller, for little CPU time.
 */
const HEAP_SETTING = '--heap-growing-percent=100';

export interface WorkerOverrides {
  /** In place of the providers of the bundle: how tests bring a provider that no bundle can name. */
  createProviders?: ProviderFactory;
}

/** Runs until the process is told to stop (SIGINT, SIGTERM), then lets calls in flight end. */
export async function runWorker(env: Environment, overrides: WorkerOverrides = {}): Promise<void> {
  setFlagsFromString(HEAP_SETTING);
  const config = readEnv(env);
  const log = createLog('worker', config.logLevel);
  installRuntime(log);
  const settings = temporalSettings(env);
  const store = createStore(config, env, PATIENT);
  // A worker that cannot use its store would take work from those that can.
  if (config.bucketStore !== undefined) await checkStore(store);
  const [connection] = await Promise.all([connect(settings), warmUp()]);
  try {
    const limiters = new LimiterWorker(connection, settings.namespace);
    const workers = await createWorkers(
      config,
      env,
      { connection, limiters, store },
      settings.namespace,
      log,
      overrides,
    );
    const taskQueue = config.shardQueue ?? config.taskQueue;
    log.info({ taskQueue, address: settings.connection.address }, 'worker is up');
    const takesTasks = (): boolean => workers.every((worker) => worker.getState() === 'RUNNING');
    const health = config.healthPort === undefined ? undefined : await serveHealth(config.healthPort, takesTasks);
    await Promise.all(workers.map((worker) => worker.run()));
    await limiters.stop();
    await health?.close();
  } finally {
    await connection.close();
  }
}

/** The server may be coming up beside this process: it is waited for. */
async function connect({ connection }: TemporalSettings): Promise<NativeConnection> {
  const deadline = Date.now() + CONNECT_TIMEOUT_MS;
  for (;;) {
    try {
      return await NativeConnection.connect(connection);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function createWorkers(
  config: Config,
  env: Environment,
  { connection, limiters, store }: { connection: NativeConnection; limiters: LimiterWorker; store: Store },
  namespace: string,
  log: Log,
  overrides: WorkerOverrides,
): Promise<Worker[]> {
  const { allowExec, allowStdioMcp, bundleEnv, toolTokenFile } = config;
  const secrets = new ClusterSecrets({ env, folder: config.serviceAccountDir });
  const tools = { env, allowExec, allowStdioMcp, bundleEnv, secrets, toolTokenFile };
  const { runShard, runLane, ...short } = createActivities({
    store,
    createProviders:
      overrides.createProviders ?? ((bundle, options) => createProviders(bundle, { ...options, env, secrets })),
    secrets,
    ...clusterDeps(env, config, tools),
    services: createOutsideServices(bundleEnvironment(env, bundleEnv)),
    tools,
    supportOf: (mockProvider) => supportOf(mockProvider, { exec: allowExec, stdioMcp: allowStdioMcp }),
    client: new Client({ connection, namespace }),
    searchAttributes: async () => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      return Object.keys(customAttributes);
    },
    worker: `${hostname()}:${process.pid}`,
    runLimiters: () => limiters.start(),
    log,
  });
  const common = { connection, namespace, shutdownForceTime: SHUTDOWN_FORCE_TIME } as const;
  const shardsOf = (taskQueue: string) =>
    Worker.create({
      ...common,
      taskQueue,
      // Workers of a job's own deliver its reports, where they alone have the volume for them.
      activities: { runShard, runLane, deliverReports: short.deliverReports },
      maxConcurrentActivityTaskExecutions: SHARD_SLOTS,
      // Cancellation reaches an activity with the answer to a heartbeat, so these must not be held back.
      maxHeartbeatThrottleInterval: '1 second',
    });
  if (config.shardQueue !== undefined) return [await shardsOf(config.shardQueue)];
  // One after the other: two workers that start at once on one connection get in each other's way.
  const control = await Worker.create({
    ...common,
    taskQueue: config.taskQueue,
    workflowBundle: WORKFLOW_BUNDLE,
    stickyQueueScheduleToStartTimeout: STICKY_TIME,
    activities: short,
  });
  return [control, await shardsOf(`${config.taskQueue}-shards`)];
}

/** Everything that the SDK and its core have to say goes to our log: the core would write to stdout. */
function installRuntime(log: Log): void {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;
  const logger = new DefaultLogger('INFO', ({ level, message, meta }) => {
    log[levels[level]]({ ...meta }, message);
  });
  Runtime.install({ logger, telemetryOptions: { logging: { filter: 'WARN', forward: {} } } });
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  // The process that keeps a local run going is gone: without it nobody would ever stop this one.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  runWorker(process.env).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`the worker cannot go on: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
