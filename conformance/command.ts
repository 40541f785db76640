/** The arguments of a reference run, from the `command` of a golden. */
export interface RunArguments {
  /** Arena file, relative to the working directory of the reference; absent: the golden's `config`. */
  config?: string;
  mockProvider: boolean;
  /** Relative to the bundle. */
  mockConfig?: string;
  scenarios: string[];
  providers: string[];
  regions: string[];
  evals: string[];
  maxTokens?: number;
}

/** Arguments that shape outputs or speed only, with the number of values they take. */
const WITHOUT_EFFECT = new Map<string, 0 | 1>([
  ['--ci', 0],
  ['--simple', 0],
  ['--verbose', 0],
  ['-v', 0],
  ['--formats', 1],
  ['--format', 1],
  ['-o', 1],
  ['--out', 1],
  ['-j', 1],
  ['--concurrency', 1],
  ['--junit-file', 1],
  ['--markdown-file', 1],
  ['--seed', 1],
  ['-s', 1],
  ['--temperature', 1],
]);

/** Throws for an argument that would change results and that is not known here. */
export function parseCommand(command: string): RunArguments {
  const words = command.split(/\s+/).filter((word) => word !== '');
  const found: RunArguments = { mockProvider: false, scenarios: [], providers: [], regions: [], evals: [] };
  const rest = words.slice(words.indexOf('run') + 1);
  while (rest.length > 0) {
    const [name = '', joined] = (rest.shift() ?? '').split('=', 2);
    if (name === '--mock-provider') found.mockProvider = true;
    else if (WITHOUT_EFFECT.get(name) !== 0) {
      const value = joined ?? rest.shift();
      if (value === undefined) throw new Error(`${name} has no value in: ${command}`);
      take(found, name, value);
    }
  }
  return found;
}

function take(found: RunArguments, name: string, value: string): void {
  const list = value.split(',').filter((entry) => entry !== '');
  if (name === '-c' || name === '--config') found.config = value;
  else if (name === '--mock-config') found.mockConfig = value;
  else if (name === '--scenario') found.scenarios = list;
  else if (name === '--provider') found.providers = list;
  else if (name === '--region') found.regions = list;
  else if (name === '--eval') found.evals = list;
  else if (name === '--max-tokens') found.maxTokens = Number(value);
  else if (!WITHOUT_EFFECT.has(name)) throw new Error(`the argument ${name} is not known`);
}
