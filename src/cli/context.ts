import { type Config, readEnv } from '../config.js';
import { LocalRuns } from '../local/run-record.js';
import { type FindOptions, findTemporal } from '../local/temporal-binary.js';
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
}

export function openContext(options: GlobalOptions, ci = false): CliContext {
  const env = options.dataDir === undefined ? process.env : { ...process.env, ARENA_DATA_DIR: options.dataDir };
  const config = readEnv(env);
  if (ci) config.ci = true;
  const terminal = openTerminal(env, { quiet: options.quiet === true, color: options.color, ci: config.ci });
  return { env, config, terminal, local: new LocalRuns(config.dataDir) };
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
