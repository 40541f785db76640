import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import { type GlobalOptions, openContext } from '../context.js';
import { describeBundle } from '../describe-bundle.js';
import { describeMatrix } from '../describe-matrix.js';
import { readBundle, type SelectionOptions } from '../read-bundle.js';
import { validateManifests } from './validate-manifests.js';

export interface ValidateOptions extends GlobalOptions, SelectionOptions {
  ci?: boolean;
  /** Manifests for the cluster, in place of a bundle. */
  filename?: string[];
}

export async function validate(path: string | undefined, options: ValidateOptions): Promise<number> {
  const context = openContext(options, options.ci);
  if (options.filename !== undefined && path === undefined) return validateManifests(context, options.filename);
  if (path === undefined || options.filename !== undefined) {
    const message =
      path === undefined ? 'There is nothing to validate' : 'There are a bundle and manifests to validate';
    const hint = 'name either: arena validate BUNDLE, or arena validate -f MANIFEST';
    throw new ArenaError({ code: 'invalid_input', message, hint });
  }
  const ready = readBundle(context, path, options);
  if (ready === undefined) return EXIT.usage;
  const parts = describeBundle(ready.bundle);
  context.terminal.out(`${ready.bundle.name} is valid: ${describeMatrix(ready.matrix)}`);
  if (parts !== '') context.terminal.out(`made of ${parts}`);
  return EXIT.ok;
}
