/** What a run needs of this machine, one question each. */
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { ARENA_SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { runningEngine } from '../local/engine.js';
import { engineAddress, engineUi, NAMESPACE } from '../local/engine-state.js';
import { freePorts } from '../local/ports.js';
import { withoutTemporal } from '../local/run-processes.js';
import { existingTemporal } from '../local/temporal-binary.js';
import { type CliContext, temporalSearch } from './context.js';

export interface Check {
  what: string;
  state: 'ok' | 'warning' | 'failed';
  found: string;
  /** What to do, where it is not well. */
  remedy?: string;
}

/** A store of results and an engine's file fit in this for a long time. */
const COMFORTABLE_DISK_BYTES = 1024 ** 3;
const MIN_NODE = [20, 19] as const;

export function* machineChecks(context: CliContext): Generator<Check | Promise<Check>> {
  yield nodeVersion();
  yield { what: 'processors', state: 'ok', found: String(availableParallelism()) };
  yield writable('data folder', context.config.dataDir, 'ARENA_DATA_DIR');
  yield writable('cache folder', context.config.cacheDir, 'ARENA_CACHE_DIR');
  yield diskSpace(context.config.dataDir);
  yield loopbackPorts();
  if (context.config.externalTemporal) {
    yield searchAttributes(context.env);
    return;
  }
  yield devServer(context);
  yield sharedEngine(context);
}

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  const check: Check = { what: 'Node.js', state: enough ? 'ok' : 'failed', found: process.versions.node };
  return enough ? check : { ...check, remedy: `install Node.js ${MIN_NODE.join('.')} or newer` };
}

async function writable(what: string, folder: string, variable: string): Promise<Check> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return { what, state: 'ok', found: folder };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { what, state: 'failed', found: reason, remedy: `make it writable, or set ${variable} to another folder` };
  }
}

async function diskSpace(folder: string): Promise<Check> {
  const what = 'disk space';
  try {
    const { bavail, bsize } = await statfs(folder);
    const bytes = bavail * bsize;
    const found = `${(bytes / 1024 ** 3).toFixed(1)} GiB free`;
    if (bytes >= COMFORTABLE_DISK_BYTES) return { what, state: 'ok', found };
    return { what, state: 'warning', found, remedy: 'large runs need more; set ARENA_DATA_DIR to a larger disk' };
  } catch (error) {
    return { what, state: 'warning', found: `cannot be asked: ${String(error)}` };
  }
}

async function loopbackPorts(): Promise<Check> {
  try {
    await freePorts(3);
    return { what: 'ports', state: 'ok', found: 'free ones can be had on 127.0.0.1' };
  } catch (error) {
    const remedy = 'let this user listen on 127.0.0.1, or set TEMPORAL_ADDRESS to a Temporal service';
    return { what: 'ports', state: 'failed', found: String(error), remedy };
  }
}

async function devServer(context: CliContext): Promise<Check> {
  const what = 'Temporal server';
  try {
    const binary = await existingTemporal(temporalSearch(context));
    if (binary !== undefined) return { what, state: 'ok', found: `${binary.how}: ${binary.path}` };
    const remedy = 'the first run downloads it, or builds it with Go; else set ARENA_TEMPORAL_BIN or TEMPORAL_ADDRESS';
    return { what, state: 'warning', found: 'none on this machine yet', remedy };
  } catch (error) {
    return { what, state: 'failed', found: error instanceof Error ? error.message : String(error) };
  }
}

async function sharedEngine({ local, env }: CliContext): Promise<Check> {
  const state = await runningEngine(local.sharedEngineFolder);
  const what = 'engine';
  if (state === undefined) return { what, state: 'ok', found: 'not up; a run or arena dev starts it' };
  const address = engineAddress(state);
  const known = await searchAttributes({
    ...withoutTemporal(env),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: NAMESPACE,
  });
  return { ...known, what, found: `${address}, UI ${engineUi(state)}; ${known.found}` };
}

/** Whether the service can be reached, and knows the search attributes that runs would like to carry. */
async function searchAttributes(env: NodeJS.ProcessEnv): Promise<Check> {
  const what = 'Temporal service';
  try {
    const { connectTemporal, temporalSettings } = await import('../temporal.js');
    const client = await connectTemporal(temporalSettings(env));
    const { namespace } = client.options;
    try {
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
      const missing = ARENA_SEARCH_ATTRIBUTES.filter((name) => !(name in customAttributes));
      if (missing.length === 0) return { what, state: 'ok', found: 'reached, search attributes are registered' };
      const flags = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
      return {
        what,
        state: 'warning',
        found: `reached; search attributes not registered: ${missing.join(', ')}`,
        remedy: `runs work without; to find them by job: temporal operator search-attribute create ${flags}`,
      };
    } finally {
      await client.connection.close();
    }
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { what, state: 'failed', found, remedy: 'check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the network' };
  }
}
