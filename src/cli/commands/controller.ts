import { runController } from '../../controller.js';
import { EXIT } from '../../core/exit-codes.js';
import { type GlobalOptions, openContext } from '../context.js';
import { untilInterrupted } from '../until-interrupted.js';

export interface ControllerOptions extends GlobalOptions {
  namespaces?: string[];
  address?: string;
  temporalNamespace?: string;
  kubeconfig?: string;
  context?: string;
  leaseNamespace?: string;
  workerImage?: string;
  artifactUrl?: string;
  host?: string;
  port?: number;
}

/** Watches the cluster until SIGINT or SIGTERM. Options stand above the environment variables that they are named for. */
export async function controller(options: ControllerOptions): Promise<number> {
  const { env, terminal } = openContext(options);
  const { namespaces, port, kubeconfig, context } = options;
  const given = {
    ARENA_NAMESPACES: namespaces?.join(','),
    TEMPORAL_ADDRESS: options.address,
    TEMPORAL_NAMESPACE: options.temporalNamespace,
    ARENA_LEASE_NAMESPACE: options.leaseNamespace,
    ARENA_WORKER_IMAGE: options.workerImage,
    ARENA_ARTIFACT_URL: options.artifactUrl,
    ARENA_CONTROLLER_HOST: options.host,
    ARENA_CONTROLLER_PORT: port === undefined ? undefined : String(port),
  };
  const settings = { ...env };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) settings[name] = value;
  const stop = new AbortController();
  // Started by `arena dev`, it does not outlive it.
  process.once('disconnect', () => stop.abort());
  void untilInterrupted().then(() => stop.abort());
  const onListening = (listening: number): void =>
    terminal.say(`controller  port ${listening}: /healthz /readyz /metrics`);
  await runController({ env: settings, kubeconfig, context, signal: stop.signal, onListening });
  return EXIT.ok;
}
