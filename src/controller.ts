/** A controller process: watches the cluster and keeps workflows, Deployments and statuses as the objects there ask for. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { systemClock } from '../k8s/controller/clock.js';
import { Controller } from '../k8s/controller/controller.js';
import { Orphans } from '../k8s/controller/engine/orphans.js';
import { RunningJobs } from '../k8s/controller/engine/running-jobs.js';
import { TemporalEngine } from '../k8s/controller/engine/temporal-engine.js';
import { WorkflowNews } from '../k8s/controller/engine/workflow-news.js';
import { KubeAccess } from '../k8s/controller/kube-access.js';
import { ArenaConfigReconciler } from '../k8s/controller/reconcile/arena-config.js';
import { ArenaJobReconciler } from '../k8s/controller/reconcile/arena-job.js';
import { ArenaSourceReconciler } from '../k8s/controller/reconcile/arena-source.js';
import { TemporalHealth } from '../k8s/controller/temporal-health.js';
import { workerSettings } from '../k8s/controller/workers/worker-settings.js';
import { unpackStream } from './bundle/unpack-stream.js';
import { type Environment, readEnv } from './config.js';
import { readControllerEnv } from './controller-config.js';
import { artifactKey } from './core/store-keys.js';
import { createLog } from './log.js';
import { createStore, PATIENT } from './store.js';
import { temporalSettings } from './temporal.js';

/** Name of the Lease by which controllers agree on one of them. */
const LEASE = 'arena-controller';

export interface ControllerStart {
  env: Environment;
  /** A kubeconfig file, and a context of it. Default: as kubectl finds them; in a pod: its service account. */
  kubeconfig?: string;
  context?: string;
  /** Ends it. */
  signal: AbortSignal;
  /** Probes, figures and artifacts can be asked for at this port. */
  onListening(port: number): void;
}

/** Runs until the signal, then ends what it has begun and gives its Lease back. */
export async function runController({ env, kubeconfig, context, signal, onListening }: ControllerStart): Promise<void> {
  const config = readEnv(env);
  const settings = readControllerEnv(env);
  const log = createLog('controller', config.logLevel);
  const access = KubeAccess.open({ env, kubeconfig, context, serviceAccountDir: config.serviceAccountDir });
  const temporal = temporalSettings(env);
  // Lazy: a Temporal that is down keeps the controller from being ready, not from starting.
  const connection = Connection.lazy(temporal.connection);
  const client = new Client({ connection, namespace: temporal.namespace });
  const engine = new TemporalEngine(client, config.taskQueue);
  const store = createStore(config, env, PATIENT);
  const deps = { engine, now: Date.now, log };
  const orphans = new Orphans(client, config.taskQueue, { clock: systemClock, log }, (...object) =>
    controller.isGone(...object),
  );
  const health = new TemporalHealth(client, temporal.connection.address, systemClock, log, () => {
    controller.lookAtAll();
    orphans.soon();
  });
  const running = new RunningJobs(engine, (job) => controller.look('ArenaJob', job));
  let jobs: ArenaJobReconciler | undefined;
  const news = new WorkflowNews(client, deps, ({ kind, uid, ...key }) => {
    if (kind === 'ArenaJob') jobs?.heard(uid);
    controller.look(kind, key);
  });
  const controller = new Controller({
    access,
    namespaces: settings.namespaces,
    lease: { namespace: settings.leaseNamespace ?? access.namespace ?? 'default', name: LEASE },
    identity: identity(env, access.inCluster),
    parallel: settings.parallel,
    resyncMs: settings.resyncMs,
    host: settings.host ?? (access.inCluster ? '::' : '127.0.0.1'),
    port: settings.port,
    clock: systemClock,
    log,
    reconcilers: (cluster) => {
      const agents = { tokenUrl: config.agentTokenUrl };
      jobs = new ArenaJobReconciler({ ...deps, cluster, running, agents, workers: workerSettings(env) });
      return [
        new ArenaSourceReconciler({ ...deps, cluster }, settings),
        new ArenaConfigReconciler({ ...deps, cluster }),
        jobs,
      ];
    },
    whileLeading: async (scope) => {
      await Promise.all([news.run(scope), running.run(scope), orphans.run(scope)]);
    },
    problem: () => health.problem,
    artifacts: {
      read: (digest) => store.read(artifactKey(digest)),
      unpack: unpackStream,
    },
  });
  const healthScope = new AbortController();
  const watchingHealth = health.run(healthScope.signal);
  try {
    await controller.run(signal, (port) => {
      log.info({ port, server: access.server.origin, namespaces: settings.namespaces ?? 'all' }, 'controller is up');
      onListening(port);
    });
  } finally {
    healthScope.abort();
    await watchingHealth;
    await connection.close();
  }
}

/**
 * In a pod its name: when only the container was started anew, its predecessor is certainly dead, and its Lease is ours at
 * once. Elsewhere no two processes have one name.
 */
function identity(env: Environment, inCluster: boolean): string {
  const pod = env.POD_NAME || env.HOSTNAME;
  return inCluster && pod ? pod : `${hostname()}_${randomUUID()}`;
}
