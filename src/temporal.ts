/** The way to Temporal: the standard environment configuration, and connections made from it. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Environment } from './config.js';
import { ArenaError } from './core/errors.js';

type ConnectConfig = ReturnType<typeof loadClientConnectConfig>;

export interface TemporalSettings {
  /** Taken as they are by `Connection.connect` and by `NativeConnection.connect`. */
  connection: ConnectConfig['connectionOptions'] & { address: string };
  namespace: string;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_… as all Temporal tools read them. A
 * configuration file counts when TEMPORAL_CONFIG_FILE or TEMPORAL_PROFILE names it (see `Config.externalTemporal`).
 */
export function temporalSettings(env: Environment): TemporalSettings {
  const variables: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(env)) if (value) variables[name] = value;
  const disableFile = !variables.TEMPORAL_CONFIG_FILE && !variables.TEMPORAL_PROFILE;
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: variables, disableFile });
    const address = connectionOptions.address ?? 'localhost:7233';
    return { connection: { ...connectionOptions, address }, namespace: namespace ?? 'default' };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArenaError(
      {
        code: 'invalid_input',
        message: `The Temporal settings of the environment cannot be read: ${reason}`,
        hint: 'correct the variables TEMPORAL_… or the file that TEMPORAL_CONFIG_FILE names',
      },
      { cause },
    );
  }
}

/** A client that has reached its server. */
export async function connectTemporal({ connection: options, namespace }: TemporalSettings): Promise<Client> {
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT_MS });
    return new Client({ connection, namespace });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArenaError(
      {
        code: 'connection_failed',
        message: `Temporal at ${options.address} cannot be reached: ${reason}`,
        hint: 'check TEMPORAL_ADDRESS and whether the service is up; without it Arena starts an engine of its own',
      },
      { cause },
    );
  }
}

/** Page of a run in the Temporal UI. */
export function workflowUrl(ui: string, namespace: string, workflowId: string, runId: string): string {
  const parts = ['namespaces', namespace, 'workflows', workflowId, runId];
  return `${ui}/${parts.map(encodeURIComponent).join('/')}`;
}
