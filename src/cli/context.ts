import { type Config, readEnv } from '../config.js';
import type { Store } from '../io/stores/store.js';
import { LocalRuns } from '../local/run-record.js';
import { type FindOptions, findTemporal } from '../local/temporal-binary.js';
import { BRIEF, createStore } from '../store.js';
import { openTerminal, type Terminal } from './terminal.js';

/** Options that every verb has. */
export interface GlobalOptions {
  dataDir?: string;
  color: boolean;
  quiet?: boolean;
}

/** What a command works with. */
export interface CliContext {
  env: NodeJS.ProcessEnv;
  config: Config;
  terminal: Terminal;
  local: LocalRuns;
  /** Runs and reports, of this machine or of all that share it. */
  store: Store;
}

export function openContext(options: GlobalOptions, ci = false): CliContext {
  const env = options.dataDir === undefined ? process.env : { ...process.env, ARENA_DATA_DIR: options.dataDir };
  const config = readEnv(env);
  if (ci) config.ci = true;
  const terminal = openTerminal(env, { quiet: options.quiet === true, color: options.color, ci: config.ci });
  const store = createStore(config, env, BRIEF);
  return { env, config, terminal, local: new LocalRuns(config.dataDir, store), store };
}

export function temporalSearch({ config, env, terminal }: CliContext): FindOptions {
  return {
    given: config.temporalBin,
    searchPath: env.PATH,
    cacheDir: config.cacheDir,
    say: (line) => terminal.say(`engine   ${line}`),
  };
}

/** Path of the `temporal` program, saying which way it was found. */
export async function temporalProgram(context: CliContext): Promise<string> {
  const { path, how } = await findTemporal(temporalSearch(context));
  context.terminal.say(`engine   Temporal dev server ${how}: ${path}`);
  return path;
}
