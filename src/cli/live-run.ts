/** A run whose workflow can be reached and whose workers are up: started here, or found again by its record. */
import type { ArenaRun } from '../arena-run.js';
import type { ArenaClient } from '../client.js';
import { ArenaError } from '../core/errors.js';
import { engineWhenUp, ensureEngine, runningEngine } from '../local/engine.js';
import { type EngineState, engineAddress, engineUi, NAMESPACE } from '../local/engine-state.js';
import { ownIdentity } from '../local/process-identity.js';
import { runHost, runProcessesEnd, startRunHost, stopRunProcesses, withoutTemporal } from '../local/run-processes.js';
import type { RunEngine, RunRecord } from '../local/run-record.js';
import type { JobInput } from '../schema/job.js';
import { type CliContext, temporalProgram } from './context.js';

export interface LiveRun {
  /** Workflow id and key in the store. */
  run: string;
  engine: RunEngine['kind'];
  handle: ArenaRun;
  /** Page of the run in the Temporal UI, where it is known. */
  url: string | undefined;
  /** Where its workers' logs are, in words. */
  logs: string;
  /** Waits until the processes of the run, which has ended, are gone. */
  processesEnd(): Promise<void>;
}

export interface StartRequest {
  job: string;
  workers: number;
  input: JobInput;
  /** Tools of the bundle may start programs. */
  allowExec?: boolean;
}

/** Takes the job's next number, brings up engine and workers, starts the workflow. Leaves nothing behind when that fails. */
export async function startLiveRun(
  context: CliContext,
  { job, workers, input, allowExec }: StartRequest,
): Promise<LiveRun> {
  const { local, config } = context;
  const engine = await chooseEngine(context);
  const starter = ownIdentity();
  const shared = engine.kind === 'shared' ? await sharedEngine(context) : undefined;
  const binary = engine.kind === 'private' ? await temporalProgram(context) : '';
  const record = await local.add(job, (run) => ({
    ...{ schemaVersion: 1, run, job, engine, workers, input, allowExec, starter, createdAt: Date.now() },
    taskQueue: `${config.taskQueue}/${run}`,
  }));
  const { run } = record;
  let state = shared;
  let handle: ArenaRun;
  try {
    const host = startRunHost(local, config.dataDir, record, binary);
    if (engine.kind === 'private') state = await engineWhenUp(local.engineFolder(record), host);
    const client = await connectRun(context, record, state);
    await client.workersReady();
    handle = await client.start(input, { id: run, mustBeNew: true });
  } catch (error) {
    await stopRunProcesses(local, run);
    await local.remove(run);
    throw error;
  }
  return liveRun(context, record, handle, state);
}

/** Comes back to a run that has not ended, and revives its processes where they are gone. */
export async function attachLiveRun(context: CliContext, record: RunRecord): Promise<LiveRun> {
  const { local, config } = context;
  let state: EngineState | undefined;
  if (record.engine.kind === 'shared') state = await sharedEngine(context);
  const hosted = (await runHost(local, record.run)) !== undefined;
  const binary = !hosted && record.engine.kind === 'private' ? await temporalProgram(context) : '';
  if (!hosted) context.terminal.say(`run      ${record.run} has no processes any more, they are started again`);
  const host = hosted ? undefined : startRunHost(local, config.dataDir, record, binary);
  if (record.engine.kind === 'private') state = await engineWhenUp(local.engineFolder(record), host);
  const client = await connectRun(context, record, state);
  return liveRun(context, record, client.run(record.run), state);
}

/**
 * A run that another program started, in the service that the environment names or in the shared engine when it is up.
 * Its workers are not ours. Undefined when it is in neither.
 */
export async function findForeignRun(context: CliContext, run: string): Promise<LiveRun | undefined> {
  const { config, local, env } = context;
  const state = config.externalTemporal ? undefined : await runningEngine(local.sharedEngineFolder);
  if (state === undefined && !config.externalTemporal) return undefined;
  const { ArenaClient } = await import('../client.js');
  const client = await ArenaClient.connect({ env: state === undefined ? env : engineEnv(state) });
  const handle = client.run(run);
  const found = await handle.describe().catch(() => undefined);
  if (found === undefined) return undefined;
  const { workflowUrl } = await import('../temporal.js');
  return {
    run,
    engine: state === undefined ? 'external' : 'shared',
    handle,
    url: state && workflowUrl(engineUi(state), NAMESPACE, run, found.runId),
    logs: 'where its workers run',
    processesEnd: () => Promise.resolve(),
  };
}

/** The engine that a new run uses. */
async function chooseEngine({ config, local, terminal }: CliContext): Promise<RunEngine> {
  if (config.externalTemporal) {
    const { temporalSettings } = await import('../temporal.js');
    const { connection, namespace } = temporalSettings(process.env);
    return { kind: 'external', address: connection.address, namespace };
  }
  // Somebody who keeps an engine up wants to see all runs in it.
  if (terminal.interactive || (await runningEngine(local.sharedEngineFolder)) !== undefined) return { kind: 'shared' };
  return { kind: 'private' };
}

function sharedEngine(context: CliContext): Promise<EngineState> {
  return ensureEngine(context.local.sharedEngineFolder, () => temporalProgram(context));
}

/** A client for the Temporal service that the run lives on. `state` is its local engine, where it has one. */
export async function connectRun(
  context: CliContext,
  record: RunRecord,
  state: EngineState | undefined,
): Promise<ArenaClient> {
  const { ArenaClient } = await import('../client.js');
  const { taskQueue, engine } = record;
  if (state !== undefined) return ArenaClient.connect({ env: engineEnv(state), taskQueue });
  if (context.config.externalTemporal) return ArenaClient.connect({ env: context.env, taskQueue });
  const where = engine.kind === 'external' ? `${engine.address}, namespace ${engine.namespace}` : 'a Temporal service';
  throw new ArenaError({
    code: 'invalid_input',
    message: `The run ${record.run} lives on ${where}, which the environment does not name`,
    hint: 'set TEMPORAL_ADDRESS (and its kin) as they were when the run was started',
  });
}

function engineEnv(state: EngineState): NodeJS.ProcessEnv {
  return { ...withoutTemporal(process.env), TEMPORAL_ADDRESS: engineAddress(state), TEMPORAL_NAMESPACE: NAMESPACE };
}

async function liveRun(
  context: CliContext,
  record: RunRecord,
  handle: ArenaRun,
  state: EngineState | undefined,
): Promise<LiveRun> {
  const { workflowUrl } = await import('../temporal.js');
  const { runId } = await handle.describe();
  const { run } = record;
  return {
    run,
    engine: record.engine.kind,
    handle,
    url: state && workflowUrl(engineUi(state), NAMESPACE, run, runId),
    logs: context.local.folder(run),
    processesEnd: () => runProcessesEnd(context.local, run),
  };
}
