import { EXIT } from '../../core/exit-codes.js';
import { openContext } from '../context.js';
import { type DatasetOptions, dataGenOf } from '../dataset-options.js';
import { readBundle } from '../read-bundle.js';
import { attachByName, bundlePath, type RunOptions, runBundle } from './run.js';

export interface GenerateOptions extends Omit<RunOptions, 'format' | 'seed' | 'schema'>, DatasetOptions {}

/** Makes a data set out of conversations. */
export async function generate(argument: string | undefined, given: GenerateOptions): Promise<number> {
  const path = bundlePath('generate', argument, given.config);
  // What stands in both has another meaning here: these are about the data.
  const { format: _format, seed: _seed, ...options } = given;
  const context = openContext(options, options.ci);
  const attached = options.name === undefined ? undefined : await attachByName(context, options.name, options);
  if (attached !== undefined) return attached;
  const kind = { type: 'datagen', dataGen: dataGenOf(given) } as const;
  const ready = readBundle(context, path, options, { dataGen: kind.dataGen });
  if (ready === undefined) return EXIT.usage;
  return (await runBundle(context, path, ready, { ...options, kind })).code;
}
